"""A check's questions on Polars: one lazy query that gives one row of counts, values and samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import polars as pl

from mldsl.catalog.types import BOOL
from mldsl.plan.expressions import Call, ColumnRef, Expression, TableColumn
from mldsl.runtime.engine.engine import SAMPLES, Answer, Answers, Inputs, Question
from mldsl.runtime.engine.polars.frames import marked
from mldsl.runtime.engine.polars.gathering import Gathering
from mldsl.runtime.engine.polars.lowering import Env, Lowering
from mldsl.runtime.engine.polars.risks import explained
from mldsl.runtime.engine.questions import is_unique, left_side

_ROW, _ASIDE = "\x1frow", "\x1faside"


@dataclass(slots=True)
class _Rows:
    """A question of rows: the columns that are true where it has an answer and where it fails, and those to show."""

    judged: str
    flag: str
    shown: Sequence[str]

    def counts(self, index: int) -> list[pl.Expr]:
        judged, failing = pl.col(self.judged).sum(), pl.col(self.flag).sum()
        return [judged.alias(f"{index}_judged"), failing.alias(f"{index}_failing")]

    def samples(self, index: int) -> list[pl.Expr]:
        return [
            pl.col(name).filter(pl.col(self.flag)).head(SAMPLES).implode().alias(f"{index}_{position}")
            for position, name in enumerate([_ROW, *self.shown])
        ]

    def answer(self, found: dict[str, Any], index: int) -> Answer:
        columns = [found.get(f"{index}_{position}", ()) for position in range(len(self.shown) + 1)]
        samples = tuple(
            (values[0], dict(zip(self.shown, values[1:], strict=True))) for values in zip(*columns, strict=True)
        )
        return Answer(int(found[f"{index}_judged"]), int(found[f"{index}_failing"]), samples)


@dataclass(slots=True)
class _Table:
    """A question of the table: its condition and its left side, over the aggregates' columns."""

    condition: Expression
    left: Expression | None

    def answer(self, found: dict[str, Any], index: int) -> Answer:
        value = found.get(f"{index}_value")
        return Answer(holds=found[f"{index}_holds"] is True, value=value, has_value=self.left is not None)


def ask(
    table: pl.LazyFrame, questions: Sequence[Question], env: Env, inputs: Inputs[pl.LazyFrame], small: bool
) -> Answers[pl.LazyFrame]:
    """All answers, in one pass; over a `small` table, failing rows are looked for in a second one where there are any.

    To look for them takes half the time of such a query.
    """
    columns = table.collect_schema().names()
    gathering = Gathering(Lowering(table.with_row_index(_ROW, offset=1), env))
    asked: list[_Rows | _Table] = []
    for question in questions:
        condition = _resolve_references(question.condition, gathering.rows, inputs)
        if question.of_rows:
            asked.append(_of_rows(condition, gathering.rows, question.shown))
        else:
            replaced = gathering.replace(condition)
            asked.append(_Table(replaced, left_side(replaced)))
    frame = gathering.rows.frame
    rows = {index: one for index, one in enumerate(asked) if isinstance(one, _Rows)}
    counts = [item for index, one in rows.items() for item in one.counts(index)]
    samples = [item for index, one in rows.items() for item in one.samples(index)]

    def answered(*columns: pl.Expr) -> dict[str, Any]:
        one = frame.select(pl.len().alias(_ROW), *gathering.columns, *columns)
        with explained(env.risks):
            return _table_values(gathering.checked(one), asked).collect().row(0, named=True)

    found = answered(*counts) if small else answered(*counts, *samples)
    if small and any(found[f"{index}_failing"] for index in rows):
        found = answered(*counts, *samples)

    def parted(indices: Sequence[int]) -> tuple[pl.LazyFrame, pl.LazyFrame]:
        flags = [pl.col(item.flag) for index in indices if isinstance(item := asked[index], _Rows)]
        marked = frame.with_columns((pl.any_horizontal(*flags) if flags else pl.lit(False)).alias(_ASIDE))
        return marked.filter(~pl.col(_ASIDE)).select(columns), marked.filter(pl.col(_ASIDE)).select(columns)

    return Answers(int(found[_ROW]), [item.answer(found, index) for index, item in enumerate(asked)], parted)


def _of_rows(condition: Expression, rows: Lowering, shown: Sequence[str]) -> _Rows:
    if is_unique(condition):
        assert isinstance(condition, Call)
        return _of_unique(condition, rows, shown)
    holds = pl.col(rows.hoist(rows.lower(condition)))
    judged, flag = rows.env.name(), rows.env.name()
    failing = (~holds).fill_null(value=False)
    rows.frame = rows.frame.with_columns(holds.is_not_null().alias(judged), failing.alias(flag))
    return _Rows(judged, flag, shown)


def _of_unique(condition: Call, rows: Lowering, shown: Sequence[str]) -> _Rows:
    """Failing are all rows that agree with another one; a row with a null among the columns agrees with none."""
    names = [rows.hoist(rows.lower(argument)) for argument in condition.arguments]
    judged, flag = rows.env.name(), rows.env.name()
    known = pl.all_horizontal(pl.col(name).is_not_null() for name in names)
    again = pl.len().over(names) > 1
    rows.frame = rows.frame.with_columns(known.alias(judged)).with_columns((known & again).alias(flag))
    return _Rows(judged, flag, shown)


def _table_values(aggregates: Lowering, asked: Sequence[_Rows | _Table]) -> pl.LazyFrame:
    """The one row with the conditions of the table and their left sides."""
    values = []
    for index, item in enumerate(asked):
        if isinstance(item, _Table):
            values.append(aggregates.lower(item.condition).alias(f"{index}_holds"))
            if item.left is not None:
                values.append(aggregates.lower(item.left).alias(f"{index}_value"))
    return aggregates.frame.with_columns(values)


def _resolve_references(expression: Expression, rows: Lowering, inputs: Inputs[pl.LazyFrame]) -> Expression:
    """Each `references` as a column that says whether the value is among the other table's."""
    if not isinstance(expression, Call):
        return expression
    if expression.function == "references":
        value, other = expression.arguments
        assert isinstance(other, TableColumn)
        name, out = rows.hoist(rows.lower(value)), rows.env.name()
        rows.frame = marked(rows.frame, name, inputs.table(other.table), other.column, out)
        return ColumnRef(name=out, type=BOOL.with_null(value.type.nullable))
    resolved = tuple(_resolve_references(argument, rows, inputs) for argument in expression.arguments)
    return replace(expression, arguments=resolved)
