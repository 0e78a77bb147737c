"""Arithmetic: what each operator gives, null by null and zero by zero."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta

import pytest

from mldsl.catalog.types import DATE, DATETIME, DURATION, FLOAT, INT
from mldsl.plan.expressions import Expression
from mldsl.plan.nodes import Bound, Derive
from mldsl.runtime.errors import StepFailed
from mldsl.syntax.tokens import MAX_DEPTH
from tests.support.expressions import call, col, const, frame, nullable, window
from tests.support.steps import evaluate, verbs

BIG = 2**63 - 1
INTS = frame({"a": (nullable(INT), [7, -7, 7, -7, None, 0]), "b": (nullable(INT), [2, 2, -2, 0, 1, 5])})
A, B = col("a", nullable(INT)), col("b", nullable(INT))
FLOATS = frame(
    {
        "x": (nullable(FLOAT), [7.5, -7.5, 1.0, 1e308, None, 0.0]),
        "y": (nullable(FLOAT), [2.0, 2.0, 0.1, 1e308, 1.0, 0.0]),
    }
)
X, Y = col("x", nullable(FLOAT)), col("y", nullable(FLOAT))


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("add", [9, -5, 5, -7, None, 5]),
        ("subtract", [5, -9, 9, -7, None, -5]),
        ("multiply", [14, -14, -14, 0, None, 0]),
        ("divide", [3.5, -3.5, -3.5, None, None, 0.0]),
        ("floor_divide", [3, -4, -4, None, None, 0]),
        ("modulo", [1, 1, -1, None, None, 0]),
    ],
)
def test_ints(operator: str, expected: list[object]) -> None:
    assert evaluate(call(operator, A, B), INTS) == expected


@pytest.mark.parametrize(
    ("operator", "expected"),
    [
        ("add", [9.5, -5.5, 1.1, None, None, 0.0]),  # 1e308 + 1e308 is beyond every float
        ("subtract", [5.5, -9.5, 0.9, 0.0, None, 0.0]),
        ("multiply", [15.0, -15.0, 0.1, None, None, 0.0]),
        ("divide", [3.75, -3.75, 10.0, 1.0, None, None]),
        ("floor_divide", [3.0, -4.0, 9.0, 1.0, None, None]),  # as Python: 1.0 // 0.1 is 9.0
        ("modulo", [1.5, 0.5, 1.0 % 0.1, 0.0, None, None]),
    ],
)
def test_floats(operator: str, expected: list[object]) -> None:
    assert evaluate(call(operator, X, Y), FLOATS) == expected


def test_an_int_beside_a_float_is_a_float() -> None:
    table = frame({"a": (INT, [1]), "x": (FLOAT, [0.5])})
    assert evaluate(call("add", col("a", INT), col("x", FLOAT)), table) == [1.5]


@pytest.mark.parametrize(
    ("base", "exponent", "expected"),
    [
        (A, 2, [49, 49, 49, 49, None, 0]),
        (A, 0, [1, 1, 1, 1, None, 1]),
        (const(2), B, [4.0, 4.0, 0.25, 1.0, 2.0, 32.0]),  # the exponent may be negative: floats
        (const(-8), const(1 / 3), [None] * 6),  # no real root
        (const(0), const(-1), [None] * 6),
        (const(0), const(0), [1] * 6),
        (const(1), const(10**12), [1] * 6),
        (const(-1), const(10**12 + 1), [-1] * 6),
        (const(0), const(10**12), [0] * 6),
        (const(10.0), const(400), [None] * 6),
    ],
)
def test_power(base: object, exponent: object, expected: list[object]) -> None:
    assert evaluate(call("power", base, exponent), INTS) == expected


@pytest.mark.parametrize(
    ("outer", "expected"),
    [
        (lambda sum_: call("subtract", sum_, sum_), [0.0, 0.0, 0.0, None, None, 0.0]),
        (lambda sum_: call("multiply", sum_, 0.0), [0.0, -0.0, 0.0, None, None, 0.0]),
        (lambda sum_: call("divide", 1.0, call("add", sum_, 1.0)), [1 / 10.5, 1 / -4.5, 1 / 2.1, None, None, 1.0]),
        (lambda sum_: call("greater", call("add", sum_, 1.0), 0.0), [True, False, True, None, None, True]),
    ],
)
def test_a_float_overflow_stays_null_whatever_comes_after_it(
    outer: Callable[[Expression], Expression], expected: list[object]
) -> None:
    assert evaluate(outer(call("add", X, Y)), FLOATS) == expected


def test_negation() -> None:
    assert evaluate(call("negate", A), INTS) == [-7, 7, -7, 7, None, 0]
    assert evaluate(call("negate", X), FLOATS) == [-7.5, 7.5, -1.0, -1e308, None, 0.0]


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        (call("add", col("n", INT), 1), "`n + 1` goes beyond 64 bits in 1 row: row 2 (9223372036854775808)"),
        (call("subtract", col("n", INT), BIG), "`n - 9223372036854775807` goes beyond 64 bits in 1 row: row 3"),
        (
            call("multiply", col("n", INT), 3),
            "`n * 3` goes beyond 64 bits in 2 rows: row 2 (27670116110564327421), row 3",
        ),
        (call("negate", col("n", INT)), "`-n` goes beyond 64 bits in 1 row: row 3 (9223372036854775808)"),
        (call("abs", col("n", INT)), "`abs(n)` goes beyond 64 bits in 1 row: row 3"),
        (call("floor_divide", col("n", INT), -1), "`n // -1` goes beyond 64 bits in 1 row: row 3"),
        (call("power", col("n", INT), 2), "`n ** 2` goes beyond 64 bits in 2 rows: row 2 (9223372036854775807)"),
    ],
)
def test_int_overflow_is_an_error_that_names_the_row(expression: object, shown: str) -> None:
    table = frame({"n": (INT, [5, BIG, -BIG - 1])})
    with pytest.raises(StepFailed) as error:
        evaluate(expression, table)  # type: ignore[arg-type]
    assert shown in error.value.message


def test_the_greatest_and_smallest_int_are_fine() -> None:
    table = frame({"n": (INT, [BIG - 1, -BIG])})
    assert evaluate(call("add", col("n", INT), 1), table) == [BIG, -BIG + 1]
    assert evaluate(call("subtract", col("n", INT), 1), table) == [BIG - 2, -BIG - 1]


def test_a_branch_that_is_not_taken_cannot_fail() -> None:
    table = frame({"n": (INT, [5, BIG])})
    n = col("n", INT)
    assert evaluate(call("if", call("less", n, 100), call("power", n, 20), 0), table) == [5**20, 0]
    assert evaluate(call("if", call("less", n, 100), call("add", n, 1), 0), table) == [6, 0]
    assert evaluate(call("and", call("less", n, 100), call("greater", call("add", n, 1), 5)), table) == [True, False]
    assert evaluate(call("or", call("greater", n, 100), call("greater", call("add", n, 1), 5)), table) == [True, True]


MOMENTS = frame(
    {
        "d": (nullable(DATE), [date(2024, 2, 28), date(1969, 12, 31), None]),
        "t": (nullable(DATETIME), [datetime(2024, 2, 29, 12), datetime(1960, 1, 1, 0, 0, 1), None]),
        "l": (nullable(DURATION), [timedelta(hours=36), timedelta(microseconds=-1), None]),
        "n": (nullable(INT), [2, -3, 1]),
    }
)
D, T = col("d", nullable(DATE)), col("t", nullable(DATETIME))
L, N = col("l", nullable(DURATION)), col("n", nullable(INT))
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (call("add", D, DAY), [date(2024, 2, 29), date(1970, 1, 1), None]),
        (call("subtract", D, 60 * DAY), [date(2023, 12, 30), date(1969, 11, 1), None]),
        (call("add", D, HOUR), [datetime(2024, 2, 28, 1), datetime(1969, 12, 31, 1), None]),
        (call("add", D, L), [datetime(2024, 2, 29, 12), datetime(1969, 12, 30, 23, 59, 59, 999999), None]),
        (call("add", HOUR, T), [datetime(2024, 2, 29, 13), datetime(1960, 1, 1, 1, 0, 1), None]),
        (call("subtract", T, DAY), [datetime(2024, 2, 28, 12), datetime(1959, 12, 31, 0, 0, 1), None]),
        (call("subtract", T, D), [timedelta(hours=36), datetime(1960, 1, 1, 0, 0, 1) - datetime(1969, 12, 31), None]),
        (call("subtract", D, date(2024, 1, 1)), [timedelta(days=58), date(1969, 12, 31) - date(2024, 1, 1), None]),
        (call("add", L, HOUR), [timedelta(hours=37), timedelta(hours=1, microseconds=-1), None]),
        (call("multiply", L, N), [timedelta(hours=72), timedelta(microseconds=3), None]),
        (call("multiply", 0.5, L), [timedelta(hours=18), timedelta(0), None]),
        (call("divide", L, HOUR), [36.0, -1 / 3.6e9, None]),
        (call("divide", L, N), [timedelta(hours=18), timedelta(0), None]),
        (call("divide", L, 0), [None, None, None]),
        (call("negate", L), [timedelta(hours=-36), timedelta(microseconds=1), None]),
    ],
)
def test_dates_and_durations(expression: object, expected: list[object]) -> None:
    found = evaluate(expression, MOMENTS)  # type: ignore[arg-type]
    assert found == pytest.approx(expected) if isinstance(expected[0], float) else found == expected


def test_a_duration_beyond_64_bits_is_an_error() -> None:
    with pytest.raises(StepFailed, match="a duration of 900000000 days is too long"):
        evaluate(call("add", T, timedelta(days=900_000_000)), MOMENTS)


def test_a_bare_null_makes_everything_null() -> None:
    assert evaluate(call("add", T, None), MOMENTS) == [None] * 3
    assert evaluate(call("add", A, None), INTS) == [None] * 6
    assert evaluate(call("divide", None, A), INTS) == [None] * 6


def test_as_deep_an_expression_as_the_language_allows() -> None:
    total, logic = call("add", A, 0), call("greater", A, 0)
    for _ in range(MAX_DEPTH):
        total = call("add", total, 1)
        logic = call("if", logic, call("is_null", A), call("not", logic)) if _ < 8 else call("not", logic)
    assert evaluate(total, INTS) == [107, 93, 107, 93, None, 100]
    assert len(evaluate(logic, INTS)) == 6


@pytest.mark.parametrize(
    "step",
    [
        lambda e: call("divide", e, 1.5),
        lambda e: call("least", e, 2.0),
        lambda e: call("clip", e, 0.0, 9.0),
        lambda e: call("coalesce", e, 1.0),
        lambda e: call("if", call("between", e, 0.0, 1.0), e, 0.5),
        lambda e: call("abs", call("sign", e)),
    ],
)
def test_deep_expressions_end(step: Callable[[object], Expression]) -> None:
    value: object = X
    for _ in range(5 if step(X).function == "if" else 40):
        value = step(value)
    # Where an argument is repeated in what it becomes, forty levels never end.
    assert len(evaluate(value, FLOATS)) == len(FLOATS)  # type: ignore[arg-type]


def test_a_division_by_the_same_in_all_rows_is_exact() -> None:
    numbers = list(range(-200, 201))
    table = frame({"n": (INT, numbers), "x": (FLOAT, [number * 1.1 for number in numbers])})
    n, x = col("n", INT), col("x", FLOAT)
    for divisor in (100, 3, 0.7, -49.0):
        assert evaluate(call("divide", n, divisor), table) == [number / divisor for number in numbers]
        assert evaluate(call("divide", x, divisor), table) == [number * 1.1 / divisor for number in numbers]
    greatest = window("max", n)
    assert evaluate(call("divide", n, greatest), table) == [number / 200 for number in numbers]
    derived = verbs(
        table,
        Derive(bindings=(Bound(name="c", value=const(3.0)),)),
        Derive(bindings=(Bound(name="y", value=call("divide", n, col("c", FLOAT))),)),
    )
    assert derived["y"].to_list() == [number / 3 for number in numbers]


def test_a_duration_beyond_all_that_python_has_is_a_clear_error() -> None:
    table = frame({"l": (DURATION, [timedelta(days=900)])})
    with pytest.raises(StepFailed, match=r"goes beyond 64 bits in 1 row"):
        evaluate(call("multiply", col("l", DURATION), 2**62), table)
