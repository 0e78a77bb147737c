"""Tables in the store: Parquet files, read and written lazily."""

from __future__ import annotations

import io
import os
import re
from collections.abc import Iterator
from pathlib import Path

import polars as pl

from mldsl.runtime import recent
from mldsl.runtime.store import Stored
from mldsl.runtime.store.local import unwritable

ROW_GROUP = 1 << 17
"""Rows in a row group: fixed, so that the same table is the same file."""
# A table of no more is small.
_FEW_ROWS, _FEW_BYTES = 20_000, 1 << 20
# How Polars words what the system says of a file that it cannot write.
_OS_ERROR = re.compile(r"underlying IO error: .*\(os error (\d+)\)")


def scan_table(path: Path) -> pl.LazyFrame:
    """A stored table; nothing is read yet."""
    return pl.scan_parquet(path, glob=False)


def stored_table(path: Path, stored: Stored) -> pl.LazyFrame:
    """A stored table, from memory where this process has just stored it."""
    frame = recent.find(stored.digest)
    return scan_table(path) if frame is None else frame.lazy()


def pieces(frame: pl.LazyFrame) -> Iterator[pl.DataFrame]:
    """The rows of a stored table, as a query makes them row by row, in pieces of always the same size; at least one.

    Polars' own batches are not held back by who takes them, so that a slow one has them all in memory.
    """
    start = 0
    while True:
        piece = frame.slice(start, ROW_GROUP).collect()
        yield piece
        start += piece.height
        if piece.height < ROW_GROUP:
            return


def visible(frame: pl.LazyFrame | pl.DataFrame) -> list[str]:
    """The columns of a table that are the program's; those that the plan keeps for itself have names of their own."""
    names = frame.collect_schema().names()
    return [name for name in names if not name.startswith("\x1f")]


def copy_visible(source: Path, path: Path) -> None:
    """A stored table as a file for the user. Raises StoreError where the disk does not take it."""
    table = scan_table(source)
    sink_table(table.select(visible(table)), path)


def is_small(stored: Stored) -> bool:
    """Whether a stored table may be held in memory without a thought; that depends on its content alone."""
    return stored.rows is not None and stored.rows <= _FEW_ROWS and stored.size <= _FEW_BYTES


def pack_table(frame: pl.DataFrame) -> bytes:
    """The bytes of the file that `sink_table` would write."""
    file = io.BytesIO()
    frame.write_parquet(file, compression="zstd", row_group_size=ROW_GROUP)
    return file.getvalue()


def sink_table(frame: pl.LazyFrame | pl.DataFrame, path: Path) -> int:
    """Write a table and give its number of rows. Raises StoreError where the disk does not take it."""
    try:
        write_parquet(frame, path)
    except (pl.exceptions.ComputeError, OSError) as error:
        found = of_the_system(error)
        if found is None:
            raise
        raise unwritable(str(path.parent.parent), found) from error
    return int(pl.scan_parquet(path, glob=False).select(pl.len()).collect().item())


def write_parquet(frame: pl.LazyFrame | pl.DataFrame, path: Path) -> None:
    """Write a table. Raises what Polars does; `of_the_system` knows what the system said."""
    frame.lazy().sink_parquet(path, compression="zstd", row_group_size=ROW_GROUP, maintain_order=True)


def of_the_system(error: Exception) -> OSError | None:
    """What the system says of a file that it cannot write, however Polars words it; None where it says nothing."""
    found = _OS_ERROR.search(str(error))
    if found is None:
        return error if isinstance(error, OSError) and error.errno else None
    return OSError(int(found[1]), os.strerror(int(found[1])))
