"""Scalar functions against values worked out by hand."""

from __future__ import annotations

import math
from datetime import date, datetime

import pytest

from mldsl.catalog.types import BOOL, DATE, DATETIME, FLOAT, INT, STRING
from mldsl.runtime.errors import StepFailed
from tests.support.expressions import call, col, const, enum, frame, nullable, param
from tests.support.steps import evaluate

NUMBERS = frame(
    {
        "x": (nullable(FLOAT), [2.5, -2.5, 0.5, 1.5, 0.0, None, 1000.0]),
        "n": (nullable(INT), [3, -3, 0, 1, 10, None, 5]),
    }
)
X, N = col("x", nullable(FLOAT)), col("n", nullable(INT))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (call("abs", X), [2.5, 2.5, 0.5, 1.5, 0.0, None, 1000.0]),
        (call("abs", N), [3, 3, 0, 1, 10, None, 5]),
        (call("round", X), [2.0, -2.0, 0.0, 2.0, 0.0, None, 1000.0]),
        (call("round", N), [3, -3, 0, 1, 10, None, 5]),
        (call("round", call("divide", X, 3), 2), [0.83, -0.83, 0.17, 0.5, 0.0, None, 333.33]),
        (call("floor", X), [2.0, -3.0, 0.0, 1.0, 0.0, None, 1000.0]),
        (call("ceil", X), [3.0, -2.0, 1.0, 2.0, 0.0, None, 1000.0]),
        (call("floor", N), [3, -3, 0, 1, 10, None, 5]),
        (call("sign", X), [1.0, -1.0, 1.0, 1.0, 0.0, None, 1.0]),
        (call("sign", N), [1, -1, 0, 1, 1, None, 1]),
        (call("sqrt", X), [math.sqrt(2.5), None, math.sqrt(0.5), math.sqrt(1.5), 0.0, None, math.sqrt(1000)]),
        (
            call("exp", X),
            [math.exp(v) if v is not None and v < 100 else None for v in [2.5, -2.5, 0.5, 1.5, 0, None, 1000]],
        ),
        (call("log", X), [math.log(2.5), None, math.log(0.5), math.log(1.5), None, None, math.log(1000)]),
        (call("log10", X), [math.log10(2.5), None, math.log10(0.5), math.log10(1.5), None, None, 3.0]),
        (call("log1p", X), [math.log1p(2.5), None, math.log1p(0.5), math.log1p(1.5), 0.0, None, math.log1p(1000)]),
        (call("log1p", 1e-12), [math.log1p(1e-12)] * 7),
        (call("clip", X, -1, 2), [2.0, -1.0, 0.5, 1.5, 0.0, None, 2.0]),
        (call("clip", N, 0, None), [None] * 7),
        (call("least", X, N), [2.5, -3.0, 0.0, 1.0, 0.0, None, 5.0]),
        (call("greatest", X, N, 1), [3.0, 1.0, 1.0, 1.5, 10.0, None, 1000.0]),
        (call("greatest", X, None), [None] * 7),
    ],
)
def test_numbers(expression: object, expected: list[object]) -> None:
    found = evaluate(expression, NUMBERS)  # type: ignore[arg-type]
    assert found == [pytest.approx(item, rel=1e-15) if isinstance(item, float) else item for item in expected]


