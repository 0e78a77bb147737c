"""The verbs: rows, columns and their order."""

from __future__ import annotations

from datetime import date, datetime

import polars as pl
import pytest

from mldsl.catalog.types import DATE, DATETIME, FLOAT, INT, STRING
from mldsl.plan.expressions import Order
from mldsl.plan.nodes import (
    Bound,
    Derive,
    Distinct,
    Filter,
    Group,
    Join,
    Predict,
    Rename,
    Sample,
    Select,
    Sort,
    Take,
    Union,
)
from tests.support.expressions import call, col, const, enum, frame, nullable, window
from tests.support.steps import specs, verbs

ROWS = frame({"a": (nullable(INT), [1, 2, None, 4]), "b": (nullable(STRING), ["x", None, "y", "x"])})
A, B = col("a", nullable(INT)), col("b", nullable(STRING))


def test_filter_keeps_what_is_true() -> None:
    assert verbs(ROWS, Filter(condition=call("greater", A, 1))).rows() == [(2, None), (4, "x")]
    assert verbs(ROWS, Filter(condition=const(True))).height == 4
    assert verbs(ROWS, Filter(condition=const(False))).height == 0
    assert verbs(ROWS, Filter(condition=call("equal", A, None))).height == 0
    assert verbs(ROWS, Filter(condition=call("equal", call("modulo", A, 2), 0))).columns == ["a", "b"]
    above = call("greater", A, window("mean", A))
    assert verbs(ROWS, Filter(condition=above)).rows() == [(4, "x")]


def test_bindings_of_one_block_see_the_row_as_it_was() -> None:
    swap = Derive(bindings=(Bound(name="a", value=B), Bound(name="b", value=A), Bound(name="c", value=A)))
    found = verbs(ROWS, swap)
    assert found.columns == ["a", "b", "c"]
    assert found.rows()[0] == ("x", 1, 1)


def test_select_rename_take() -> None:
    assert verbs(ROWS, Select(columns=("b",))).columns == ["b"]
    assert verbs(ROWS, Rename(pairs=(("a", "b"), ("b", "a")))).rows(named=True)[0] == {"b": 1, "a": "x"}
    assert verbs(ROWS, Take(count=2)).height == 2
    assert verbs(ROWS, Take(count=99)).height == 4
    assert verbs(ROWS, Take(count=0)).columns == ["a", "b"]


def test_sort_is_stable_with_nulls_last_both_ways() -> None:
    kind = enum("low", "high")
    table = frame(
        {
            "n": (INT, [0, 1, 2, 3, 4, 5]),
            "k": (nullable(INT), [2, None, 1, 2, 1, None]),
            "e": (nullable(kind), ["high", "low", None, "low", "high", "low"]),
            "s": (STRING, ["b", "B", "a", "é", "z", "Z"]),
        }
    )

    def order(*keys: Order) -> list[int]:
        return verbs(table, Sort(keys=keys))["n"].to_list()

    assert order(Order(column="k")) == [2, 4, 0, 3, 1, 5]
    assert order(Order(column="k", descending=True)) == [0, 3, 2, 4, 1, 5]
    assert order(Order(column="e")) == [1, 3, 5, 0, 4, 2]
    assert order(Order(column="e", descending=True), Order(column="k")) == [4, 0, 3, 1, 5, 2]
    assert order(Order(column="s")) == [1, 5, 2, 0, 4, 3]


