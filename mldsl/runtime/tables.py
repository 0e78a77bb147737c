"""Tables in the store: Parquet files, read and written lazily."""

from __future__ import annotations

from pathlib import Path

import polars as pl

# Rows in a row group: fixed, so that the same table is the same file.
_ROW_GROUP = 1 << 17


def scan_table(path: Path) -> pl.LazyFrame:
    """A stored table; nothing is read yet."""
    return pl.scan_parquet(path, glob=False)


def sink_table(frame: pl.LazyFrame | pl.DataFrame, path: Path) -> int:
    """Write a table and give its number of rows."""
    frame.lazy().sink_parquet(path, compression="zstd", row_group_size=_ROW_GROUP, maintain_order=True)
    return int(pl.scan_parquet(path, glob=False).select(pl.len()).collect().item())
