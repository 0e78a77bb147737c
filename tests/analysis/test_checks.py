"""Checks: conditions on rows and on the whole table."""

from __future__ import annotations

import pytest

from mldsl.analysis.typed import Call, ColumnRef, Constant, Window
from mldsl.catalog.types import BOOL, INT, STRING
from tests.support.checking import analyze_text, check, found

WRONG = [
    ("expect agee > 0", "ML201", "agee"),
    ("expect person references peple.id", "ML101", "peple"),
    ("expect person references people.idd", "ML201", "idd"),
    ("expect person references id", "ML202", "id"),
    ("expect amount references people.id", "ML202", "people.id"),
    ("expect fresh(at, 7)", "ML202", "7"),
    ("expect fresh(amount, 7d)", "ML202", "amount"),
    ("expect lenght(person) > 0", "ML203", "lenght"),
    ("expect unique()", "ML204", "unique()"),
    ("expect rows(amount) > 3", "ML204", "rows(amount)"),
    ("expect amount > mean(amount)", "ML205", "amount"),
    ("expect amount > mean(amount) else quarantine", "ML205", "amount"),
    ("expect rows() > 10 and amount > 0", "ML205", "amount"),
    ("expect max(mean(amount)) > 0", "ML205", "mean"),
    ("expect first(amount) > 0", "ML107", "first"),
    ("expect amount", "ML208", "amount"),
    ("expect rows()", "ML208", "rows()"),
    ("expect rows() >= 0", "ML211", "rows() >= 0"),
    ("expect null_rate(status) <= 5", "ML211", "null_rate(status) <= 5"),
    ("expect amount is not null", "ML211", "amount is not null"),
    ("expect rows() > 3 else quarantine", "ML111", "quarantine"),
    ("expect unique(upper(person)) else quarantine", "ML111", "quarantine"),
    ("expect unique(order) and rows() > 3 else quarantine", "ML111", "quarantine"),
    ("expect unique(order) and amount > 0", "ML205", "amount"),
    ("expect mean(amount) > 3 for at least 90%", "ML111", "90%"),
    ("expect amount > 0 for at least 190%", "ML111", "190%"),
    ("expect amount > 0 else drop", "ML101", "drop"),
    ("expect amount > 0 with confidence 95%", "ML106", "95%"),
    ("expect amount > 0 for each status", "ML106", "status"),
]


@pytest.mark.parametrize(("body", "code", "place"), WRONG, ids=[f"{code} {body}" for body, code, _ in WRONG])
def test_one_mistake_is_one_diagnostic_at_its_place(body: str, code: str, place: str) -> None:
    assert found(check(body, "orders")) == [(code, place)]


RIGHT = [
    ("expect amount > 0", "row", "amount > 0"),
    ("expect amount > 0 for at least 99% else quarantine", "row", "amount > 0"),
    ("expect status is not null or amount > limit else warn", "row", "status is not null or amount > limit"),
    ("expect person references people.id", "row", "person references people.id"),
    ("expect unique(order) else quarantine", "row", "unique(order)"),
    ("expect unique(person, status) for at least 90%", "row", "unique(person, status)"),
    ("expect unique( person,   at )", "table", "unique(person, at)"),
    (
        "expect amount > mean(amount) over (partition by person) / 2",
        "row",
        "amount > mean(amount) over (partition by person) / 2",
    ),
    ('expect status == "a  b"', "row", 'status == "a  b"'),
    ("expect rows() >= 1_000", "table", "rows() >= 1_000"),
    ("expect null_rate(status) <= 5% else warn", "table", "null_rate(status) <= 5%"),
    ("expect fresh(at, 7d)", "table", "fresh(at, 7d)"),
    ("expect max(at) <= run_time and min(amount) > 0", "table", "max(at) <= run_time and min(amount) > 0"),
    ("expect share(amount > 3) > 50% and rows() > limit", "table", "share(amount > 3) > 50% and rows() > limit"),
    ("expect rows() > 3 and unique(order)", "table", "rows() > 3 and unique(order)"),
]


@pytest.mark.parametrize(("body", "level", "text"), RIGHT)
def test_what_is_right_has_its_level_and_text(body: str, level: str, text: str) -> None:
    program = analyze_text(check(body, "orders")).program
    assert program is not None
    (expectation,) = program.checks[0].expectations
    assert (expectation.level, expectation.text) == (level, text)
    assert found(check(body, "orders")) == []


def test_clauses_are_read() -> None:
    body = "expect amount > 0 for at least 99% else quarantine\nexpect rows() > 0 else warn\nexpect amount < 9"
    program = analyze_text(check(body, "orders")).program
    assert program is not None
    assert [(item.at_least, item.otherwise) for item in program.checks[0].expectations] == [
        (0.99, "quarantine"),
        (None, "warn"),
        (None, "fail"),
    ]


def test_a_percent_sign_that_is_missing_is_pointed_out() -> None:
    (problem,) = (
        item
        for item in analyze_text(check("expect null_rate(status) <= 5", "orders")).diagnostics
        if item.code == "ML211"
    )
    assert problem.help == "a share lies between 0 and 1: did you mean `5%`?"


def test_unique_is_asked_of_every_row_where_rows_are_counted_or_set_aside() -> None:
    program = analyze_text(check("expect unique(person, status) else quarantine", "orders")).program
    assert program is not None
    match program.checks[0].expectations[0].condition:
        case Call(function="or", arguments=(Call(function="is_null", arguments=(nullable,)), alone)):
            assert nullable == ColumnRef(STRING.with_null(), nullable.span, "status")
            window = Window(INT, alone.span, "count", (), partition=("person", "status"))
            assert alone == Call(BOOL, alone.span, "equal", (window, Constant(INT, alone.span, 1)))
        case other:
            raise AssertionError(other)
