"""What a version keeps of other tables, so that its requests see them as its training did."""

from __future__ import annotations

from typing import Any

from mldsl.plan.nodes import Input, Select
from mldsl.plan.requests import Lookup, RequestPath
from mldsl.runtime.engine.engine import Inputs
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.inlining import computed
from mldsl.runtime.store import Stored
from mldsl.runtime.work import Work


def snapshots(work: Work, path: RequestPath) -> dict[str, Stored]:
    """The tables that requests look into (the columns that are needed) and the models on their way, by their ids.

    `work` is that of a step behind the model, such as its deployment: the records of the steps before it are there.
    """
    tables = {lookup.id: _kept(work, lookup) for lookup in path.lookups}
    return tables | {step: _model(work, step) for step in path.models}


def table_of(work: Work, source: Input) -> Any:  # noqa: ANN401 - each engine has tables of its own
    """A table of the run, as the work's engine has it; one that is not written is computed."""
    stored = work.records(source.step).outputs.get(source.output)
    if stored is None:
        return computed(work, work.plan.step(source.step))
    return work.engine.scan(work.store.local(stored), stored)


def no_inputs() -> Inputs[Any]:
    """For verbs that look at nothing beside their table."""
    return Inputs(_nothing, _nothing)


def _kept(work: Work, lookup: Lookup) -> Stored:
    table = work.engine.apply(table_of(work, lookup.source), (Select(columns=lookup.columns),), no_inputs())
    place = work.store.fresh()
    try:
        rows = work.engine.write(table, place)
        return work.store.adopt(place, ".parquet", "table", rows)
    finally:
        place.unlink(missing_ok=True)


def _model(work: Work, step: str) -> Stored:
    return work.records(step).outputs["model"]


def _nothing(name: str) -> Any:  # noqa: ANN401
    raise StepFailed(f"`{name}` is not to be had here")
