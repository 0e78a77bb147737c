"""Reads a source's rows through its connector, and holds them against the schema."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from mldsl.plan.nodes import SourceBody
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.sources.connectors import read_parts, text_reader
from mldsl.runtime.sources.convert import Reader
from mldsl.runtime.sources.fit import failure, fitted, troubles
from mldsl.runtime.sources.parts import Part, Reading
from mldsl.runtime.work import Work


def load(work: Work, body: SourceBody) -> None:
    """Write the output `table`: the schema's columns, in its order. A dry run takes the first rows only."""
    reading = Reading(work.step.name, body.arguments, body.columns, work.folder, work.scratch, work.rows, work.code)
    parts = read_parts(body.connector, reading)
    reader = text_reader(body.connector, reading)
    try:
        frame = fitted(parts, body.columns, reader)
        work.write_table("table", frame if work.rows is None else frame.head(work.rows))
    except (pl.exceptions.PolarsError, OSError) as error:  # the latter: a file is gone since it was found
        known = _explained(parts, error) or _trouble(work, parts, body, reader)
        if known is None:
            raise
        raise known from error


def _trouble(work: Work, parts: Sequence[Part], body: SourceBody, reader: Reader) -> StepFailed | None:
    """What is wrong with the rows; or with the file, where only a second look comes to the damage."""
    try:
        found = troubles(parts, body.columns, work.rows, reader)
    except (pl.exceptions.PolarsError, OSError) as error:
        return _explained(parts, error)
    return failure(f"`{work.step.name}`", found, reader) if found else None


def _explained(parts: Sequence[Part], error: Exception) -> StepFailed | None:
    """What a connector has to say of an error: a damaged file, say."""
    return next((known for part in parts if (known := part.explain(error)) is not None), None)
