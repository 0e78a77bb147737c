"""Aggregates, over groups and over whole tables, against values worked out by hand."""

from __future__ import annotations

import math
from collections.abc import Sequence
from datetime import date, timedelta

import polars as pl
import pytest

from mldsl.catalog.types import BOOL, DATE, DURATION, FLOAT, INT, STRING, Type
from mldsl.plan.expressions import Expression
from mldsl.plan.nodes import Bound, Group
from mldsl.runtime.errors import StepFailed
from tests.support.expressions import call, col, enum, frame, nullable
from tests.support.steps import verbs

SIZES = enum("small", "medium", "large")
ROWS = frame(
    {
        "g": (nullable(STRING), ["b", "a", None, "b", "a", None, "c"]),
        "n": (nullable(INT), [3, 5, 1, None, 5, -1, None]),
        "x": (nullable(FLOAT), [0.5, 1.5, 2.0, 2.5, None, 2.0, None]),
        "ok": (nullable(BOOL), [True, None, False, True, True, False, None]),
        "s": (nullable(STRING), ["z", "Z", "é", None, "a", "é", None]),
        "e": (nullable(SIZES), ["large", "small", "medium", "small", None, "medium", None]),
        "d": (nullable(DATE), [date(2024, 2, 29), date(1960, 1, 1), None, date(2020, 1, 1), None, None, None]),
        "l": (
            nullable(DURATION),
            [timedelta(days=1), timedelta(hours=1), None, timedelta(hours=2), timedelta(0), None, None],
        ),
    }
)
N, X, OK, S = col("n", nullable(INT)), col("x", nullable(FLOAT)), col("ok", nullable(BOOL)), col("s", nullable(STRING))
E, D, L = col("e", nullable(SIZES)), col("d", nullable(DATE)), col("l", nullable(DURATION))


def grouped(value: Expression, keys: Sequence[str] = ("g",), table: pl.DataFrame = ROWS) -> list[object]:
    found = verbs(table, Group(keys=tuple(keys), bindings=(Bound(name="value", value=value),)))
    return found["value"].to_list()


# The groups come in the order in which they first appear: b, a, null, c.
@pytest.mark.parametrize(
    ("value", "by_group", "overall"),
    [
        (call("count"), [2, 2, 2, 1], 7),
        (call("count", N), [1, 2, 2, 0], 5),
        (call("count_distinct", N), [1, 1, 2, 0], 4),
        (call("count_distinct", S), [1, 2, 1, 0], 4),
        (call("sum", N), [3, 10, 0, None], 13),
        (call("sum", X), [3.0, 1.5, 4.0, None], 8.5),
        (call("sum", L), [timedelta(hours=26), timedelta(hours=1), None, None], timedelta(hours=27)),
        (call("mean", N), [3.0, 5.0, 0.0, None], 2.6),
        (call("mean", X), [1.5, 1.5, 2.0, None], 1.7),
        (call("mean", L), [timedelta(hours=13), timedelta(minutes=30), None, None], timedelta(hours=6, minutes=45)),
        (call("median", N), [3.0, 5.0, 0.0, None], 3.0),
        (call("median", X), [1.5, 1.5, 2.0, None], 2.0),
        (call("median", L), [timedelta(hours=13), timedelta(minutes=30), None, None], timedelta(hours=1, minutes=30)),
        (call("quantile", N, 0.25), [3.0, 5.0, -0.5, None], 1.0),
        (call("quantile", X, 1), [2.5, 1.5, 2.0, None], 2.5),
        (call("min", N), [3, 5, -1, None], -1),
        (call("max", X), [2.5, 1.5, 2.0, None], 2.5),
        (call("min", S), ["z", "Z", "é", None], "Z"),
        (call("max", S), ["z", "a", "é", None], "é"),
        (call("min", E), ["small", "small", "medium", None], "small"),
        (call("max", E), ["large", "small", "medium", None], "large"),
        (call("min", D), [date(2020, 1, 1), date(1960, 1, 1), None, None], date(1960, 1, 1)),
        (call("min", OK), [True, True, False, None], False),
        (call("max", OK), [True, True, False, None], True),
        (call("std", N), [None, 0.0, math.sqrt(2), None], math.sqrt(6.8)),
        (call("var", X), [2.0, None, 0.0, None], 0.575),
        (call("share", OK), [1.0, 0.5, 0.0, 0.0], 3 / 7),
        (call("null_rate", N), [0.5, 0.0, 0.0, 1.0], 2 / 7),
        (call("first", N), [3, 5, 1, None], 3),
        (call("last", N), [3, 5, -1, None], -1),
        (call("first", S), ["z", "Z", "é", None], "z"),
        (call("last", E), ["small", "small", "medium", None], "medium"),
    ],
)
def test_every_aggregate(value: Expression, by_group: list[object], overall: object) -> None:
    assert grouped(value) == [pytest.approx(item) if isinstance(item, float) else item for item in by_group]
    assert grouped(value, ()) == [pytest.approx(overall) if isinstance(overall, float) else overall]