LEFT = frame({"id": (nullable(INT), [3, 1, None, 2, 1]), "v": (STRING, ["c", "a", "n", "b", "a2"])})
RIGHT = frame({"key": (nullable(INT), [1, 2, 1, None, 9]), "w": (STRING, ["p", "q", "r", "null", "s"])})


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ("inner", [(1, "a", "p"), (1, "a", "r"), (2, "b", "q"), (1, "a2", "p"), (1, "a2", "r")]),
        (
            "left",
            [
                (3, "c", None), (1, "a", "p"), (1, "a", "r"), (None, "n", None), (2, "b", "q"), (1, "a2", "p"),
                (1, "a2", "r"),
            ],
        ),
        (
            "full",
            [
                (3, "c", None), (1, "a", "p"), (1, "a", "r"), (None, "n", None), (2, "b", "q"), (1, "a2", "p"),
                (1, "a2", "r"), (None, None, "null"), (9, None, "s"),
            ],
        ),
        ("semi", [(1, "a"), (2, "b"), (1, "a2")]),
        ("anti", [(3, "c"), (None, "n")]),
    ],
)  # fmt: skip
def test_joins(how: str, expected: list[tuple[object, ...]]) -> None:
    found = verbs(LEFT, Join(how=how, table="t", on=(("id", "key"),)), tables={"t": RIGHT})  # type: ignore[arg-type]
    assert found.rows() == expected
    assert found.columns == ["id", "v"] if how in ("semi", "anti") else ["id", "v", "w"]


def test_joins_of_empty_tables() -> None:
    join = Join(how="left", table="t", on=(("id", "key"),))
    assert verbs(LEFT, join, tables={"t": RIGHT.clear()})["w"].to_list() == [None] * 5
    assert verbs(LEFT.clear(), join, tables={"t": RIGHT}).height == 0
    full = Join(how="full", table="t", on=(("id", "key"),))
    assert verbs(LEFT.clear(), full, tables={"t": RIGHT})["id"].to_list() == [1, 2, 1, None, 9]


def test_join_keys_widen_and_several_must_all_agree() -> None:
    kind = enum("x", "y")
    left = frame({"e": (kind, ["x", "y", "x"]), "n": (INT, [1, 2, 3])})
    right = frame({"s": (STRING, ["x", "x", "z"]), "m": (FLOAT, [1.0, 2.0, 3.0]), "w": (INT, [10, 20, 30])})
    on = (("e", "s"), ("n", "m"))
    found = verbs(left, Join(how="left", table="t", on=on), tables={"t": right})
    assert found.rows() == [("x", 1, 10), ("y", 2, None), ("x", 3, None)]
    assert found["e"].dtype == pl.Enum(["x", "y"])
    full = verbs(left, Join(how="full", table="t", on=on), tables={"t": right})
    assert full.rows()[-2:] == [("x", 2.0, 20), ("z", 3.0, 30)]


def test_a_join_on_a_key_of_the_same_name_and_with_itself() -> None:
    found = verbs(LEFT, Join(how="inner", table="t", on=(("id", "id"),)), tables={"t": LEFT.rename({"v": "u"})})
    assert found.columns == ["id", "v", "u"]
    assert found.height == 1 + 1 + 4


def test_a_right_key_may_be_called_like_a_left_column() -> None:
    right = frame({"v": (INT, [1, 2]), "w": (STRING, ["p", "q"])})
    found = verbs(LEFT, Join(how="left", table="t", on=(("id", "v"),)), tables={"t": right})
    assert found.columns == ["id", "v", "w"]
    assert found["w"].to_list() == [None, "p", None, "q", "p"]


def test_asof_takes_the_last_right_row_at_or_before() -> None:
    left = frame(
        {
            "k": (nullable(STRING), ["a", "a", "b", None, "a", "a"]),
            "t": (nullable(DATETIME), [datetime(2024, 1, day) if day else None for day in (5, 1, 9, 5, 0, 3)]),
        }
    )
    right = frame(
        {
            "who": (nullable(STRING), ["a", "a", "a", None, "a", "b"]),
            "at": (nullable(DATE), [date(2024, 1, day) if day else None for day in (5, 3, 5, 1, 0, 10)]),
            "w": (INT, [1, 2, 3, 4, 5, 6]),
        }
    )
    join = Join(how="asof", table="t", on=(("k", "who"),), asof=("t", "at"))
    found = verbs(left, join, tables={"t": right})
    assert found.columns == ["k", "t", "w"]
    assert found["w"].to_list() == [3, None, None, None, None, 2]
    assert found["k"].to_list() == left["k"].to_list()
    without_keys = verbs(left.drop("k"), Join(how="asof", table="t", asof=("t", "at")), tables={"t": right.drop("who")})
    assert without_keys["w"].to_list() == [3, 4, 3, 3, None, 2]


