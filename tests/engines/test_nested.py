"""Expressions of expressions, of all functions and operators: both engines against plain Python."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mldsl.catalog.functions import FUNCTIONS, OPERATOR_FUNCTIONS
from mldsl.catalog.types import BOOL, DATE, DATETIME, DURATION, FLOAT, INT, STRING, Type
from mldsl.plan.expressions import Expression
from mldsl.plan.nodes import Bound, Derive
from mldsl.runtime.errors import StepFailed
from tests.support.expressions import call, col, const, enum, frame, nullable
from tests.support.expressions import plain as values_of
from tests.support.meaning import HIGH, LOW, NAMES, UnfitError, meaning
from tests.support.steps import evaluate, verbs

KIND = enum("small", "medium", "large")
TIMES = (datetime(1890, 1, 1), datetime(2110, 1, 1))
VALUES: dict[str, tuple[Type, st.SearchStrategy[Any]]] = {
    "i": (INT, st.integers(-9, 9) | st.sampled_from([LOW, HIGH, 2**31, 0])),
    "j": (INT, st.integers(-9, 9)),
    "x": (FLOAT, st.sampled_from([0.0, -0.0, 0.5, -2.5, 1e308, 7.25, -0.1]) | st.floats(-99, 99)),
    "y": (FLOAT, st.integers(-9, 9).map(float)),
    "s": (STRING, st.text("aAbéÉ日 .$\n", max_size=5)),
    "u": (STRING, st.sampled_from(["", "a", "7", "-12", "true", "no", "2024-02-29", "é日", "small", "x.y"])),
    "k": (KIND, st.sampled_from(KIND.values)),
    "p": (BOOL, st.booleans()),
    "q": (BOOL, st.booleans()),
    "d": (DATE, st.dates(TIMES[0].date(), TIMES[1].date()) | st.sampled_from([date(2024, 2, 29), date(1969, 12, 31)])),
    "t": (DATETIME, st.datetimes(*TIMES) | st.sampled_from([datetime(1900, 2, 28, 23, 59, 59, 999999)])),
    "l": (DURATION, st.timedeltas(timedelta(days=-900), timedelta(days=900)) | st.just(timedelta(0))),
}  # fmt: skip
ROWS = st.lists(st.tuples(*(st.none() | values for _, values in VALUES.values())), max_size=6)
UNITS = ("year", "quarter", "month", "week", "day", "hour", "minute", "second")
COMPARED = ("equal", "not_equal", "less", "less_equal", "greater", "greater_equal")
KINDS = ("int", "float", "string", "bool", "date", "datetime", "duration")
Draw = Callable[[st.SearchStrategy[Any]], Any]


class Maker:
    """Draws expressions of a kind, nested to a depth."""

    def __init__(self, draw: Draw) -> None:
        self.draw = draw

    def of(self, kind: str, depth: int) -> Expression:
        """An expression of that kind: a column or a literal where no depth is left."""
        if depth <= 0:
            return self.leaf(kind)
        make = self.draw(st.sampled_from(MAKES[kind] + ANY))
        return make(self, kind, depth - 1)

    def leaf(self, kind: str) -> Expression:
        names = [name for name, (type_, _) in VALUES.items() if type_.kind == kind]
        if self.draw(st.integers(0, 3)):
            name = self.draw(st.sampled_from(names))
            return col(name, nullable(VALUES[name][0]))
        return const(self.draw(VALUES[names[-1]][1]))

    def one(self, *options: Any) -> Any:
        return self.draw(st.sampled_from(options))

    def number(self, depth: int) -> Expression:
        return self.of(self.one("int", "float"), depth)

    def text(self, depth: int) -> Expression:
        return self.of(self.one("string", "string", "enum"), depth if depth > 0 else 0)

    def time(self, depth: int) -> Expression:
        return self.of(self.one("date", "datetime"), depth)

    def tame(self, depth: int) -> Expression:
        """A float of which a rounding error in the last place changes nothing that comes of it."""
        return call("clip", self.number(depth), -4.0, 4.0)

    def near(self, depth: int) -> Expression:
        """A duration by which a date stays within the calendar."""
        return call("clip", self.of("duration", depth), timedelta(days=-9999), timedelta(days=9999))


Make = Callable[[Maker, str, int], Expression]


def same(name: str, count: int = 1) -> Make:
    """A function of `count` arguments of the kind that it gives."""
    return lambda m, kind, depth: call(name, *(m.of(kind, depth) for _ in range(count)))


def mixed(name: str) -> Make:
    """An operator on numbers that is to give a float: one of them is."""

    def make(m: Maker, kind: str, depth: int) -> Expression:
        sides = [m.of("float", depth), m.number(depth)]
        return call(name, *(sides if m.draw(st.booleans()) else sides[::-1]))

    return make


def rounded(name: str) -> Make:
    """A function whose last place may differ between libraries."""
    return lambda m, kind, depth: call("round", call(name, m.tame(depth)), 6)


def of(name: str, *kinds: str) -> Make:
    """A function of arguments of these kinds."""
    return lambda m, kind, depth: call(
        name, *(PICK.get(item, lambda m, d, k=item: m.of(k, d))(m, depth) for item in kinds)
    )


PICK: dict[str, Callable[[Maker, int], Expression]] = {
    "number": lambda m, depth: m.number(depth),
    "text": lambda m, depth: m.text(depth),
    "time": lambda m, depth: m.time(depth),
    "small": lambda m, depth: call("modulo", m.of("int", depth), 9),
    "nonnegative": lambda m, depth: const(m.draw(st.integers(0, 5))),
    "unit": lambda m, depth: const(m.one(*UNITS)),
    "pattern": lambda m, depth: const(m.one("a", "^a", "[é日]", r"\.", "^$", "a.?b", "(?i)A")),
    "layout": lambda m, depth: const("%Y-%m-%d"),
}


def compared(m: Maker, kind: str, depth: int) -> Expression:
    what = m.one(*KINDS, "number", "text", "time")
    pick = PICK.get(what, lambda m, d: m.of(what, d))
    return call(m.one(*COMPARED), pick(m, depth), pick(m, depth))


def chosen(m: Maker, kind: str, depth: int) -> Expression:
    what = m.one(*KINDS)
    name, count = m.one(("between", 3), ("in", 2), ("in", 4))
    return call(name, *(m.of(what, depth) for _ in range(count)))


def listed(m: Maker, kind: str, depth: int) -> Expression:
    """A value among literals, as in `x in (1, 2, null)`."""
    what = m.one("int", "float", "string", "enum", "date")
    name = next(name for name, (type_, _) in VALUES.items() if type_.kind == what)
    items = [m.draw(st.none() | VALUES[name][1]) for _ in range(3)]
    return call("in", m.of(what, depth), *items) if any(item is not None for item in items) else m.leaf(kind)


def is_missing(m: Maker, kind: str, depth: int) -> Expression:
    return call("is_null", m.of(m.one(*KINDS), depth))


def member(m: Maker, kind: str, depth: int) -> Expression:
    """An enum beside one of its values, in their order."""
    return call(m.one(*COMPARED), m.of("enum", depth), m.one(*KIND.values))


def branch(m: Maker, kind: str, depth: int) -> Expression:
    return call("if", m.of("bool", depth), m.of(kind, depth), m.of(kind, depth))


def instead(m: Maker, kind: str, depth: int) -> Expression:
    return call("coalesce", *(m.of(kind, depth) for _ in range(m.one(2, 2, 3))))


def moved(m: Maker, kind: str, depth: int) -> Expression:
    """A date by whole days, a datetime by any duration."""
    if kind == "date":
        return call(m.one("add", "subtract"), m.of("date", depth), timedelta(days=m.draw(st.integers(-999, 999))))
    moment, span = m.time(depth), m.near(depth)
    if moment.type.kind == "date" and not span.type.nullable:
        return call("datetime", moment)
    return call("add", span, moment) if m.draw(st.booleans()) else call(m.one("add", "subtract"), moment, span)


def text_of(m: Maker, kind: str, depth: int) -> Expression:
    return call("string", m.of(m.one("int", "bool", "date", "datetime", "string", "enum"), depth))


def int_of(m: Maker, kind: str, depth: int) -> Expression:
    inner = m.of(m.one("int", "bool", "float"), depth)
    inner = call("floor", call("clip", inner, -1e6, 1e6)) if inner.type.kind == "float" and m.one(0, 1, 1) else inner
    return call("int", call("string", inner) if inner.type.kind == "int" and m.one(0, 1) else inner)


def bool_of(m: Maker, kind: str, depth: int) -> Expression:
    inner = m.of(m.one("int", "bool", "float"), depth)
    if inner.type.kind == "bool":
        return call("bool", call("string", inner))
    return call("bool", call("clip", call("abs", call("sign", inner)), 0, 1) if m.one(0, 1, 1) else inner)


def read_back(name: str) -> Make:
    return lambda m, kind, depth: call(name, call("string", m.of(kind, depth)))


def parsed(m: Maker, kind: str, depth: int) -> Expression:
    return call("parse_date", call("string", m.of("date", depth)), "%Y-%m-%d")


ANY: tuple[Make, ...] = (branch, instead)
MAKES: dict[str, tuple[Make, ...]] = {
    "int": (
        *(same(name, 2) for name in ("add", "subtract", "multiply", "floor_divide", "modulo", "least", "greatest")),
        *(same(name) for name in ("negate", "abs", "sign", "floor", "ceil", "round")),
        same("clip", 3), of("power", "int", "nonnegative"), of("length", "text"), of("days_between", "time", "time"),
        *(of(name, "time") for name in
          ("year", "quarter", "month", "day", "weekday", "hour", "minute", "day_of_year")),
        int_of,
    ),
    "float": (
        *(mixed(name) for name in ("add", "subtract", "multiply", "floor_divide", "modulo", "least", "greatest")),
        of("divide", "number", "number"), of("divide", "duration", "duration"), of("sqrt", "number"),
        *(same(name) for name in ("negate", "abs", "sign", "floor", "ceil", "round")),
        *(rounded(name) for name in ("exp", "log", "log1p", "log10")),
        lambda m, kind, depth: call("round", call("power", m.tame(depth), m.tame(depth)), 6),
        same("clip", 3), of("float", "number"), of("float", "bool"),
    ),
    "string": (
        *(of(name, "text") for name in ("lower", "upper", "trim")),
        of("replace", "text", "text", "text"), of("substring", "text", "small", "small"),
        of("concat", "text", "text"), of("concat", "text", "text", "text"), text_of,
    ),
    "bool": (
        compared, compared, chosen, chosen, listed, is_missing, member, same("not"), same("and", 2), same("or", 2),
        *(of(name, "text", "text") for name in ("contains", "starts_with", "ends_with")),
        of("matches", "text", "pattern"),
        bool_of,
    ),
    "date": (moved, of("truncate", "date", "unit"), of("date", "time"), read_back("date"), parsed,
             same("least", 2), same("greatest", 2), same("clip", 3)),
    "datetime": (moved, moved, of("truncate", "datetime", "unit"), of("datetime", "time"), read_back("datetime"),
                 lambda m, kind, depth: call(m.one("least", "greatest"), m.of("datetime", depth), m.time(depth))),
    "duration": (
        same("add", 2), same("subtract", 2), same("negate"), of("subtract", "time", "time"),
        of("multiply", "duration", "number"), of("multiply", "number", "duration"), of("divide", "duration", "number"),
        same("least", 2), same("greatest", 2), same("clip", 3),
    ),
    "enum": (),
}  # fmt: skip


@st.composite
def expressions(draw: Draw) -> Expression:
    return Maker(draw).of(draw(st.sampled_from(KINDS)), draw(st.integers(3, 4)))


def expected(expression: Expression, rows: Sequence[Sequence[Any]]) -> list[Any] | None:
    """The values; None where one of them is an error."""
    names = list(VALUES)
    try:
        return [meaning(expression, dict(zip(names, row, strict=True))) for row in rows]
    except UnfitError:
        return None


def table(rows: Sequence[Sequence[Any]]) -> pl.DataFrame:
    return frame(
        {name: (nullable(type_), [row[i] for row in rows]) for i, (name, (type_, _)) in enumerate(VALUES.items())}
    )


def test_every_function_of_a_row_has_a_meaning_and_is_drawn() -> None:
    functions = {function.name for function in FUNCTIONS.values() if function.kind == "scalar"}
    assert (functions | set(OPERATOR_FUNCTIONS)) - {"references"} == NAMES


@settings(max_examples=40, deadline=None)
@given(rows=ROWS, drawn=st.lists(expressions(), min_size=1, max_size=4))
def test_nested(rows: list[tuple[Any, ...]], drawn: list[Expression]) -> None:
    wanted = [expected(expression, rows) for expression in drawn]
    fine = [number for number, values in enumerate(wanted) if values is not None]
    found = verbs(table(rows), Derive(bindings=tuple(Bound(name=f"_{n}", value=drawn[n]) for n in fine)))
    for number in fine:
        assert values_of(found[f"_{number}"]) == wanted[number], drawn[number]
    for number in set(range(len(drawn))) - set(fine):
        with pytest.raises(StepFailed, match=r"does not fit|goes beyond 64 bits"):
            evaluate(drawn[number], table(rows))
