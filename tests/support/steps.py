"""Runs single steps on tables given as frames, through the runtime's own entry."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl

from mldsl.catalog.types import Type
from mldsl.plan.expressions import Expression
from mldsl.plan.nodes import (
    Bound,
    ColumnSpec,
    Derive,
    Input,
    Plan,
    PlanSettings,
    SourceBody,
    Step,
    TransformBody,
    Verb,
    VerbsForm,
)
from mldsl.runtime.engine.engine import Inputs, Room, open_engine
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.execute import StepOutcome, execute
from mldsl.runtime.store import Record, Store, open_store
from mldsl.runtime.tables import scan_table, sink_table
from tests.support import rowwise

_ENGINE = [PlanSettings().engine]
PARAMS: dict[str, object] = {"run_date": date(2025, 6, 1), "run_time": datetime(2025, 6, 1, 12)}


def specs(columns: Mapping[str, Type | tuple[Type, str]]) -> tuple[ColumnSpec, ...]:
    """Columns from types, or from a type and one role."""
    found = []
    for name, item in columns.items():
        type_, roles = item if isinstance(item, tuple) else (item, "")
        found.append(ColumnSpec(name=name, type=type_, roles=(roles,) if roles else ()))
    return tuple(found)


def evaluate(expression: Expression, table: pl.DataFrame, params: Mapping[str, object] | None = None) -> list[object]:
    """The expression's value in every row of the table, as `derive` gives it; datetimes naive.

    The row path, which answers requests, is held against it.
    """
    rows = rowwise.row_values(expression, table, {**PARAMS, **(params or {})})
    try:
        series = verbs(table, Derive(bindings=(Bound(name="value", value=expression),)), params=params)["value"]
    except StepFailed:
        assert rows is None or rowwise.Failed in rows
        raise
    if isinstance(series.dtype, pl.Datetime):
        series = series.dt.replace_time_zone(None)
    found = series.to_list()
    if rows is not None:
        rowwise.hold(found, rows)
    return found


def verbs(
    table: pl.DataFrame,
    *applied: Verb,
    tables: Mapping[str, pl.DataFrame] | None = None,
    models: Mapping[str, Any] | None = None,
    params: Mapping[str, object] | None = None,
) -> pl.DataFrame:
    """The verbs applied to the table, by the engine that `using` names."""
    with tempfile.TemporaryDirectory() as scratch:
        engine = open_engine(_ENGINE[-1], Room({**PARAMS, **(params or {})}, lambda: Path(scratch)))
        inputs = Inputs(lambda name: engine.adopt((tables or {})[name].lazy()), lambda name: (models or {})[name])
        try:
            return engine.collect(engine.apply(engine.adopt(table.lazy()), applied, inputs))
        finally:
            engine.close()


@contextmanager
def using(engine: str) -> Iterator[None]:
    """Tables are computed by that engine."""
    _ENGINE.append(engine)
    try:
        yield
    finally:
        _ENGINE.pop()


class Bench:
    """A program's folder with a store, tables put into it, and steps run on them."""

    def __init__(self, folder: Path, seed: int = 0) -> None:
        self.folder = folder
        self.store: Store = open_store(".mldsl", folder)
        self.seed = seed
        self.known: dict[str, Record] = {}
        self.sources: list[Step] = []

    def table(self, name: str, frame: pl.DataFrame, columns: Sequence[ColumnSpec] = ()) -> None:
        """A table that steps can read, as if a source had given it."""
        with self.store.scratch() as scratch:
            rows = sink_table(frame, scratch / "table.parquet")
            stored = self.store.adopt(scratch / "table.parquet", ".parquet", "table", rows)
        body = SourceBody(connector="csv", arguments={"path": f"{name}.csv"}, columns=tuple(columns))
        self.sources.append(Step(id=f"source:{name}", kind="source", name=name, location="p.ml:1:1", body=body))
        self.known[f"source:{name}"] = Record(f"key of {name}", f"source:{name}", "source", {"table": stored})

    def step(self, body: Any, name: str = "result", inputs: Sequence[str] | None = None) -> Step:
        """A step that reads the tables put in (or some of them)."""
        names = [step.name for step in self.sources] if inputs is None else inputs
        links = {item: Input(step=f"source:{item}", output="table") for item in names}
        return Step(id=f"{body.kind}:{name}", kind=body.kind, name=name, location="p.ml:2:1", inputs=links, body=body)

    def plan(self, *steps: Step) -> Plan:
        return Plan(name="p", settings=PlanSettings(seed=self.seed, engine=_ENGINE[-1]), steps=(*self.sources, *steps))

    def run(self, body: Any, name: str = "result", inputs: Sequence[str] | None = None, **options: Any) -> StepOutcome:
        """Run one step; `options` are those of `execute`."""
        step = self.step(body, name, inputs)
        options.setdefault("params", PARAMS)
        return execute(self.plan(step), step.id, self.store, folder=self.folder, known=self.known, **options)

    def output(self, outcome: StepOutcome, name: str = "table") -> pl.DataFrame:
        """A table that a step gave."""
        assert outcome.error is None or outcome.error.kind == "unmet", outcome.error
        assert outcome.record is not None
        return scan_table(self.store.local(outcome.record.outputs[name])).collect()

    def json(self, outcome: StepOutcome, name: str) -> Any:
        assert outcome.record is not None, outcome.error
        return json.loads(self.store.read(outcome.record.outputs[name]))


def transform(table: str, columns: Mapping[str, Type], *applied: Verb) -> TransformBody:
    """A transform's body of verbs."""
    return TransformBody(action=VerbsForm(table=table, verbs=applied), columns=specs(columns))