TEXTS = frame(
    {
        "s": (nullable(STRING), ["  Ärger ", "", None, "a.b.a", "naïve 日本", "ABC"]),
        "p": (nullable(STRING), ["ger", "", "a", ".", None, "a"]),
        "i": (nullable(INT), [3, 1, 1, 0, 7, -1]),
    }
)
S, P, I = col("s", nullable(STRING)), col("p", nullable(STRING)), col("i", nullable(INT))  # noqa: E741


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (call("lower", S), ["  ärger ", "", None, "a.b.a", "naïve 日本", "abc"]),
        (call("upper", S), ["  ÄRGER ", "", None, "A.B.A", "NAÏVE 日本", "ABC"]),
        (call("trim", S), ["Ärger", "", None, "a.b.a", "naïve 日本", "ABC"]),
        (call("length", S), [8, 0, None, 5, 8, 3]),
        (call("contains", S, P), [True, True, None, True, None, False]),
        (call("contains", S, "."), [False, False, None, True, False, False]),
        (call("starts_with", S, "a."), [False, False, None, True, False, False]),
        (call("ends_with", S, P), [False, True, None, False, None, False]),
        (call("replace", S, "a", "$1"), ["  Ärger ", "", None, "$1.b.$1", "n$1ïve 日本", "ABC"]),
        (call("replace", S, P, "_"), ["  Är_ ", "", None, "a_b_a", None, "ABC"]),
        (call("replace", S, "", "x"), ["  Ärger ", "", None, "a.b.a", "naïve 日本", "ABC"]),
        (call("replace", S, "a", None), [None] * 6),
        (call("replace", "a-a", "-", P), ["agera", "aa", "aaa", "a.a", None, "aaa"]),
        (call("replace", call("lower", "A-A"), "a", P), ["ger-ger", "-", "a-a", ".-.", None, "a-a"]),
        (call("substring", "abc", I, 1), ["c", "a", "a", "", "", ""]),
        (call("contains", "a.", P), [False, True, True, True, None, True]),
        (call("substring", S, 1, 2), ["  ", "", None, "a.", "na", "AB"]),
        (call("substring", S, I, 2), ["Är", "", None, "a", "日本", ""]),
        (call("substring", S, -1, 4), ["  ", "", None, "a.", "na", "AB"]),
        (call("substring", S, 2, -1), ["", "", None, "", "", ""]),
        (call("substring", S, 7, 99), ["r ", "", None, "", "日本", ""]),
        (call("concat", S, "-", P), ["  Ärger -ger", "-", None, "a.b.a-.", None, "ABC-a"]),
        (call("matches", S, r"^a\..\.a$"), [False, False, None, True, False, False]),
        (call("matches", S, "(?i)är"), [True, False, None, False, False, False]),
        (call("matches", S, "[日x]"), [False, False, None, False, True, False]),
        (call("matches", S, None), [None] * 6),
    ],
)
def test_strings(expression: object, expected: list[object]) -> None:
    assert evaluate(expression, TEXTS) == expected  # type: ignore[arg-type]


def test_an_enum_is_a_string_in_string_functions() -> None:
    kind = enum("pro", "basic")
    table = frame({"e": (nullable(kind), ["pro", None, "basic"])})
    e = col("e", nullable(kind))
    assert evaluate(call("upper", e), table) == ["PRO", None, "BASIC"]
    assert evaluate(call("concat", e, "!"), table) == ["pro!", None, "basic!"]
    assert evaluate(call("string", e), table) == ["pro", None, "basic"]


def test_a_bad_regular_expression_is_a_clear_error() -> None:
    with pytest.raises(StepFailed, match=r"`\(a` is not a regular expression: (unclosed group|missing \))"):
        evaluate(call("matches", S, "(a"), TEXTS)


