"""Tables in the store: Parquet files, read and written lazily."""

from __future__ import annotations

import os
import re
from pathlib import Path

import polars as pl

from mldsl.runtime.store.local import unwritable

# Rows in a row group: fixed, so that the same table is the same file.
_ROW_GROUP = 1 << 17
# How Polars words what the system says of a file that it cannot write.
_OS_ERROR = re.compile(r"underlying IO error: .*\(os error (\d+)\)")


def scan_table(path: Path) -> pl.LazyFrame:
    """A stored table; nothing is read yet."""
    return pl.scan_parquet(path, glob=False)


def visible(frame: pl.LazyFrame | pl.DataFrame) -> list[str]:
    """The columns of a table that are the program's; those that the plan keeps for itself have names of their own."""
    names = frame.collect_schema().names()
    return [name for name in names if not name.startswith("\x1f")]


def copy_visible(source: Path, path: Path) -> None:
    """A stored table as a file for the user. Raises StoreError where the disk does not take it."""
    table = scan_table(source)
    sink_table(table.select(visible(table)), path)


def sink_table(frame: pl.LazyFrame | pl.DataFrame, path: Path) -> int:
    """Write a table and give its number of rows. Raises StoreError where the disk does not take it."""
    try:
        frame.lazy().sink_parquet(path, compression="zstd", row_group_size=_ROW_GROUP, maintain_order=True)
    except (pl.exceptions.ComputeError, OSError) as error:
        found = _OS_ERROR.search(str(error))
        if found is None:
            raise
        raise unwritable(str(path.parent.parent), OSError(int(found[1]), os.strerror(int(found[1])))) from error
    return int(pl.scan_parquet(path, glob=False).select(pl.len()).collect().item())
