"""The rows of a table with a model's answers: some at a time, so that a table larger than the memory goes through."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import polars as pl
from polars.io.plugins import register_io_source

from mldsl.runtime.errors import StepFailed
from mldsl.runtime.models.storage import FittedModel
from mldsl.runtime.tables import pieces, scan_table, stored_table, visible
from mldsl.runtime.work import Work


def score_batch(work: Work, table: str, model: FittedModel) -> pl.LazyFrame:
    """Write the step's output `table`: the rows of the input `table` and the columns of predictions; it, lazily.

    Raises StepFailed where the table lacks what the model needs, or has a column that a prediction would be.
    """
    path = work.path(table)
    given = scan_table(path)
    names = visible(given)
    _fits(work, table, model, names)
    schema = given.select(names).collect_schema() | _answers(model)

    def rows(*_: object) -> Iterator[pl.DataFrame]:
        return _scored(path, names, model, schema)

    stored = work.write_table("table", register_io_source(rows, schema=schema))
    return stored_table(work.store.local(stored), stored)


def _fits(work: Work, table: str, model: FittedModel, names: list[str]) -> None:
    """A champion may have been trained by another program than this one."""
    missing = [name for name in model.feature_names_in_ if name not in names]
    if missing:
        listed = ", ".join(f"`{name}`" for name in missing)
        message = f"`{work.step.name}`: `{table}` has no column {listed}, which the model was trained on"
        raise StepFailed(message, "run the pipeline, so that a model of this program is trained and goes live")
    taken = next((output.name for output in model.outputs if output.name in names), None)
    if taken is not None:
        message = f"`{work.step.name}`: `{table}` has a column `{taken}` already, which the predictions would be"
        raise StepFailed(message, "`rename` or `drop` it before")


def _answers(model: FittedModel) -> pl.Schema:
    """The types of the columns of predictions."""
    return model.predict_columns(pl.DataFrame()).schema


def _scored(path: Path, names: list[str], model: FittedModel, schema: pl.Schema) -> Iterator[pl.DataFrame]:
    """The rows in pieces of one size: the last bit of a prediction may depend on how many are predicted at once."""
    for piece in pieces(scan_table(path).select(names)):
        yield piece.hstack(model.predict_columns(piece)).match_to_schema(schema)
