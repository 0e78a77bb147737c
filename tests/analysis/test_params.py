"""Parameters: types, defaults, and values given as text."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mldsl.analysis.params import TextProblem, parse_value
from mldsl.catalog.types import BOOL, DATE, DATETIME, DURATION, FLOAT, INT, STRING, Type
from tests.support.checking import analyze_text, found

ENUM = Type("enum", values=("basic", "pro"))


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("int = 3", 3),
        ("int = -3", -3),
        ("float = 3", 3.0),
        ("float = 5%", 0.05),
        ("bool = false", False),
        ('string = "x"', "x"),
        ('text = "x"', "x"),
        ("date = @2025-01-31", date(2025, 1, 31)),
        ("datetime = @2025-01-31", datetime(2025, 1, 31)),
        ("datetime = @2025-01-31T10:00:00", datetime(2025, 1, 31, 10)),
        ("duration = 1h30m", timedelta(hours=1, minutes=30)),
        ('enum("a", "b") = "b"', "b"),
        ("int? = null", None),
        ("int", None),
    ],
)
def test_defaults(written, value):
    program = analyze_text(f"pipeline test\nparam p: {written}\n").program
    assert program is not None
    assert program.params["p"].default == value
    assert type(program.params["p"].default) is type(value)


@pytest.mark.parametrize(
    ("written", "code", "span"),
    [
        ("int = 3.5", "ML202", "3.5"),
        ("int = true", "ML202", "true"),
        ("int = null", "ML202", "null"),
        ("date = @2025-01-31T10:00:00", "ML202", "@2025-01-31T10:00:00"),
        ("duration = 90", "ML202", "90"),
        ("string = 3", "ML202", "3"),
        ('enum("a", "b") = "c"', "ML209", '"c"'),
        ('enum("a", "b") = 1', "ML202", "1"),
        ("date = run_date", "ML111", "run_date"),
        ("string = x", "ML111", "x"),
        ("int = 1 + 2", "ML111", "1 + 2"),
        ("integer = 1", "ML101", "integer"),
        ("vector(3)", "ML202", "vector(3)"),
        ("image", "ML202", "image"),
    ],
)
def test_wrong_parameters(written, code, span):
    assert found(f"pipeline test\nparam p: {written}\n") == [(code, span)]


@pytest.mark.parametrize(
    ("text", "type_", "value"),
    [
        ("3", INT, 3),
        ("1_000", INT, 1000),
        (" -4 ", INT, -4),
        ("3", FLOAT, 3.0),
        ("1e-3", FLOAT, 0.001),
        ("5%", FLOAT, 0.05),
        ("true", BOOL, True),
        ("No", BOOL, False),
        ("0", BOOL, False),
        ("anything at all", STRING, "anything at all"),
        ("", STRING, ""),
        ("2025-01-31", DATE, date(2025, 1, 31)),
        ("@2025-01-31", DATE, date(2025, 1, 31)),
        ("2025-01-31T10:00:00", DATETIME, datetime(2025, 1, 31, 10)),
        ("2025-01-31", DATETIME, datetime(2025, 1, 31)),
        ("2025-01-31T10:00:00+02:00", DATETIME, datetime(2025, 1, 31, 8)),
        ("1h30m", DURATION, timedelta(minutes=90)),
        ("-2d", DURATION, timedelta(days=-2)),
        ("pro", ENUM, "pro"),
        ("null", INT.with_null(), None),
        ("null", STRING, "null"),
    ],
)
def test_a_text_is_read_by_the_type_that_is_wanted(text, type_, value):
    found_value = parse_value(text, type_)
    assert found_value == value
    assert type(found_value) is type(value)


@pytest.mark.parametrize(
    ("text", "type_", "said"),
    [
        ("three", INT, "`three` is not a whole number of 64 bits"),
        ("3.0", INT, "`3.0` is not a whole number of 64 bits"),
        ("9223372036854775808", INT, "`9223372036854775808` is not a whole number of 64 bits"),
        ("nan", FLOAT, "`nan` is not a number"),
        ("inf", FLOAT, "`inf` is not a number"),
        ("", BOOL, "`` is not `true` or `false`"),
        ("2025-02-30", DATE, "`2025-02-30` is not a date such as `2025-01-31`"),
        ("2025-01-31T10:00:00", DATE, "`2025-01-31T10:00:00` is not a date such as `2025-01-31`"),
        ("noon", DATETIME, "`noon` is not a datetime such as `2025-01-31T10:00:00`"),
        ("90", DURATION, "`90` is not a duration such as `90d` or `1h30m`"),
        ("1d1x", DURATION, "`1d1x` is not a duration such as `90d` or `1h30m`"),
        ("prro", ENUM, "`prro` is none of `basic`, `pro`; did you mean `pro`?"),
        ("null", INT, "`null` is not a whole number of 64 bits"),
        ("x", Type("vector", size=3), "cannot give a `vector(3)`"),
    ],
)
def test_a_text_that_does_not_fit_is_a_sentence(text, type_, said):
    assert parse_value(text, type_) == TextProblem(said)


@settings(max_examples=150, deadline=None)
@given(st.text(max_size=20), st.sampled_from([INT, FLOAT, BOOL, DATE, DATETIME, DURATION, ENUM]))
def test_no_text_is_too_odd(text, type_):
    found_value = parse_value(text, type_)
    assert isinstance(found_value, (TextProblem, int, float, bool, date, timedelta, str))
