"""Judges all expectations of a check in one lazy query that gives one row: counts, values, samples."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

import narwhals as nw
import polars as pl

from mldsl.catalog.types import BOOL
from mldsl.plan.expressions import Call, ColumnRef, Expression, TableColumn
from mldsl.plan.nodes import CheckBody, Expectation
from mldsl.plan.walk import descendants
from mldsl.runtime.engine.aggregates import Gathering
from mldsl.runtime.engine.lowering import Env, Lowering
from mldsl.runtime.engine.overrides.polars_frames import marked
from mldsl.runtime.engine.risks import explained
from mldsl.runtime.work import Work

_ROW = "\x1frow"
SAMPLES = 5
Outcome = Literal["passed", "failed", "warned", "quarantined"]
_COMPARED = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "between", "in")
_BADLY: dict[str, Outcome] = {"fail": "failed", "warn": "warned", "quarantine": "quarantined"}


@dataclass(frozen=True, slots=True)
class Verdict:
    """What came of one expectation.

    Of rows: `judged` are those whose condition is not null, `failing` those where it is false, `samples` the first of
    these as (row number, the condition's columns), `flag` the column that is true in them. Of the table: `value` is
    what its left side comes to; `has_value` says that there is one.
    """

    expectation: Expectation
    outcome: Outcome
    rows: int
    judged: int | None = None
    failing: int = 0
    value: Any = None
    has_value: bool = False
    samples: tuple[tuple[int, dict[str, Any]], ...] = ()
    flag: str | None = None

    @property
    def share(self) -> float | None:
        """The share of the judged rows that hold."""
        return None if not self.judged else (self.judged - self.failing) / self.judged


@dataclass(frozen=True, slots=True)
class Judged:
    """All verdicts, over `rows` rows; `frame` has the table's `columns` and the verdicts' flags."""

    verdicts: list[Verdict]
    rows: int
    frame: pl.LazyFrame
    columns: list[str]


@dataclass(slots=True)
class _Rows:
    """An expectation of rows: the column that is true where it fails, and the columns to show."""

    expectation: Expectation
    judged: str
    flag: str
    shown: list[str]

    def summary(self, index: int) -> list[pl.Expr]:
        failing = pl.col(self.flag)
        first = [
            pl.col(name).filter(failing).head(SAMPLES).implode().alias(f"{index}_{position}")
            for position, name in enumerate([_ROW, *self.shown])
        ]
        return [pl.col(self.judged).sum().alias(f"{index}_judged"), failing.sum().alias(f"{index}_failing"), *first]


@dataclass(slots=True)
class _Table:
    """An expectation of the table: its condition and its left side, over the aggregates' columns."""

    expectation: Expectation
    condition: Expression
    left: Expression | None


def judge(work: Work, body: CheckBody, hidden: frozenset[str]) -> Judged:
    """Every expectation of the check. Values of the columns `hidden` are not among the samples."""
    env = Env(work.params)
    table = work.table(body.table)
    columns = table.collect_schema().names()
    gathering = Gathering(Lowering(nw.from_native(table.with_row_index(_ROW, offset=1)), env))
    judges: list[_Rows | _Table] = []
    for expectation in body.expectations:
        condition = _resolve_references(expectation.condition, gathering.rows, work)
        if expectation.level == "row" or _is_unique(condition):
            judges.append(_of_rows(expectation, condition, gathering.rows, columns, hidden))
        else:
            judges.append(_of_table(expectation, condition, gathering))
    frame = gathering.rows.frame.to_native()
    summaries = [
        item for index, judge in enumerate(judges) if isinstance(judge, _Rows) for item in judge.summary(index)
    ]
    one = frame.select(pl.len().alias(_ROW), *gathering.columns, *summaries)
    with explained(env.risks):
        found = _table_values(gathering.checked(one), judges).collect().row(0, named=True)
    return Judged([_verdict(found, index, item) for index, item in enumerate(judges)], found[_ROW], frame, columns)


def _of_rows(
    expectation: Expectation, condition: Expression, rows: Lowering, columns: Sequence[str], hidden: frozenset[str]
) -> _Rows:
    mentioned = [node.name for node in descendants(expectation.condition) if isinstance(node, ColumnRef)]
    shown = [name for name in columns if name in mentioned and name not in hidden]
    if _is_unique(condition):
        assert isinstance(condition, Call)
        return _of_unique(expectation, condition, rows, shown)
    holds = nw.col(rows.hoist(rows.lower(condition)))
    judged, flag = rows.hoist(~holds.is_null()), rows.hoist((~holds).fill_null(value=False))
    return _Rows(expectation, judged, flag, shown)


def _of_unique(expectation: Expectation, condition: Call, rows: Lowering, shown: list[str]) -> _Rows:
    """Failing are all rows that agree with another one; a row with a null among the columns agrees with none."""
    names = [rows.hoist(rows.lower(argument)) for argument in condition.arguments]
    judged, flag = rows.env.name(), rows.env.name()
    known = pl.all_horizontal(pl.col(name).is_not_null() for name in names)
    again = pl.len().over(names) > 1
    native = rows.frame.to_native().with_columns(known.alias(judged)).with_columns((known & again).alias(flag))
    rows.frame = nw.from_native(native)
    return _Rows(expectation, judged, flag, shown)


def _is_unique(condition: Expression) -> bool:
    return isinstance(condition, Call) and condition.function == "unique"


def _of_table(expectation: Expectation, condition: Expression, gathering: Gathering) -> _Table:
    replaced = gathering.replace(condition)
    is_compared = isinstance(replaced, Call) and replaced.function in _COMPARED
    return _Table(expectation, replaced, replaced.arguments[0] if is_compared else None)  # type: ignore[union-attr]


def _table_values(aggregates: Lowering, judges: Sequence[_Rows | _Table]) -> pl.LazyFrame:
    """The one row with the conditions of the table and their left sides."""
    values = []
    for index, item in enumerate(judges):
        if isinstance(item, _Table):
            values.append(aggregates.lower(item.condition).alias(f"{index}_holds"))
            if item.left is not None:
                values.append(aggregates.lower(item.left).alias(f"{index}_value"))
    native: pl.LazyFrame = aggregates.frame.with_columns(values).to_native()
    return native


def _verdict(found: dict[str, Any], index: int, item: _Rows | _Table) -> Verdict:
    expectation, rows = item.expectation, int(found[_ROW])
    if isinstance(item, _Table):
        # A table has one answer: where it is null, the condition does not hold. Rows cannot be set aside for it.
        badly: Outcome = "warned" if expectation.otherwise == "warn" else "failed"
        holds = found[f"{index}_holds"] is True
        outcome = "passed" if holds else badly
        return Verdict(expectation, outcome, rows, value=found.get(f"{index}_value"), has_value=item.left is not None)
    judged, failing = int(found[f"{index}_judged"]), int(found[f"{index}_failing"])
    holds = failing == 0 if expectation.at_least is None else judged - failing >= expectation.at_least * judged
    columns = [found[f"{index}_{position}"] for position in range(len(item.shown) + 1)]
    samples = tuple(
        (values[0], dict(zip(item.shown, values[1:], strict=True))) for values in zip(*columns, strict=True)
    )
    outcome = "passed" if holds else _BADLY[expectation.otherwise]
    return Verdict(expectation, outcome, rows, judged, failing, samples=samples, flag=item.flag)


def _resolve_references(expression: Expression, rows: Lowering, work: Work) -> Expression:
    """Each `references` as a column that says whether the value is among the other table's."""
    if not isinstance(expression, Call):
        return expression
    if expression.function == "references":
        value, other = expression.arguments
        assert isinstance(other, TableColumn)
        name, out = rows.hoist(rows.lower(value)), rows.env.name()
        rows.frame = nw.from_native(marked(rows.frame.to_native(), name, work.table(other.table), other.column, out))
        return ColumnRef(name=out, type=BOOL.with_null(value.type.nullable))
    resolved = tuple(_resolve_references(argument, rows, work) for argument in expression.arguments)
    return expression.model_copy(update={"arguments": resolved})
