"""Cron expressions and time zones: what is right is silent, what is wrong is said."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mldsl.catalog.cron import cron_problem, timezone_problem


@pytest.mark.parametrize(
    "expression",
    [
        "0 3 * * *",
        "*/15 * * * *",
        "0 8-18/2 * * 1-5",
        "0 0 1,15 * *",
        "0 0 * jan-mar MON-FRI",
        "5/10 * * * *",
        "0 0 * * 7",
        "0 0 29 2 *",  # in leap years
        "0 0 30 2 1",  # on Mondays of February, by cron's rule for days
        "59 23 31 12 6",
        "0 0 31 */2 *",
        "0 0 31 2-4 *",
        "  0   3 * * *  ",
    ],
)
def test_right(expression: str) -> None:
    assert cron_problem(expression) is None


@pytest.mark.parametrize(
    ("expression", "says"),
    [
        ("", "five fields"),
        ("0 3 * *", "not 4"),
        ("0 0 3 * * *", "not 6"),
        ("@daily", "not 1"),
        ("60 3 * * *", "`60` cannot be the minute: that is a number from 0 to 59"),
        ("0 24 * * *", "`24` cannot be the hour"),
        ("0 3 0 * *", "`0` cannot be the day of the month"),
        ("0 3 32 * *", "`32` cannot be the day of the month"),
        ("0 3 * 13 *", "a name such as `jan`"),
        ("0 3 * * 8", "`8` cannot be the weekday"),
        ("0 3 * * monday", "`monday` cannot be the weekday"),
        ("0 3 * mon *", "`mon` cannot be the month"),
        ("*/0 * * * *", "the step `/0` of the minute"),
        ("*/x * * * *", "the step `/x`"),
        ("*/ * * * *", "the step `/`"),
        ("5-1 * * * *", "the range `5-1` of the minute runs backwards"),
        ("1, * * * *", "`` cannot be the minute"),
        ("-1 * * * *", "`-1` cannot be the minute"),
        ("1-2-3 * * * *", "`1-2-3` cannot be the minute"),
        ("0 0 30 2 *", "never runs"),
        ("0 0 31 4,6 *", "never runs"),
        ("a b c d e", "`a` cannot be the minute"),
        ("²  * * * *", "`²` cannot be the minute"),
    ],
)
def test_wrong(expression: str, says: str) -> None:
    problem = cron_problem(expression)
    assert problem is not None and says in problem


NO_ZONES = ["Europe/Atlantis", "", "../passwd", "/etc/localtime", "CET ", "a\x00b", "Europe", "x" * 300]


@settings(max_examples=200, deadline=None)
@given(st.text(alphabet="0123456789*/,- janmo²", max_size=30))
def test_nothing_crashes(expression: str) -> None:
    problem = cron_problem(expression)
    assert problem is None or problem


@pytest.mark.parametrize("name", ["UTC", "Europe/Berlin", "America/New_York"])
def test_time_zones(name: str) -> None:
    assert timezone_problem(name) is None


@pytest.mark.parametrize(
    "name", ["Europe/Atlantis", "", "../passwd", "/etc/localtime", "CET ", "a\x00b", "Europe", "x" * 300]
)
def test_no_time_zones(name: str) -> None:
    assert "is not a time zone" in (timezone_problem(name) or "")
