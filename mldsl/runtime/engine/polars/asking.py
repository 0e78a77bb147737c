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


@dataclass(frozen=True, slots=True)
class _Rows:
    """A question of rows: the column that says of each row whether it holds, null where it has no answer."""

    holds: str
    shown: Sequence[str]

    @property
    def fails(self) -> pl.Expr:
        """Whether a row fails; null where it has no answer, which is not to fail."""
        return ~pl.col(self.holds)

    def counts(self, index: int) -> list[pl.Expr]:
        column = pl.col(self.holds)
        return [column.count().alias(f"{index}_judged"), column.sum().alias(f"{index}_holding")]

    def samples(self, index: int) -> list[pl.Expr]:
        return [
            pl.col(name).filter(self.fails).head(SAMPLES).implode().alias(f"{index}_{position}")
            for position, name in enumerate([_ROW, *self.shown])
        ]

    def failing(self, found: dict[str, Any], index: int) -> int:
        return int(found[f"{index}_judged"]) - int(found[f"{index}_holding"])

    def answer(self, found: dict[str, Any], index: int) -> Answer:
        columns = [found.get(f"{index}_{position}", ()) for position in range(len(self.shown) + 1)]
        samples = tuple(
            (values[0], dict(zip(self.shown, values[1:], strict=True))) for values in zip(*columns, strict=True)
        )
        return Answer(int(found[f"{index}_judged"]), self.failing(found, index), samples)


@dataclass(frozen=True, slots=True)
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
    asking = _asking(table, questions, env, inputs, small)
    found = asking.answered(samples=not small)
    if small and asking.has_failing(found):
        found = asking.answered(samples=True)
    return Answers(int(found[_ROW]), asking.answers(found), asking.parted)


@dataclass(frozen=True, slots=True)
class _Asking:
    """The questions over `rows`, which are those of `table` with what the questions need of each row.

    To choose an engine takes Polars as long as to compute a `small` table's answers.
    """

    table: pl.LazyFrame
    rows: pl.LazyFrame
    gathering: Gathering
    asked: Sequence[_Rows | _Table]
    small: bool

    @property
    def of_rows(self) -> dict[int, _Rows]:
        """The questions of rows, by their indices."""
        return {index: one for index, one in enumerate(self.asked) if isinstance(one, _Rows)}

    def answered(self, *, samples: bool) -> dict[str, Any]:
        """The one row with everything that is asked."""
        rows = self.of_rows
        columns = [item for index, one in rows.items() for item in one.counts(index)]
        if samples:
            columns += [item for index, one in rows.items() for item in one.samples(index)]
        one = self.rows.select(pl.len().alias(_ROW), *self.gathering.columns, *columns)
        with explained(self.gathering.rows.env.risks):
            values = _table_values(self.gathering.checked(one), self.asked)
            return values.collect(engine="in-memory" if self.small else "auto").row(0, named=True)

    def has_failing(self, found: dict[str, Any]) -> bool:
        return any(one.failing(found, index) for index, one in self.of_rows.items())

    def answers(self, found: dict[str, Any]) -> list[Answer]:
        return [item.answer(found, index) for index, item in enumerate(self.asked)]

    def parted(self, indices: Sequence[int]) -> tuple[pl.LazyFrame, pl.LazyFrame]:
        """See `Answers`."""
        fails = [self.of_rows[index].fails.fill_null(value=False) for index in indices]
        marked = self.rows.with_columns((pl.any_horizontal(*fails) if fails else pl.lit(False)).alias(_ASIDE))
        columns = self.table.collect_schema().names()
        return marked.filter(~pl.col(_ASIDE)).select(columns), marked.filter(pl.col(_ASIDE)).select(columns)


def _asking(
    table: pl.LazyFrame, questions: Sequence[Question], env: Env, inputs: Inputs[pl.LazyFrame], small: bool
) -> _Asking:
    gathering = Gathering(Lowering(table.with_row_index(_ROW, offset=1), env))
    asked: list[_Rows | _Table] = []
    for question in questions:
        condition = _resolve_references(question.condition, gathering.rows, inputs)
        if question.of_rows:
            asked.append(_of_rows(condition, gathering.rows, question.shown))
        else:
            replaced = gathering.replace(condition)
            asked.append(_Table(replaced, left_side(replaced)))
    return _Asking(table, gathering.rows.frame, gathering, asked, small)


def _of_rows(condition: Expression, rows: Lowering, shown: Sequence[str]) -> _Rows:
    if is_unique(condition):
        assert isinstance(condition, Call)
        return _Rows(_unique(condition, rows), shown)
    return _Rows(rows.hoist(rows.lower(condition)), shown)


def _unique(condition: Call, rows: Lowering) -> str:
    """All rows fail that agree with another one; a row with a null among the columns is not judged."""
    names = [rows.hoist(rows.lower(argument)) for argument in condition.arguments]
    known = pl.all_horizontal(pl.col(name).is_not_null() for name in names)
    return rows.hoist(pl.when(known).then(pl.len().over(names) == 1))


def _table_values(aggregates: Lowering, asked: Sequence[_Rows | _Table]) -> pl.LazyFrame:
    """The one row with the conditions of the table and their left sides."""
    values = []
    for index, item in enumerate(asked):
        if isinstance(item, _Table):
            values.append(aggregates.lower(item.condition).alias(f"{index}_holds"))
            if item.left is not None:
                values.append(aggregates.lower(item.left).alias(f"{index}_value"))
    return aggregates.frame.with_columns(values) if values else aggregates.frame


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
