"""Random expressions on random rows, against a plain-Python reading of the language's rules."""

from __future__ import annotations

import math
from collections.abc import Callable
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mldsl.catalog.types import BOOL, DATE, DATETIME, FLOAT, INT, STRING, Type
from mldsl.runtime.errors import StepFailed
from tests.support.expressions import call, col, frame, nullable
from tests.support.steps import evaluate

LOW, HIGH = -(2**63), 2**63 - 1
INTS = st.none() | st.integers(-50, 50) | st.sampled_from([LOW, HIGH, 0, 2**31, -(2**31)])
FLOATS = st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.sampled_from([0.0, -0.0, 1e308, 0.1, -7.5])
TEXTS = st.none() | st.text("aAbBéß日 .$\n", max_size=6)
BOOLS = st.none() | st.booleans()
DATES = st.none() | st.dates()


def checked(value: int) -> int:
    if not LOW <= value <= HIGH:
        raise OverflowError
    return value


def finite(compute: Callable[[], float]) -> float | None:
    try:
        value = compute()
    except (OverflowError, ZeroDivisionError, ValueError):
        return None
    return value if isinstance(value, (int, float)) and math.isfinite(value) else None


PYTHON: dict[str, Callable[..., object]] = {
    "add": lambda a, b: checked(a + b),
    "subtract": lambda a, b: checked(a - b),
    "multiply": lambda a, b: checked(a * b),
    "floor_divide": lambda a, b: None if b == 0 else checked(a // b),
    "modulo": lambda a, b: None if b == 0 else a % b,
    "least": min,
    "greatest": max,
    "less": lambda a, b: a < b,
    "equal": lambda a, b: a == b,
    "negate": lambda a: checked(-a),
    "abs": lambda a: checked(abs(a)),
    "sign": lambda a: (a > 0) - (a < 0),
}
FLOAT_PYTHON: dict[str, Callable[..., object]] = {
    "add": lambda a, b: finite(lambda: a + b),
    "subtract": lambda a, b: finite(lambda: a - b),
    "multiply": lambda a, b: finite(lambda: a * b),
    "divide": lambda a, b: finite(lambda: a / b),
    "floor_divide": lambda a, b: finite(lambda: a // b),
    "modulo": lambda a, b: finite(lambda: a % b),
    "less": lambda a, b: a < b,
    "greatest": max,
    "floor": lambda a: finite(lambda: float(math.floor(a))),
    "ceil": lambda a: finite(lambda: float(math.ceil(a))),
    "sqrt": lambda a: finite(lambda: math.sqrt(a)),
    "abs": abs,
}


def agree(name: str, kind: Type, columns: list[list[object]], plain: Callable[..., object]) -> None:
    table = frame({f"c{i}": (nullable(kind), values) for i, values in enumerate(columns)})
    expression = call(name, *(col(f"c{i}", nullable(kind)) for i in range(len(columns))))
    try:
        expected = [None if None in row else plain(*row) for row in zip(*columns, strict=True)]
    except OverflowError:
        with pytest.raises(StepFailed, match="goes beyond 64 bits"):
            evaluate(expression, table)
        return
    assert evaluate(expression, table) == expected


@pytest.mark.parametrize("name", list(PYTHON))
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_ints(name: str, data: st.DataObject) -> None:
    plain = PYTHON[name]
    width = 1 if name in ("negate", "abs", "sign") else 2
    rows = data.draw(st.lists(st.tuples(*[INTS] * width), max_size=8))
    agree(name, INT, [[row[i] for row in rows] for i in range(width)], plain)


@pytest.mark.parametrize("name", list(FLOAT_PYTHON))
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_floats(name: str, data: st.DataObject) -> None:
    plain = FLOAT_PYTHON[name]
    width = 1 if name in ("floor", "ceil", "sqrt", "abs") else 2
    rows = data.draw(st.lists(st.tuples(*[FLOATS] * width), max_size=8))
    agree(name, FLOAT, [[row[i] for row in rows] for i in range(width)], plain)


TEXT_PYTHON: dict[str, Callable[..., object]] = {
    "length": len,
    "lower": str.lower,
    "concat": lambda a, b: a + b,
    "contains": lambda a, b: b in a,
    "starts_with": str.startswith,
    "ends_with": str.endswith,
    "less": lambda a, b: a < b,
    "equal": lambda a, b: a == b,
}


@pytest.mark.parametrize("name", list(TEXT_PYTHON))
@settings(max_examples=20, deadline=None)
@given(data=st.data())
def test_texts(name: str, data: st.DataObject) -> None:
    width = 1 if name in ("length", "lower") else 2
    rows = data.draw(st.lists(st.tuples(*[TEXTS] * width), max_size=8))
    agree(name, STRING, [[row[i] for row in rows] for i in range(width)], TEXT_PYTHON[name])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(TEXTS, st.integers(-3, 8), st.integers(-3, 8)), max_size=8))
