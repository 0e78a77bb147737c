"""A source: reads its rows, holds them against the schema and writes them as the output `table`."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl

from mldsl.plan.nodes import SourceBody
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.inlining import within
from mldsl.runtime.sources.connectors import read_parts, text_reader
from mldsl.runtime.sources.convert import Reader
from mldsl.runtime.sources.files import find_files
from mldsl.runtime.sources.fit import failure, fitted, troubles
from mldsl.runtime.sources.parts import Part, Reading
from mldsl.runtime.work import StepResult, Work


def run(work: Work) -> StepResult:
    """Write the output `table`: the schema's columns, in its order. A dry run takes the first rows only.

    Files that are read where they lie are only held against the schema.
    """
    body = work.step.body
    assert isinstance(body, SourceBody)
    rows = _fits_in_place(work, body) if work.inlined and work.rows is None else None
    if rows is not None:
        return StepResult(details={"rows": rows, **within(work)})
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
    return StepResult(details={"rows": work.outputs["table"].rows})


def _fits_in_place(work: Work, body: SourceBody) -> int | None:
    """The number of rows, if the files can be read where they lie and fit the schema."""
    return work.engine.fits(find_files(str(body.arguments["path"]), work.folder), body.columns)


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
