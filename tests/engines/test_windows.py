"""Windows against values worked out by hand, and against plain Python."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Sequence
from datetime import date, timedelta

import polars as pl
import pytest

from mldsl.catalog.types import BOOL, DATE, DURATION, FLOAT, INT, STRING
from mldsl.plan.expressions import Order
from tests.support.expressions import call, col, enum, frame, nullable, window
from tests.support.steps import evaluate

SIZES = enum("small", "medium", "large")
# Partition a: rows 0, 2, 4, 6; partition b: rows 1, 3; null: row 5. The order `t` has a tie in a (rows 2 and 6).
ROWS = frame(
    {
        "g": (nullable(STRING), ["a", "b", "a", "b", "a", None, "a"]),
        "t": (nullable(INT), [3, 1, 1, 2, None, 1, 1]),
        "n": (nullable(INT), [10, 20, None, 40, 50, 60, 70]),
        "x": (nullable(FLOAT), [1.0, 2.0, None, 4.0, 5.0, 6.0, 7.0]),
        "s": (nullable(STRING), ["é", "b", None, "a", "Z", "m", "c"]),
        "e": (nullable(SIZES), ["large", "small", None, "medium", "small", "large", "medium"]),
        "d": (nullable(DATE), [date(2020, 1, day) if day else None for day in (3, 2, 0, 1, 9, 5, 7)]),
        "l": (nullable(DURATION), [timedelta(hours=h) if h else None for h in (1, 2, 0, 4, 5, 6, 7)]),
        "ok": (nullable(BOOL), [True, False, None, True, False, True, True]),
    }
)
N, X, S = col("n", nullable(INT)), col("x", nullable(FLOAT)), col("s", nullable(STRING))
E, D, L, OK = (
    col("e", nullable(SIZES)),
    col("d", nullable(DATE)),
    col("l", nullable(DURATION)),
    col("ok", nullable(BOOL)),
)
DOWN = Order(column="t", descending=True)


# In a by t: rows 2 (null), 6 (70), 0 (10), 4 (50; its t is null and last).
@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (window("sum", N, partition=["g"]), [130, 60, 130, 60, 130, 60, 130]),
        (window("mean", X, partition=["g"]), [13 / 3, 3.0, 13 / 3, 3.0, 13 / 3, 6.0, 13 / 3]),
        (window("count", partition=["g"]), [4, 2, 4, 2, 4, 1, 4]),
        (window("max", S, partition=["g"]), ["é", "b", "é", "b", "é", "m", "é"]),
        (window("sum", N), [250] * 7),
        (window("sum", N, partition=["g"], order=["t"]), [80, 20, None, 60, 130, 60, 70]),
        (window("sum", X, partition=["g"], order=["t"]), [8.0, 2.0, None, 6.0, 13.0, 6.0, 7.0]),
        (window("sum", N, partition=["g"], order=["t"], rows=2), [80, 20, None, 60, 60, 60, 70]),
        (window("sum", X, partition=["g"], order=["t"], rows=2), [8.0, 2.0, None, 6.0, 6.0, 6.0, 7.0]),
        (window("sum", N, partition=["g"], order=["t"], rows=1), [10, 20, None, 40, 50, 60, 70]),
        (window("sum", N, order=["t"]), [200, 20, 20, 190, 250, 80, 150]),
        (window("count", partition=["g"], order=["t"]), [3, 1, 1, 2, 4, 1, 2]),
        (window("count", partition=["g"], order=["t"], rows=2), [2, 1, 1, 2, 2, 1, 2]),
        (window("count", N, partition=["g"], order=["t"]), [2, 1, 0, 2, 3, 1, 1]),
        (window("mean", N, partition=["g"], order=["t"], rows=2), [40.0, 20.0, None, 30.0, 30.0, 60.0, 70.0]),
        (window("min", N, partition=["g"], order=["t"]), [10, 20, None, 20, 10, 60, 70]),
        (window("max", X, partition=["g"], order=["t"], rows=2), [7.0, 2.0, None, 4.0, 5.0, 6.0, 7.0]),
        (window("min", S, partition=["g"], order=["t"]), ["c", "b", None, "a", "Z", "m", "c"]),
        (window("max", S, partition=["g"], order=["t"], rows=2), ["é", "b", None, "b", "é", "m", "c"]),
        (
            window("max", E, partition=["g"], order=["t"]),
            ["large", "small", None, "medium", "large", "large", "medium"],
        ),
        (window("min", OK, partition=["g"], order=["t"]), [True, False, None, False, False, True, True]),
        (
            window("max", D, partition=["g"], order=["t"]),
            [date(2020, 1, day) if day else None for day in (7, 2, 0, 2, 9, 5, 7)],
        ),
        (
            window("sum", L, partition=["g"], order=["t"]),
            [timedelta(hours=h) if h else None for h in (8, 2, 0, 6, 13, 6, 7)],
        ),
        (
            window("mean", L, partition=["g"], order=["t"], rows=2),
            [timedelta(hours=h) if h else None for h in (4, 2, 0, 3, 3, 6, 7)],
        ),
        (window("share", OK, partition=["g"], order=["t"]), [2 / 3, 0.0, 0.0, 0.5, 0.5, 1.0, 0.5]),
        (window("null_rate", N, partition=["g"], order=["t"], rows=3), [1 / 3, 0.0, 1.0, 0.0, 0.0, 0.0, 0.5]),
        (window("count_distinct", S, partition=["g"], order=["t"]), [2, 1, 0, 2, 3, 1, 1]),
        (window("count_distinct", S, partition=["g"], order=["t"], rows=2), [2, 1, 0, 2, 2, 1, 1]),
        (window("median", N, partition=["g"], order=["t"]), [40.0, 20.0, None, 30.0, 50.0, 60.0, 70.0]),
        (window("quantile", X, 0.5, partition=["g"], order=["t"], rows=2), [4.0, 2.0, None, 3.0, 3.0, 6.0, 7.0]),
        (window("first", N, partition=["g"], order=["t"]), [70, 20, None, 20, 70, 60, 70]),
        (window("last", N, partition=["g"], order=["t"]), [10, 20, None, 40, 50, 60, 70]),
        (window("first", S, partition=["g"], order=["t"], rows=2), ["c", "b", None, "b", "é", "m", "c"]),
        (window("first", N, partition=["g"]), [10, 20, 10, 20, 10, 60, 10]),
        (window("lag", N, partition=["g"], order=["t"]), [70, None, None, 20, 10, None, None]),
        (window("lag", N, 2, partition=["g"], order=["t"]), [None, None, None, None, 70, None, None]),
        (window("lead", N, partition=["g"], order=["t"]), [50, 40, 70, None, None, None, 10]),
        (window("lag", N, order=["t"]), [40, None, 20, 70, 10, None, 60]),
        (window("lag", E), [None, "large", "small", None, "medium", "small", "large"]),
        (window("row_number", partition=["g"], order=["t"]), [3, 1, 1, 2, 4, 1, 2]),
        (window("row_number"), [1, 2, 3, 4, 5, 6, 7]),
        (window("rank", partition=["g"], order=["t"]), [3, 1, 1, 2, 4, 1, 1]),
        (window("rank", order=["t"]), [6, 1, 1, 5, 7, 1, 1]),
        (window("rank", order=[DOWN]), [1, 3, 3, 2, 7, 3, 3]),  # nulls last this way, too
        (window("rank", partition=["g"], order=[DOWN, "n"]), [1, 2, 3, 1, 4, 1, 2]),
    ],
)  # fmt: skip
def test_windows(value: object, expected: list[object]) -> None:
    found = evaluate(value, ROWS)  # type: ignore[arg-type]
    assert found == [pytest.approx(item) if isinstance(item, float) else item for item in expected]


def test_a_window_inside_an_expression_and_of_an_expression() -> None:
    before = window("lag", call("multiply", N, 2), partition=["g"], order=["t"])
    assert evaluate(call("coalesce", before, 0), ROWS) == [140, 0, 0, 40, 20, 0, 0]


def test_windows_of_an_empty_table_and_of_one_row() -> None:
    for name in ("sum", "mean", "min", "median", "std", "count_distinct", "first", "lag"):
        for rows in (None, 2):
            value = window(name, N, partition=["g"], order=["t"], rows=None if name == "lag" else rows)
            assert evaluate(value, ROWS.clear()) == []
            assert len(evaluate(value, ROWS.head(1))) == 1


Plain = Callable[[list[float]], float | None]


@pytest.mark.parametrize(
    ("name", "plain"),
    [
        ("sum", lambda v: sum(v) if v else None),
        ("mean", lambda v: statistics.fmean(v) if v else None),
        ("min", lambda v: min(v, default=None)),
        ("max", lambda v: max(v, default=None)),
        ("std", lambda v: statistics.stdev(v) if len(v) > 1 else None),
        ("var", lambda v: statistics.variance(v) if len(v) > 1 else None),
        ("median", lambda v: statistics.median(v) if v else None),
        ("count", len),
        ("count_distinct", lambda v: len(set(v))),
        ("first", lambda v: v[0] if v else None),
        ("last", lambda v: v[-1] if v else None),
    ],
)
@pytest.mark.parametrize("rows", [None, 1, 3, 50])
@pytest.mark.parametrize("kind", [INT, FLOAT])
def test_running_aggregates_against_plain_python(name: str, plain: Plain, rows: int | None, kind: object) -> None:
    values: list[int | None] = [((i * 37) % 11) - 5 if i % 5 else None for i in range(60)]
    groups = [("x", "y", None)[(i * 7) % 3] for i in range(60)]
    order = [(i * 13) % 17 for i in range(60)]
    table = frame({"g": (nullable(STRING), groups), "t": (INT, order), "v": (nullable(kind), values)})  # type: ignore[arg-type]
    found = evaluate(
        window(name, col("v", nullable(kind)), partition=["g"], order=["t"], rows=rows),
        table,  # type: ignore[arg-type]
    )
    assert found == [
        pytest.approx(item) if isinstance(item, float) else item
        for item in _expected(values, groups, order, rows, plain)
    ]


def _expected(
    values: Sequence[int | None], groups: Sequence[str | None], order: Sequence[int], rows: int | None, plain: Plain
) -> list[float | None]:
    found: list[float | None] = [None] * len(values)
    for group in set(groups):
        inside = sorted((i for i in range(len(values)) if groups[i] == group), key=lambda i: order[i])
        for at, row in enumerate(inside):
            framed = inside[max(0, at + 1 - rows) if rows else 0 : at + 1]
            found[row] = plain([values[i] for i in framed if values[i] is not None])  # type: ignore[misc]
    return found


def test_rolling_sums_do_not_keep_what_has_left_the_window() -> None:
    table = frame({"t": (INT, [1, 2, 3, 4]), "x": (FLOAT, [1e20, 1.0, 1.0, 1.0])})
    assert evaluate(window("sum", col("x", FLOAT), order=["t"], rows=2), table) == [1e20, 1e20, 2.0, 2.0]


def test_the_result_has_the_languages_type() -> None:
    def dtype(value: object) -> pl.DataType:
        from mldsl.plan.nodes import Bound, Derive
        from tests.support.steps import verbs

        return verbs(ROWS, Derive(bindings=(Bound(name="v", value=value),)))["v"].dtype  # type: ignore[arg-type]

    assert dtype(window("count", order=["t"])) == pl.Int64
    assert dtype(window("rank", order=["t"])) == pl.Int64
    assert dtype(window("max", E, order=["t"])) == pl.Enum(["small", "medium", "large"])


def test_rolling_spreads_do_not_keep_what_has_left_the_window() -> None:
    table = frame({"t": (INT, range(5)), "x": (FLOAT, [1e15, 1.0, 2.0, 3.0, 4.0])})
    found = evaluate(window("var", col("x", FLOAT), order=["t"], rows=3), table)
    assert found[3:] == [1.0, 1.0]


@pytest.mark.parametrize("rows", [None, 2, 7, 64])
def test_spreads_of_values_far_from_zero(rows: int | None) -> None:
    values = [1e9 + (i * 7919 % 13) for i in range(80)]
    table = frame({"t": (INT, range(80)), "x": (FLOAT, values)})
    found = evaluate(window("var", col("x", FLOAT), order=["t"], rows=rows), table)
    for at in range(1, 80):
        framed = values[max(0, at + 1 - rows) if rows else 0 : at + 1]
        assert found[at] == pytest.approx(statistics.variance(framed), rel=1e-9)


@pytest.mark.parametrize("rows", [1, 2, 3, 5, 6, 8, 31, 100])
def test_rolling_sums_of_any_size(rows: int) -> None:
    values = [float((i * 31) % 17) if i % 4 else None for i in range(70)]
    table = frame({"t": (INT, range(70)), "x": (nullable(FLOAT), values)})
    found = evaluate(window("sum", X, order=["t"], rows=rows), table)
    for at in range(70):
        framed = [value for value in values[max(0, at + 1 - rows) : at + 1] if value is not None]
        assert found[at] == (sum(framed) if framed else None)