def test_substring(rows: list[tuple[str | None, int, int]]) -> None:
    texts, starts, counts = ([row[i] for row in rows] for i in range(3))
    table = frame({"s": (nullable(STRING), texts), "a": (INT, starts), "n": (INT, counts)})
    found = evaluate(call("substring", col("s", nullable(STRING)), col("a", INT), col("n", INT)), table)
    expected = [
        None if text is None else "".join(sign for i, sign in enumerate(text, 1) if start <= i < start + count)
        for text, start, count in rows
    ]
    assert found == expected


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(TEXTS, st.text("aé$", max_size=2), TEXTS), max_size=8))
def test_replace_by_columns(rows: list[tuple[str | None, str, str | None]]) -> None:
    texts, olds, news = ([row[i] for row in rows] for i in range(3))
    table = frame({"s": (nullable(STRING), texts), "o": (STRING, olds), "n": (nullable(STRING), news)})
    found = evaluate(call("replace", col("s", nullable(STRING)), col("o", STRING), col("n", nullable(STRING))), table)
    expected = [
        None if text is None or new is None else text.replace(old, new) if old else text for text, old, new in rows
    ]
    assert found == expected


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(BOOLS, BOOLS), max_size=9))
def test_logic(rows: list[tuple[bool | None, bool | None]]) -> None:
    table = frame({"a": (nullable(BOOL), [a for a, _ in rows]), "b": (nullable(BOOL), [b for _, b in rows])})
    a, b = col("a", nullable(BOOL)), col("b", nullable(BOOL))
    both = [False if False in row else None if None in row else True for row in rows]
    either = [True if True in row else None if None in row else False for row in rows]
    assert evaluate(call("and", a, b), table) == both
    assert evaluate(call("or", a, b), table) == either


@settings(max_examples=40, deadline=None)
@given(st.lists(st.tuples(DATES, DATES), min_size=1, max_size=8))
def test_dates(rows: list[tuple[object, object]]) -> None:
    table = frame({"a": (nullable(DATE), [a for a, _ in rows]), "b": (nullable(DATE), [b for _, b in rows])})
    a, b = col("a", nullable(DATE)), col("b", nullable(DATE))
    known = [None not in row for row in rows]
    assert evaluate(call("days_between", a, b), table) == [
        (y - x).days if ok else None
        for (x, y), ok in zip(rows, known, strict=True)  # type: ignore[operator]
    ]
    assert evaluate(call("subtract", a, b), table) == [
        x - y if ok else None
        for (x, y), ok in zip(rows, known, strict=True)  # type: ignore[operator]
    ]
    for name, part in (("year", "%Y"), ("weekday", "%u"), ("day_of_year", "%j")):
        assert evaluate(call(name, a), table) == [None if x is None else int(x.strftime(part)) for x, _ in rows]  # type: ignore[attr-defined]
    assert evaluate(call("truncate", a, "week"), table) == [
        None if x is None or (x.toordinal() <= x.weekday()) else x - timedelta(days=x.weekday())
        for x, _ in rows  # type: ignore[attr-defined]
    ]


@settings(max_examples=40, deadline=None)
@given(st.lists(st.none() | st.datetimes().map(lambda t: t), max_size=6))
def test_datetimes_go_to_text_and_back(values: list[object]) -> None:
    table = frame({"t": (nullable(DATETIME), values)})
    t = col("t", nullable(DATETIME))
    texts = evaluate(call("string", t), table)
    assert texts == [None if value is None else value.isoformat() for value in values]  # type: ignore[attr-defined]
    assert evaluate(call("datetime", call("string", t)), table) == values


@settings(max_examples=40, deadline=None)
@given(
    st.lists(st.none() | st.floats(allow_nan=False, allow_infinity=False) | st.integers(-99, 99).map(float), max_size=6)
)
def test_floats_go_to_text_and_back(values: list[float | None]) -> None:
    table = frame({"x": (nullable(FLOAT), values)})
    assert evaluate(call("float", call("string", col("x", nullable(FLOAT)))), table) == values
