"""The order of rows, on tables large enough for engines to be tempted, against plain Python."""

from __future__ import annotations

import random

import polars as pl
import pytest

from mldsl.catalog.types import FLOAT, INT, STRING
from mldsl.plan.expressions import Order
from mldsl.plan.nodes import Bound, Derive, Distinct, Filter, Group, Join, Rename, Select, Sort, Take, Union, Verb
from tests.support.expressions import call, col, frame, nullable, window
from tests.support.steps import verbs

N = 30_000
RANDOM = random.Random(7)
ROWS = frame(
    {
        "id": (INT, range(N)),
        "k": (nullable(INT), [RANDOM.choice([None, *range(20)]) for _ in range(N)]),
        "s": (STRING, [RANDOM.choice("abcdé") for _ in range(N)]),
        "x": (FLOAT, [RANDOM.random() for _ in range(N)]),
    }
)
PLAIN = ROWS.rows()
SORT = Sort(keys=(Order(column="k", descending=True), Order(column="s")))
SORTED = sorted(PLAIN, key=lambda row: (row[1] is None, -(row[1] or 0), row[2]))


def rows(*applied: Verb, **tables: pl.DataFrame) -> list[tuple[object, ...]]:
    return verbs(ROWS, *applied, tables=tables).rows()


def test_sort_is_stable() -> None:
    assert rows(SORT) == SORTED


@pytest.mark.parametrize("count", [1, 10, 5000])
def test_take_after_sort(count: int) -> None:
    assert rows(SORT, Take(count=count)) == SORTED[:count]


def test_take_after_filter() -> None:
    above = Filter(condition=call("greater", col("x", FLOAT), 0.5))
    assert rows(above, Take(count=777)) == [row for row in PLAIN if row[3] > 0.5][:777]


def test_distinct_on_keeps_the_first_in_order() -> None:
    first: dict[str, tuple[object, ...]] = {}
    for row in SORTED:
        first.setdefault(row[2], row)
    assert rows(SORT, Distinct(columns=("s",), order=SORT.keys)) == list(first.values())


def test_groups_appear_in_order_and_first_follows_the_sort() -> None:
    bindings = (
        Bound(name="first", value=call("first", col("id", INT))),
        Bound(name="last", value=call("last", col("id", INT))),
    )
    ends: dict[str, list[int]] = {}
    for row in SORTED:
        ends.setdefault(row[2], []).append(row[0])
    expected = [(key, ids[0], ids[-1]) for key, ids in ends.items()]
    assert rows(SORT, Group(keys=("s",), bindings=bindings)) == expected


def test_left_join_keeps_the_order_of_both() -> None:
    right = frame({"key": (nullable(INT), [3, None, 5, 3, 19]), "w": (STRING, ["a", "b", "c", "d", "e"])})
    matches = {3: ["a", "d"], 5: ["c"], 19: ["e"]}
    expected = [(*row, w) for row in PLAIN for w in matches.get(row[1], [None])]
    assert rows(Join(how="left", table="r", on=(("k", "key"),)), r=right) == expected
    inner = [(*row, w) for row in PLAIN for w in matches.get(row[1], [])]
    assert rows(Join(how="inner", table="r", on=(("k", "key"),)), r=right) == inner


RIGHT = frame({"key": (nullable(INT), [3, None, 5, 3, 19]), "w": (STRING, ["a", "b", "c", "d", "e"])})
OTHER = frame({"word": (STRING, ["c", "d", "a", "a"]), "v": (INT, [1, 2, 3, 4])})


@pytest.mark.parametrize("how", ["inner", "left"])
@pytest.mark.parametrize("last", [False, True])
def test_groups_of_joined_rows_appear_in_order(how: str, last: bool) -> None:
    """`last` asks for the order of the rows as well, without which a join need not keep it."""
    left = [row for row in PLAIN if row[3] > 0.2]
    matches = {3: ["a", "d"], 5: ["c"], 19: ["e"]}
    beside = {"a": [3, 4], "c": [1], "d": [2]}
    nothing: list[str | int | None] = [None] if how == "left" else []
    joined = [
        (row[0], row[3], w, v)
        for row in left
        for w in matches.get(row[1] or 0, nothing)
        for v in beside.get(str(w), nothing)
    ]
    groups: dict[tuple[object, object], list[tuple[int, float]]] = {}
    for number, x, w, v in joined:
        groups.setdefault((w, v), []).append((number, 2 * x))
    bindings = [Bound(name="n", value=call("count")), Bound(name="most", value=call("max", col("double", FLOAT)))]
    expected = [(*key, len(found), max(x for _, x in found)) for key, found in groups.items()]
    if last:
        bindings.append(Bound(name="last", value=call("last", col("number", INT))))
        expected = [(*row, groups[row[0], row[1]][-1][0]) for row in expected]
    assert rows(
        Filter(condition=call("greater", col("x", FLOAT), 0.2)),
        Join(how=how, table="r", on=(("k", "key"),)),
        Derive(bindings=(Bound(name="double", value=call("multiply", col("x", FLOAT), 2.0)),)),
        Rename(pairs=(("id", "number"),)),
        Select(columns=("number", "double", "w")),
        Join(how=how, table="o", on=(("w", "word"),)),
        Group(keys=("w", "v"), bindings=tuple(bindings)),
        r=RIGHT,
        o=OTHER,
    ) == expected  # fmt: skip


def test_a_window_between_a_join_and_a_group_sees_the_order() -> None:
    number = window("row_number")
    matches = {3: ["a", "d"], 5: ["c"], 19: ["e"]}
    joined = [(row, w) for row in PLAIN for w in matches.get(row[1] or 0, [])]
    sums: dict[str, int] = {}
    for at, (_, w) in enumerate(joined, 1):
        sums[w] = sums.get(w, 0) + at
    assert rows(
        Join(how="inner", table="r", on=(("k", "key"),)),
        Derive(bindings=(Bound(name="at", value=number),)),
        Group(keys=("w",), bindings=(Bound(name="sum", value=call("sum", col("at", INT))),)),
        r=RIGHT,
    ) == list(sums.items())  # fmt: skip


def test_semi_and_anti_joins_before_a_group() -> None:
    for how, kept in (("semi", True), ("anti", False)):
        counts: dict[str, int] = {}
        for row in PLAIN:
            if (row[1] in (3, 5, 19)) == kept:
                counts[row[2]] = counts.get(row[2], 0) + 1
        group = Group(keys=("s",), bindings=(Bound(name="n", value=call("count")),))
        assert rows(Join(how=how, table="r", on=(("k", "key"),)), group, r=RIGHT) == list(counts.items())


def test_union_appends() -> None:
    assert rows(Union(table="r"), Take(count=N + 5), r=ROWS) == PLAIN + PLAIN[:5]


def test_what_comes_before_the_last_sort_breaks_ties() -> None:
    by_x = sorted(PLAIN, key=lambda row: row[3])
    expected = sorted(by_x, key=lambda row: row[2])
    assert rows(Sort(keys=(Order(column="x"),)), Sort(keys=(Order(column="s"),))) == expected
