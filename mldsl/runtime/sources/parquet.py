"""Parquet files."""

from __future__ import annotations

from functools import partial

import polars as pl

from mldsl.runtime.errors import StepFailed
from mldsl.runtime.sources.files import DataFile
from mldsl.runtime.sources.parts import Part, Reading


def read(reading: Reading) -> list[Part]:
    """One part a file; files may hold their columns in different orders and types."""
    return [_part(reading, file) for file in reading.files()]


def _part(reading: Reading, file: DataFile) -> Part:
    name = file.name
    frame = pl.scan_parquet(file.path, glob=False, hive_partitioning=False)
    try:
        names = frame.collect_schema().names()
    except (pl.exceptions.PolarsError, OSError) as error:
        said = str(error).splitlines()[0].removeprefix("parquet: ")
        raise StepFailed(f"`{name}` is cut off, or is no Parquet file: {said}", None, "ML212") from error
    return Part(name, frame.select(reading.names(names, f"`{name}`")), partial(_explain, name=name))


def _explain(error: Exception, name: str) -> StepFailed | None:
    first = str(error).splitlines()[0]
    return StepFailed(f"`{name}` is damaged: {first}", None, "ML212") if "parquet" in first else None