@pytest.mark.parametrize("name", ["sum", "mean", "median", "min", "max", "std", "var", "first", "last"])
def test_over_no_rows_most_are_null(name: str) -> None:
    assert grouped(call(name, N), (), ROWS.clear()) == [None]
    assert grouped(call(name, X), (), ROWS.clear()) == [None]
    assert grouped(call(name, N), ("g",), ROWS.clear()) == []


def test_over_no_rows_counts_are_zero_and_rates_null() -> None:
    empty = ROWS.clear()
    assert grouped(call("count"), (), empty) == [0]
    assert grouped(call("count_distinct", N), (), empty) == [0]
    assert grouped(call("share", OK), (), empty) == [None]
    assert grouped(call("null_rate", N), (), empty) == [None]


def test_aggregates_inside_expressions() -> None:
    ratio = call("divide", call("sum", X, grouped=True), call("count", grouped=True))
    assert grouped(ratio) == [1.5, 0.75, 2.0, None]
    some = call("if", call("greater", call("count", N, grouped=True), 1), call("mean", N, grouped=True), -1.0)
    assert grouped(some) == [-1.0, 5.0, 0.0, -1.0]
    assert grouped(call("sum", call("if", OK, 1, 0), grouped=True)) == [2, 1, 0, 0]
    assert grouped(call("concat", col("g", nullable(STRING)), call("string", call("count", grouped=True)))) == [
        "b2", "a2", None, "c1",
    ]  # fmt: skip


def test_keys_of_several_columns_and_nulls_form_groups() -> None:
    table = frame({"a": (nullable(INT), [1, None, 1, None]), "b": (nullable(STRING), [None, "x", None, "y"])})
    found = verbs(table, Group(keys=("a", "b"), bindings=(Bound(name="n", value=call("count")),)))
    assert found.rows() == [(1, None, 2), (None, "x", 1), (None, "y", 1)]


def test_sums_of_ints_are_exact_and_overflow_is_an_error() -> None:
    table = frame({"n": (INT, [2**62, 2**62, -(2**62)])})
    assert grouped(call("sum", col("n", INT)), (), table) == [2**62]
    with pytest.raises(StepFailed, match=r"`sum\(n\)` goes beyond 64 bits in 1 row: row 1 \(9223372036854775808\)"):
        grouped(call("sum", col("n", INT)), (), table.head(2))


def test_a_float_sum_beyond_every_float_is_null() -> None:
    table = frame({"x": (FLOAT, [1e308, 1e308])})
    assert grouped(call("sum", col("x", FLOAT)), (), table) == [None]
    assert grouped(call("mean", col("x", FLOAT)), (), table) == [None]


def test_the_types_are_the_languages() -> None:
    def dtype(value: Expression) -> object:
        return verbs(ROWS, Group(keys=("g",), bindings=(Bound(name="v", value=value),)))["v"].dtype

    assert dtype(call("count")) == pl.Int64
    assert dtype(call("sum", N)) == pl.Int64
    assert dtype(call("mean", N)) == pl.Float64
    assert dtype(call("mean", L)) == pl.Duration("us")
    assert dtype(call("max", E)) == pl.Enum(["small", "medium", "large"])


def test_distinct_counts_of_dates_and_bools() -> None:
    table = frame({"d": (nullable(DATE), [date(2020, 1, 1)] * 2 + [None]), "b": (Type("bool"), [True, False, True])})
    assert grouped(call("count_distinct", col("d", nullable(DATE))), (), table) == [1]
    assert grouped(call("count_distinct", col("b", BOOL)), (), table) == [2]
