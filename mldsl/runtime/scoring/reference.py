"""The reference path: the rows as a table, the plan's own transforms on the engine, and the model on what they give.

The engine is the default one whatever the pipeline's: all give the same, and this one starts in no time.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from threading import Lock

import polars as pl

from mldsl.catalog.types import INT
from mldsl.plan.nodes import (
    Columns,
    ColumnSpec,
    Join,
    PythonArgument,
    PythonForm,
    Select,
    SqlForm,
    Union,
    Verb,
    VerbsForm,
)
from mldsl.plan.requests import Stage, columns_of
from mldsl.runtime.engine.dtypes import polars_type
from mldsl.runtime.engine.engine import DEFAULT, Engine, Inputs, Room, open_engine
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.python_frames import to_pandas
from mldsl.runtime.scoring.lookups import first_of_each
from mldsl.runtime.scoring.served import Answer, Row, Served

ROW = "\x1frequest"
"""The column that says which request a row is of."""
_ROW = ColumnSpec(name=ROW, type=INT)


class ReferenceScorer:
    """Follows the protocol `Scorer`."""

    def __init__(self, served: Served) -> None:
        self.served = served
        self.fields = served.fields()
        self.outputs = served.outputs()
        self._user_code = Lock()  # loading it changes Python's path
        self._tables = _prepared_tables(served)

    def score(self, rows: Sequence[Row], at: datetime | None = None) -> list[Answer]:
        """See `Scorer`."""
        found = self._features(self._frame(rows), self.served.values_at(at))
        answers = self.served.model.predict_columns(found.drop(ROW)).to_dicts()
        by_row = dict(zip(found[ROW].to_list(), answers, strict=True))
        nothing: Answer = {output.name: None for output in self.outputs}
        return [by_row.get(number, dict(nothing)) for number in range(len(rows))]

    def features(self, rows: pl.DataFrame, at: datetime | None = None, *, keep: Sequence[str] = ()) -> pl.DataFrame:
        """See `Scorer`; `keep` are further columns that are kept."""
        missing = [spec.name for spec in self.served.path.columns if spec.name not in rows.columns]
        if missing:
            raise StepFailed(f"the rows lack the column `{missing[0]}`, which the model's features are made of")
        needed = rows.select(pl.col(spec.name).cast(polars_type(spec.type)) for spec in self.served.path.columns)
        found = self._features(_numbered(needed), self.served.values_at(at))
        named = [*(spec.name for spec in self.served.keys), *keep]
        names = [name for name in named if name in rows.columns and name not in found.columns]
        kept = rows.select(names)[found[ROW].cast(pl.UInt32)]
        return pl.concat([kept, found.drop(ROW)], how="horizontal")

    # --- rows ---

    def _frame(self, rows: Sequence[Row]) -> pl.DataFrame:
        return _numbered(pl.DataFrame([_series(spec, [row.get(spec.name) for row in rows]) for spec in self._columns]))

    @property
    def _columns(self) -> Columns:
        return self.served.path.columns

    # --- the way ---

    def _features(self, frame: pl.DataFrame, params: Mapping[str, object]) -> pl.DataFrame:
        """The model's features with the number of the row that each is of."""
        for stage in self.served.path.stages:
            match stage.action:
                case VerbsForm() as form:
                    frame = self._verbs(stage, form, frame, params)
                case SqlForm() as form:
                    frame = self._sql(stage, form, frame)
                case PythonForm() as form:
                    frame = self._python(stage, form, frame, params)
        return frame.select(*(spec.name for spec in self.served.path.features), ROW)

    def _verbs(self, stage: Stage, form: VerbsForm, frame: pl.DataFrame, params: Mapping[str, object]) -> pl.DataFrame:
        engine: Engine[pl.LazyFrame] = open_engine(DEFAULT, Room(params, _no_room))
        inputs = self.served.plan.step(stage.step).inputs
        tables = Inputs(
            lambda name: self._tables[stage.step, name].lazy(),
            lambda name: self.served.models[inputs[name].step],
        )
        verbs = [_with_row(verb) for verb in form.verbs]
        return engine.collect(engine.finish(engine.apply(frame.lazy(), verbs, tables), (*stage.columns, _ROW)))

    def _sql(self, stage: Stage, form: SqlForm, frame: pl.DataFrame) -> pl.DataFrame:
        """Row by row: a query may leave rows out, or order them."""
        if not frame.height:
            return self._asked(stage, form, frame.drop(ROW)).with_columns(pl.lit(None, pl.Int64()).alias(ROW))
        parts = []
        for row in frame.iter_slices(1):
            found = self._asked(stage, form, row.drop(ROW))
            if found.height > 1:
                raise StepFailed(f"the SQL of `{stage.step}` gives {found.height} rows for one")
            parts.append(found.with_columns(pl.lit(row[ROW][0], pl.Int64()).alias(ROW)))
        return pl.concat(parts)

    def _asked(self, stage: Stage, form: SqlForm, row: pl.DataFrame) -> pl.DataFrame:
        from mldsl.runtime.engine.sql import query

        row = _with_absent(row, stage)
        step = self.served.plan.step(stage.step)
        with tempfile.TemporaryDirectory(prefix="mldsl-") as room:
            place = Path(room, "row.parquet")
            row.write_parquet(place)
            tables = dict.fromkeys(step.inputs, (place, row.schema))
            return query(step.name, form, stage.columns, tables).collect()

    def _python(
        self, stage: Stage, form: PythonForm, frame: pl.DataFrame, params: Mapping[str, object]
    ) -> pl.DataFrame:
        from mldsl.runtime.python_step import computed
        from mldsl.runtime.user_functions import loaded

        table = to_pandas(_with_absent(frame.drop(ROW), stage))
        arguments = [_argument(item, table, params) for item in form.arguments]
        with self._user_code, ExitStack() as stack:
            function = stack.enter_context(loaded(form.function, self.served.code))
            found = computed(function, form, stage.columns, self.served.code, arguments)
        if found.height != frame.height:
            raise StepFailed(f"`{form.function.name}` gives {found.height} rows for {frame.height}")
        return found.with_columns(frame[ROW])


