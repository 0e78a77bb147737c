"""Holds what a `python` or `sql` step returns against the schema that the program gives it."""

from __future__ import annotations

from dataclasses import replace

import polars as pl

from mldsl.diagnostics.suggest import did_you_mean
from mldsl.plan.nodes import Columns
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.sources.fit import failure, fitted, troubles
from mldsl.runtime.sources.parts import Part


def returned(frame: pl.LazyFrame, columns: Columns, what: str) -> pl.LazyFrame:
    """The rows with exactly `columns`. Raises StepFailed (ML213) where the result says something else."""
    names = frame.collect_schema().names()
    wanted = [column.name for column in columns]
    missing = [name for name in wanted if name not in names]
    if missing:
        hint = did_you_mean(missing[0], names) or f"it returns {', '.join(f'`{name}`' for name in names)}"
        raise StepFailed(f"{what} returns no column `{missing[0]}`, which its schema has", hint, "ML213")
    extra = [name for name in names if name not in wanted]
    if extra:
        hint = f"add `{extra[0]}` to the schema, or do not return it"
        raise StepFailed(f"{what} returns a column `{extra[0]}`, which its schema does not have", hint, "ML213")
    specs = [replace(column, raw=None) for column in columns]
    part = Part(None, frame)
    try:
        return fitted([part], specs).collect().lazy()
    except StepFailed as error:
        raise StepFailed(f"{what} returns something else: {error.message}", error.help, "ML213") from error
    except pl.exceptions.PolarsError as error:
        found = troubles([part], specs, None)
        if not found:
            raise
        problem = failure(f"{what} returns what", found)
        raise StepFailed(problem.message, problem.help, "ML213") from error