DATES = frame(
    {
        "d": (nullable(DATE), [date(2024, 2, 29), date(1969, 12, 31), None, date(2025, 1, 1)]),
        "t": (
            nullable(DATETIME),
            [datetime(2024, 2, 29, 23, 59, 58, 7), datetime(1969, 12, 31, 0, 0), None, datetime(2000, 1, 1, 12, 30)],
        ),
    }
)
D, T = col("d", nullable(DATE)), col("t", nullable(DATETIME))


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (call("year", D), [2024, 1969, None, 2025]),
        (call("quarter", D), [1, 4, None, 1]),
        (call("month", T), [2, 12, None, 1]),
        (call("day", D), [29, 31, None, 1]),
        (call("weekday", D), [4, 3, None, 3]),
        (call("day_of_year", D), [60, 365, None, 1]),
        (call("hour", D), [0, 0, None, 0]),
        (call("hour", T), [23, 0, None, 12]),
        (call("minute", T), [59, 0, None, 30]),
        (call("truncate", D, "year"), [date(2024, 1, 1), date(1969, 1, 1), None, date(2025, 1, 1)]),
        (call("truncate", D, "quarter"), [date(2024, 1, 1), date(1969, 10, 1), None, date(2025, 1, 1)]),
        (call("truncate", D, "month"), [date(2024, 2, 1), date(1969, 12, 1), None, date(2025, 1, 1)]),
        (call("truncate", D, "week"), [date(2024, 2, 26), date(1969, 12, 29), None, date(2024, 12, 30)]),
        (call("truncate", D, "hour"), [date(2024, 2, 29), date(1969, 12, 31), None, date(2025, 1, 1)]),
        (
            call("truncate", T, "week"),
            [datetime(2024, 2, 26), datetime(1969, 12, 29), None, datetime(1999, 12, 27)],
        ),
        (
            call("truncate", T, "minute"),
            [datetime(2024, 2, 29, 23, 59), datetime(1969, 12, 31), None, datetime(2000, 1, 1, 12, 30)],
        ),
        (call("days_between", D, date(2024, 3, 1)), [1, 19784, None, -306]),
        (call("days_between", T, datetime(2024, 3, 1)), [0, 19784, None, 8825]),
        (call("days_between", datetime(2000, 1, 3), T), [8823, -10960, None, -1]),
        (call("date", T), [date(2024, 2, 29), date(1969, 12, 31), None, date(2000, 1, 1)]),
        (call("datetime", D), [datetime(2024, 2, 29), datetime(1969, 12, 31), None, datetime(2025, 1, 1)]),
        (call("string", D), ["2024-02-29", "1969-12-31", None, "2025-01-01"]),
        (
            call("string", T),
            ["2024-02-29T23:59:58.000007", "1969-12-31T00:00:00", None, "2000-01-01T12:30:00"],
        ),
    ],
)
def test_dates(expression: object, expected: list[object]) -> None:
    assert evaluate(expression, DATES) == expected  # type: ignore[arg-type]


ONE = frame({"z": (INT, [0])})


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (call("date", "2024-02-29"), date(2024, 2, 29)),
        (call("datetime", "2024-02-29T10:00:00"), datetime(2024, 2, 29, 10)),
        (call("datetime", "2024-02-29 10:00"), datetime(2024, 2, 29, 10)),
        (call("datetime", "2024-02-29"), datetime(2024, 2, 29)),
        (call("datetime", "2024-02-29T10:00:00.25Z"), datetime(2024, 2, 29, 10, 0, 0, 250000)),
        (call("datetime", "2024-02-29T10:00:00+05:30"), datetime(2024, 2, 29, 4, 30)),
        (call("datetime", "1969-12-31T23:00:00-0200"), datetime(1970, 1, 1, 1)),
        (call("parse_date", "29.02.2024", "%d.%m.%Y"), date(2024, 2, 29)),
        (call("parse_date", "2/29/24 1:05 PM", "%m/%d/%y %I:%M %p"), datetime(2024, 2, 29, 13, 5)),
        (call("parse_date", "2024-02-29 01:02:03.5", "%Y-%m-%d %H:%M:%S.%f"), datetime(2024, 2, 29, 1, 2, 3, 500000)),
        (call("parse_date", "29.02.2024 17", "%d.%m.%Y %H"), datetime(2024, 2, 29, 17)),
        (call("parse_date", "2024-02-29 01:00 +0100", "%Y-%m-%d %H:%M %z"), datetime(2024, 2, 29)),
        (call("int", "42"), 42),
        (call("int", "-7"), -7),
        (call("int", 3.0), 3),
        (call("int", True), 1),
        (call("float", "1e3"), 1000.0),
        (call("float", ".5"), 0.5),
        (call("float", "NaN"), None),
        (call("float", 7), 7.0),
        (call("bool", "Yes"), True),
        (call("bool", "FALSE"), False),
        (call("bool", 0), False),
        (call("bool", 1.0), True),
        (call("string", True), "true"),
        (call("string", 12), "12"),
        (call("string", 0.1), "0.1"),
        (call("string", 2.0), "2.0"),
        (call("int", None), None),
    ],
)
def test_casts(expression: object, expected: object) -> None:
    assert evaluate(expression, ONE) == [expected]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("expression", "shown"),
    [
        (call("int", "x"), '`int("x")` does not fit in 1 row: row 1 ("x")'),
        (call("int", "3.0"), '("3.0")'),
        (call("int", "9223372036854775808"), '("9223372036854775808")'),
        (call("int", 2.7), "`int(2.7)` does not fit in 1 row: row 1 (2.7)"),
        (call("int", 1e30), "(1e+30)"),
        (call("float", "1,5"), '("1,5")'),
        (call("bool", "maybe"), '("maybe")'),
        (call("bool", 2), "(2)"),
        (call("date", "2023-02-29"), '("2023-02-29")'),
        (call("date", "29.2.2024"), '("29.2.2024")'),
        (call("date", "24-02-29"), '("24-02-29")'),
        (call("datetime", "2024-02-29T25:00:00"), '("2024-02-29T25:00:00")'),
        (call("parse_date", "31.02.2024", "%d.%m.%Y"), '("31.02.2024")'),
    ],
)
def test_a_value_that_does_not_fit_is_an_error_naming_it(expression: object, shown: str) -> None:
    with pytest.raises(StepFailed) as error:
        evaluate(expression, ONE)  # type: ignore[arg-type]
    assert shown in error.value.message