def _prepared_tables(served: Served) -> dict[tuple[str, str], pl.DataFrame]:
    """What verbs look into, by stage and name: one row for each key; of a union's other table nothing but its types."""
    found: dict[tuple[str, str], pl.DataFrame] = {}
    lookups = {lookup.source: lookup for lookup in served.path.lookups}
    for stage in served.path.stages:
        inputs = served.plan.step(stage.step).inputs
        for verb in stage.action.verbs if isinstance(stage.action, VerbsForm) else ():
            match verb:
                case Join():
                    lookup = lookups[inputs[verb.table]]
                    found[stage.step, verb.table] = first_of_each(served.tables[lookup.id], verb)
                case Union():
                    columns = (*columns_of(served.plan, inputs[verb.table]), _ROW)
                    schema = {spec.name: polars_type(spec.type) for spec in columns}
                    found[stage.step, verb.table] = pl.DataFrame(schema=schema)
    return found


def _argument(item: PythonArgument, table: object, params: Mapping[str, object]) -> object:
    match item.kind:
        case "table":
            return table
        case "param":
            return params.get(str(item.value))
        case _:
            return item.value


def _with_row(verb: Verb) -> Verb:
    return replace(verb, columns=(*verb.columns, ROW)) if isinstance(verb, Select) else verb


def _with_absent(frame: pl.DataFrame, stage: Stage) -> pl.DataFrame:
    return frame.with_columns(pl.lit(None, dtype=polars_type(spec.type)).alias(spec.name) for spec in stage.absent)


def _numbered(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_row_index(ROW).with_columns(pl.col(ROW).cast(pl.Int64()))


def _series(spec: ColumnSpec, values: list[object]) -> pl.Series:
    """A column of Python values; datetimes without a zone are in UTC. Raises StepFailed for what does not fit."""
    try:
        if spec.type.kind == "datetime":
            return pl.Series(
                spec.name, [_naive(value) for value in values], dtype=pl.Datetime("us")
            ).dt.replace_time_zone("UTC")
        series = pl.Series(spec.name, values, dtype=polars_type(spec.type))
    except (TypeError, ValueError, OverflowError, pl.exceptions.PolarsError) as error:
        raise StepFailed(f"`{spec.name}` has a value that is no `{spec.type.with_null(False)}`") from error
    return series.fill_nan(None) if spec.type.kind == "float" else series


def _naive(value: object) -> object:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC).replace(tzinfo=None)
    return value


def _no_room() -> Path:
    raise StepFailed("a request needs no room on a disk")
