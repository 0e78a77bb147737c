"""JSON files, one object a line."""

from __future__ import annotations

from functools import partial

import polars as pl

from mldsl.runtime.errors import StepFailed
from mldsl.runtime.sources.files import DataFile
from mldsl.runtime.sources.parts import Part, Reading


def read(reading: Reading) -> list[Part]:
    """One part a file; a key that an object lacks is null."""
    return [_part(reading, file) for file in reading.files()]


def _part(reading: Reading, file: DataFile) -> Part:
    name = file.name
    frame = pl.scan_ndjson(file.path, infer_schema_length=None)
    try:
        names = frame.collect_schema().names()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _malformed(name, error) from error
    return Part(name, frame.select(reading.names(names, f"`{name}`")), partial(_explain, name=name))


def _explain(error: Exception, name: str) -> StepFailed | None:
    return _malformed(name, error) if "json" in str(error).lower() else None


def _malformed(name: str, error: Exception) -> StepFailed:
    first = (str(error).splitlines() or [""])[0]
    return StepFailed(f"`{name}` is not a file of JSON lines: {first}", "each line holds one object", "ML212")