def test_group_without_bindings_gives_the_keys() -> None:
    assert verbs(ROWS, Group(keys=("b",))).rows() == [("x",), (None,), ("y",)]


def test_distinct() -> None:
    table = frame({"a": (nullable(INT), [1, 1, None, 1, None]), "b": (STRING, ["x", "y", "z", "x", "z"])})
    assert verbs(table, Distinct()).rows() == [(1, "x"), (1, "y"), (None, "z")]
    last = (Order(column="b", descending=True),)
    found = verbs(table, Sort(keys=last), Distinct(columns=("a",), order=last))
    assert found.rows() == [(None, "z"), (1, "y")]


def test_union_matches_by_name_keeps_duplicates_and_widens() -> None:
    kind = enum("x", "y")
    one = frame({"n": (INT, [1]), "d": (DATE, [date(2024, 1, 1)]), "s": (kind, ["x"])})
    two = frame({"s": (STRING, ["z", "x"]), "n": (FLOAT, [0.5, 1.0]), "d": (DATETIME, [datetime(2024, 1, 1, 5)] * 2)})
    found = verbs(one, Union(table="t"), tables={"t": two})
    assert found.columns == ["n", "d", "s"]
    assert found["n"].to_list() == [1.0, 0.5, 1.0]
    assert found["s"].to_list() == ["x", "z", "x"]
    assert [moment.hour for moment in found["d"]] == [0, 5, 5]


def test_sample_depends_on_key_and_seed_alone() -> None:
    table = frame({"id": (INT, range(10_000)), "x": (FLOAT, [float(i) for i in range(10_000)])})
    sample = Sample(share=0.1, key=("id",), seed=1)
    found = verbs(table, sample)
    assert 900 < found.height < 1100
    shuffled = verbs(table.sample(fraction=1, shuffle=True, seed=3), sample)
    assert set(shuffled["id"]) == set(found["id"])
    assert set(verbs(table, Sample(share=0.1, key=("id",), seed=2))["id"]) != set(found["id"])
    assert verbs(table, Sample(share=1.0, key=("id",))).height == 10_000
    assert verbs(table, Sample(share=0.0, key=("id",))).height == 0
    twice = pl.concat([table, table])
    assert verbs(twice, Sample(share=0.1)).height == 2 * verbs(table, Sample(share=0.1)).height


class Doubles:
    """A model that knows its answer."""

    def predict_columns(self, rows: pl.DataFrame) -> pl.DataFrame:
        return pl.DataFrame({"y_probability": rows["a"].fill_null(0) / 4, "y_predicted": rows["a"].fill_null(0) > 1})


def test_predict_adds_the_models_columns() -> None:
    outputs = specs({"y_predicted": nullable(FLOAT), "y_probability": FLOAT})
    found = verbs(ROWS, Predict(model="m", outputs=outputs), Take(count=2), models={"m": Doubles()})
    assert found.columns == ["a", "b", "y_predicted", "y_probability"]
    assert found["y_probability"].to_list() == [0.25, 0.5]
    assert found["y_predicted"].to_list() == [0.0, 1.0]


def test_odd_column_names() -> None:
    name = 'a "b"\n`c` {d} 日'
    table = frame({name: (nullable(INT), [2, None, 1])})
    odd = col(name, nullable(INT))
    found = verbs(
        table,
        Derive(bindings=(Bound(name="by, order", value=call("add", odd, 1)),)),
        Derive(bindings=(Bound(name="w", value=window("sum", odd, order=[name])),)),
        Sort(keys=(Order(column=name),)),
        Group(keys=(name,), bindings=(Bound(name="n", value=call("sum", col("by, order", nullable(INT)))),)),
    )
    assert found.rows() == [(1, 2), (2, 3), (None, None)]
