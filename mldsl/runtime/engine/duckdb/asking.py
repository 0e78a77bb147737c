"""A check's questions in SQL: one query that gives one row of counts, values and samples."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

from mldsl.catalog.types import BOOL, Type
from mldsl.plan.expressions import Call, ColumnRef, Expression, TableColumn
from mldsl.runtime.engine.duckdb.frame import Column, Frame
from mldsl.runtime.engine.duckdb.gathering import Gathering
from mldsl.runtime.engine.duckdb.joins import key_value, renewed, union_types
from mldsl.runtime.engine.duckdb.lowering import Env, Lowering
from mldsl.runtime.engine.engine import SAMPLES, Answer, Answers, Inputs, Question
from mldsl.runtime.engine.questions import is_unique, left_side

Run = Callable[[str], Sequence[Any]]


@dataclass(frozen=True, slots=True)
class _Rows:
    """A question of rows: where its condition has a value, where it fails, and the columns that hold its answer."""

    flag: str
    judged: str
    failing: str
    samples: str
    shown: dict[str, Type]

    @property
    def columns(self) -> list[str]:
        return [self.judged, self.failing, self.samples]

    def answer(self, found: Sequence[Any]) -> Answer:
        judged, failing, samples = found
        rows = tuple(
            (
                int(row) + 1,
                {name: value_of(sample[f"v{at}"], type_) for at, (name, type_) in enumerate(self.shown.items())},
            )
            for row, sample in ((sample["n"], sample) for sample in samples or ())
        )
        return Answer(int(judged), int(failing), rows)


@dataclass(frozen=True, slots=True)
class _Table:
    """A question of the table: the columns of whether it holds, and of what is compared."""

    holds: str
    left: str | None
    type: Type | None

    @property
    def columns(self) -> list[str]:
        return [self.holds, *([self.left] if self.left else [])]

    def answer(self, found: Sequence[Any]) -> Answer:
        if self.left is None or self.type is None:
            return Answer(holds=found[0] is True)
        return Answer(holds=found[0] is True, value=value_of(found[1], self.type), has_value=True)


def value_of(value: Any, type_: Type) -> Any:  # noqa: ANN401 - any value of the language
    """What DuckDB gives, as the language has it."""
    if type_.kind == "duration" and isinstance(value, int):
        return timedelta(microseconds=value)
    return value


def ask(frame: Frame, questions: Sequence[Question], env: Env, inputs: Inputs[Frame], run: Run) -> Answers[Frame]:
    """All answers, in one pass; `run` gives the one row of a query."""
    start, row = frame.counted()
    gathering = Gathering(Lowering(start, env), row)
    asked = [_asked(question, gathering, inputs) for question in questions]
    flags = gathering.rows.frame
    rows = gathering.compute("count(*)")
    after = gathering.grouped({}, [], [])
    made = [item(after) if callable(item) else item for item in asked]
    columns = [rows, *(column for item in made for column in item.columns)]
    found = run(after.frame.query(columns))
    answers, at = [], 1
    for item in made:
        answers.append(item.answer(found[at : at + len(item.columns)]))
        at += len(item.columns)

    def parted(indices: Sequence[int]) -> tuple[Frame, Frame]:
        bad = " OR ".join(item.flag for index in indices if isinstance(item := made[index], _Rows)) or "false"
        kept, aside = (
            flags.with_source(f"(SELECT * FROM {flags.source} WHERE {condition})")  # noqa: S608
            for condition in (f"NOT ({bad})", f"({bad})")
        )
        return replace(kept, columns=frame.columns), replace(aside, columns=frame.columns)

    return Answers(int(found[0]), answers, parted)


def _asked(question: Question, gathering: Gathering, inputs: Inputs[Frame]) -> _Rows | Callable[[Lowering], _Table]:
    rows = gathering.rows
    condition = _resolve_references(question.condition, rows, inputs)
    if question.of_rows:
        return _of_rows(condition, gathering, question.shown)
    replaced = gathering.replace(condition)
    left = left_side(replaced)

    def table(after: Lowering) -> _Table:
        holds = after.once(after.lower(replaced))
        return _Table(holds, None if left is None else after.once(after.lower(left)), left.type if left else None)

    return table


def _of_rows(condition: Expression, gathering: Gathering, shown: Sequence[str]) -> _Rows:
    rows = gathering.rows
    if is_unique(condition):
        assert isinstance(condition, Call)
        known, flag = _of_unique(condition, rows)
    else:
        holds = rows.once(rows.lower(condition))
        known, flag = rows.once(f"({holds} IS NOT NULL)"), rows.once(f"coalesce(NOT {holds}, false)")
    columns = {name: rows.frame[name] for name in shown}
    values = [f"v{at} := {_sample(column)}" for at, column in enumerate(columns.values())]
    packed = f"struct_pack({', '.join([f'n := {gathering.row}', *values])})"
    return _Rows(
        flag,
        gathering.compute(f"coalesce(count_if({known}), 0)"),
        gathering.compute(f"coalesce(count_if({flag}), 0)"),
        gathering.compute(f"arg_min({packed}, {gathering.row}, {SAMPLES}) FILTER (WHERE {flag})"),
        {name: column.type for name, column in columns.items()},
    )


def _sample(column: Column) -> str:
    """A value to show: bytes and vectors are not."""
    return "NULL" if column.type.kind in ("vector", "image") else column.id


def _of_unique(condition: Call, rows: Lowering) -> tuple[str, str]:
    """Failing are all rows that agree with another one; a row with a null among the columns agrees with none."""
    arguments = condition.arguments
    columns = [Column(rows.once(rows.lower(argument)), argument.type) for argument in arguments]
    known = rows.once("(" + " AND ".join(f"{column.id} IS NOT NULL" for column in columns) + ")")
    frame = rows.frame
    values = [key_value(column, column.type) for column in columns]
    again = [rows.env.ids.new() for _ in columns]
    listed = ", ".join(f"{value} AS {id}" for value, id in zip(values, again, strict=True))
    mark = rows.env.ids.new()
    twice = (
        f"(SELECT {listed}, true AS {mark} FROM {frame.source} WHERE {known} "  # noqa: S608
        f"GROUP BY {', '.join(values)} HAVING count(*) > 1)"
    )
    agree = " AND ".join(f"{value} = {id}" for value, id in zip(values, again, strict=True))
    rows.frame = frame.with_source(f"(SELECT * FROM {frame.source} LEFT JOIN {twice} ON {agree})", in_order=False)  # noqa: S608
    return known, rows.once(f"coalesce({mark}, false)")


def _resolve_references(expression: Expression, rows: Lowering, inputs: Inputs[Frame]) -> Expression:
    """Each `references` as a column that says whether the value is among the other table's."""
    if not isinstance(expression, Call):
        return expression
    if expression.function == "references":
        value, other = expression.arguments
        assert isinstance(other, TableColumn)
        return _marked(Column(rows.lower(value), value.type), renewed(inputs.table(other.table)), other.column, rows)
    resolved = tuple(_resolve_references(argument, rows, inputs) for argument in expression.arguments)
    return replace(expression, arguments=resolved)


def _marked(column: Column, other: Frame, name: str, rows: Lowering) -> Expression:
    type_ = union_types(column.type, other[name].type)
    value = rows.once(key_value(column, type_))
    listed = f"SELECT {key_value(other[name], type_)} FROM {other.source} WHERE {other[name].id} IS NOT NULL"  # noqa: S608
    found = rows.sorted_once(f"CASE WHEN {value} IS NOT NULL THEN {value} IN ({listed}) END")
    name = f"\x1f{found}"
    rows.frame = rows.frame.with_columns({**rows.frame.columns, name: Column(found, BOOL)})
    return ColumnRef(name=name, type=BOOL.with_null(column.type.nullable))