def test_the_rows_of_a_cast_that_fails_are_counted_and_named() -> None:
    table = frame({"s": (nullable(STRING), ["1", "x", None, "", "y", "z"])})
    with pytest.raises(StepFailed) as error:
        evaluate(call("int", col("s", nullable(STRING))), table)
    assert error.value.message == '`int(s)` does not fit in 4 rows: row 2 ("x"), row 4 (""), row 5 ("y"), …'


def test_a_cast_in_a_branch_counts_only_where_the_branch_is_taken() -> None:
    table = frame({"s": (nullable(STRING), ["1", "x", None])})
    s = col("s", nullable(STRING))
    number = call("if", call("matches", s, "^[0-9]+$"), call("int", s), -1)
    assert evaluate(number, table) == [1, -1, -1]
    assert evaluate(call("coalesce", call("length", s), call("int", "x")), table.head(2)) == [1, 1]


LOGIC = frame(
    {
        "a": (nullable(BOOL), [True, True, True, False, False, False, None, None, None]),
        "b": (nullable(BOOL), [True, False, None] * 3),
    }
)
P1, Q1 = col("a", nullable(BOOL)), col("b", nullable(BOOL))


def test_three_valued_logic() -> None:
    assert evaluate(call("and", P1, Q1), LOGIC) == [True, False, None, False, False, False, None, False, None]
    assert evaluate(call("or", P1, Q1), LOGIC) == [True, True, True, True, False, None, True, None, None]
    assert evaluate(call("not", P1), LOGIC) == [False] * 3 + [True] * 3 + [None] * 3
    assert evaluate(call("if", P1, 1, 2), LOGIC) == [1, 1, 1, 2, 2, 2, 2, 2, 2]
    assert evaluate(call("is_null", P1), LOGIC) == [False] * 6 + [True] * 3
    assert evaluate(call("coalesce", P1, Q1), LOGIC) == [True] * 3 + [False] * 3 + [True, False, None]
    assert evaluate(call("equal", P1, None), LOGIC) == [None] * 9


@pytest.mark.parametrize(
    ("expression", "expected"),
    [
        (call("equal", N, 3), [True, False, False, False, False, None, False]),
        (call("not_equal", N, 3), [False, True, True, True, True, None, True]),
        (call("less", N, X), [False, True, True, True, False, None, True]),
        (call("greater_equal", X, 0.5), [True, False, True, True, False, None, True]),
        (call("between", N, 0, 3), [True, False, True, True, False, None, False]),
        (call("between", N, None, 3), [None, None, None, None, False, None, False]),
        (call("in", N, 3, 10), [True, False, False, False, True, None, False]),
        (call("in", N, 3, None), [True, None, None, None, None, None, None]),
        (call("in", N, X, 1), [False, False, False, True, False, None, False]),
        (call("in", N, 2.5, 3), [True, False, False, False, False, None, False]),
        (call("coalesce", N, X, 0), [3.0, -3.0, 0.0, 1.0, 10.0, 0.0, 5.0]),
        (call("if", call("greater", N, 0), N, X), [3.0, -2.5, 0.5, 1.0, 10.0, None, 5.0]),
    ],
)
def test_comparisons(expression: object, expected: list[object]) -> None:
    assert evaluate(expression, NUMBERS) == expected  # type: ignore[arg-type]


def test_an_enum_compares_in_its_declared_order_and_strings_by_code_point() -> None:
    kind = enum("small", "medium", "large")
    table = frame({"e": (nullable(kind), ["small", "large", None, "medium"]), "s": (STRING, ["Z", "a", "é", "z"])})
    e, s = col("e", nullable(kind)), col("s", STRING)
    assert evaluate(call("less", e, "large"), table) == [True, False, None, True]
    assert evaluate(call("greater_equal", e, "medium"), table) == [False, True, None, True]
    assert evaluate(call("between", e, "small", "medium"), table) == [True, False, None, True]
    assert evaluate(call("equal", e, "large"), table) == [False, True, None, False]
    assert evaluate(call("in", e, "large", "small"), table) == [True, True, None, False]
    assert evaluate(call("less", e, s), table) == [False, False, None, True]  # one is a plain string: by code point
    assert evaluate(call("less", s, "z"), table) == [True, True, False, False]
    assert evaluate(call("coalesce", e, "small"), table) == ["small", "large", "small", "medium"]
    assert evaluate(call("if", call("is_null", e), "none", e), table) == ["small", "large", "none", "medium"]


def test_a_date_beside_a_datetime_is_its_midnight() -> None:
    assert evaluate(call("less_equal", D, T), DATES) == [True, True, None, False]
    assert evaluate(call("equal", T, date(1969, 12, 31)), DATES) == [False, True, None, False]
    assert evaluate(call("in", D, date(2025, 1, 1), date(2024, 2, 29)), DATES) == [True, False, None, True]
    assert evaluate(call("greatest", D, T), DATES) == [
        datetime(2024, 2, 29, 23, 59, 58, 7), datetime(1969, 12, 31), None, datetime(2025, 1, 1),
    ]  # fmt: skip


def test_parameters_are_constants_of_the_run() -> None:
    params = {"cutoff": date(2024, 1, 1), "share": 0.5, "since": datetime(2024, 1, 1)}
    assert evaluate(call("greater", D, param("cutoff", DATE)), DATES, params) == [True, False, None, True]
    assert evaluate(call("greater", T, param("since", DATETIME)), DATES, params) == [True, False, None, False]
    assert evaluate(call("days_between", param("run_date", DATE), date(2025, 6, 2)), ONE) == [1]


def test_a_parameter_without_a_value_is_a_clear_error() -> None:
    with pytest.raises(StepFailed, match="the parameter `gone` has no value"):
        evaluate(call("add", param("gone", INT), 1), ONE)


def test_constants_alone() -> None:
    assert evaluate(const(7), ONE) == [7]
    assert evaluate(const("x"), ONE) == ["x"]
    assert evaluate(call("add", 1, 2), ONE) == [3]
    assert evaluate(call("add", 1, 2), ONE.clear()) == []
