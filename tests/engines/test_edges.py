"""What engines disagree on by themselves: signed zeros, names that differ in case, odd text, exact sums, chains."""

from __future__ import annotations

import math
import random

import pytest

from mldsl.catalog.types import FLOAT, INT, STRING
from mldsl.plan.expressions import Order
from mldsl.plan.nodes import Bound, Derive, Distinct, Filter, Group, Join, Rename, Select, Sort, Take, Union
from tests.support.expressions import call, col, const, frame, nullable, window
from tests.support.steps import evaluate, verbs

X = col("x", nullable(FLOAT))


def test_zeros_of_both_signs_are_one_value() -> None:
    table = frame({"x": (nullable(FLOAT), [0.0, -0.0, 1.0, None, -0.0]), "n": (INT, range(5))})
    count = (Bound(name="rows", value=call("count")),)
    assert verbs(table, Group(keys=("x",), bindings=count)).rows() == [(0.0, 3), (1.0, 1), (None, 1)]
    assert verbs(table, Select(columns=("x",)), Distinct()).rows() == [(0.0,), (1.0,), (None,)]
    other = frame({"k": (FLOAT, [-0.0]), "w": (STRING, ["zero"])})
    joined = verbs(table, Join(how="left", table="t", on=(("x", "k"),)), tables={"t": other})
    assert joined["w"].to_list() == ["zero", "zero", None, None, "zero"]
    assert evaluate(window("count_distinct", X), table) == [2] * 5


def test_names_that_differ_in_their_case_alone() -> None:
    table = frame({"a": (INT, [1, 2]), "A": (INT, [10, 20]), "ä": (STRING, ["x", "y"]), "Ä": (STRING, ["X", "Y"])})
    found = verbs(
        table,
        Derive(bindings=(Bound(name="B", value=call("add", col("a", INT), col("A", INT))),)),
        Rename(pairs=(("B", "b"), ("a", "B"))),
        Filter(condition=call("greater", col("b", INT), 11)),
    )
    assert found.rows(named=True) == [{"B": 2, "A": 20, "ä": "y", "Ä": "Y", "b": 22}]


@pytest.mark.parametrize("text", ["it's", 'a "b"', "c1 c2", "-- x", "; drop table t", "a\\b", "日本 ß", "%_", "{x}"])
def test_texts_are_values_and_never_code(text: str) -> None:
    table = frame({"s": (STRING, [text, "other"])})
    s = col("s", STRING)
    assert evaluate(call("equal", s, text), table) == [True, False]
    assert evaluate(call("concat", s, const(text)), table) == [text + text, "other" + text]
    assert evaluate(call("contains", s, text), table) == [True, False]
    assert evaluate(call("replace", s, text, "."), table) == [".", "other"]


def test_upper_and_lower_case_of_signs_that_become_several() -> None:
    table = frame({"s": (nullable(STRING), ["straße", "ΑΣ", "İ", None, "abc"])})
    s = col("s", nullable(STRING))
    assert evaluate(call("upper", s), table) == ["STRASSE", "ΑΣ", "İ", None, "ABC"]
    assert evaluate(call("lower", s), table) == ["straße", "ας", "i̇", None, "abc"]


def test_white_space_of_every_kind_is_trimmed() -> None:
    table = frame({"s": (STRING, ["\u00a0x\u3000", "\t x\n", "\u2003x\u2028", "x\u200b"])})
    assert evaluate(call("trim", col("s", STRING)), table) == ["x", "x", "x", "x\u200b"]


def test_floats_as_text() -> None:
    values = [1e16, 1e-5, 1.25e-5, 1e-6, 1.5e-7, 1e300, 5e-324, 0.1, -2.0, -1e-5, 1e15]
    table = frame({"x": (FLOAT, values)})
    assert evaluate(call("string", col("x", FLOAT)), table) == [
        "1e+16", "0.00001", "0.0000125", "1e-6", "1.5e-7", "1e+300", "5e-324", "0.1", "-2.0", "-0.00001",
        "1000000000000000.0",
    ]  # fmt: skip


@pytest.mark.parametrize("scale", [1.0, 1e-12, 1e12, 1e-30, 1e25, 1e300])
def test_sums_and_means_of_floats_of_any_size(scale: float) -> None:
    source = random.Random(3)
    values = [source.uniform(-1, 1) * scale * 10.0 ** source.randint(-8, 0) for _ in range(3000)]
    table = frame({"x": (FLOAT, values)})
    bindings = (
        Bound(name="s", value=call("sum", col("x", FLOAT))),
        Bound(name="m", value=call("mean", col("x", FLOAT))),
    )
    (found,) = verbs(table, Group(bindings=bindings)).rows()
    assert found[0] == pytest.approx(math.fsum(values), rel=1e-9)
    assert found[1] == pytest.approx(math.fsum(values) / 3000, rel=1e-9)


def test_sums_of_floats_by_key_where_some_are_huge_and_some_tiny() -> None:
    """Null is a key like any other; the sum of one group has nothing of another's odd values."""
    source = random.Random(5)
    keys = [source.choice([None, "a", "b", "c"]) for _ in range(4000)]
    scales = {None: 1e-40, "a": 1.0, "b": 1e30, "c": 1e-15}
    values = [None if source.random() < 0.1 else source.uniform(-1, 1) * scales[key] for key in keys]
    table = frame({"k": (nullable(STRING), keys), "x": (nullable(FLOAT), values)})
    bindings = (
        Bound(name="s", value=call("sum", col("x", nullable(FLOAT)))),
        Bound(name="m", value=call("mean", col("x", nullable(FLOAT)))),
    )
    found = {row[0]: row[1:] for row in verbs(table, Group(keys=("k",), bindings=bindings)).rows()}
    for key in scales:
        known = [value for one, value in zip(keys, values, strict=True) if one == key and value is not None]
        assert found[key][0] == pytest.approx(math.fsum(known), rel=1e-12, abs=0)
        assert found[key][1] == pytest.approx(math.fsum(known) / len(known), rel=1e-12, abs=0)


def test_sums_of_no_floats_are_null() -> None:
    table = frame({"k": (STRING, ["a", "b", "a"]), "x": (nullable(FLOAT), [None, 0.0, None])})
    group = Group(keys=("k",), bindings=(Bound(name="s", value=call("sum", col("x", nullable(FLOAT)))),))
    assert verbs(table, group).rows() == [("a", None), ("b", 0.0)]


def test_a_chain_keeps_the_order_that_each_verb_gives() -> None:
    rows = [(i, i * 7 % 5, f"s{i * 3 % 4}") for i in range(40)]
    table = frame(
        {"id": (INT, [r[0] for r in rows]), "k": (INT, [r[1] for r in rows]), "s": (STRING, [r[2] for r in rows])}
    )
    other = frame({"key": (INT, [4, 2, 2, 0]), "w": (STRING, ["p", "q", "r", "t"])})
    found = verbs(
        table,
        Filter(condition=call("greater", col("id", INT), 2)),
        Sort(keys=(Order(column="k", descending=True),)),
        Join(how="inner", table="t", on=(("k", "key"),)),
        Take(count=20),
        Union(table="u"),
        Group(keys=("s", "w"), bindings=(Bound(name="n", value=call("count")),)),
        tables={
            "t": other,
            "u": frame({"id": (INT, [1]), "k": (INT, [1]), "s": (STRING, ["z"]), "w": (STRING, ["z"])}),
        },
    )
    wanted = sorted((row for row in rows if row[0] > 2), key=lambda row: -row[1])
    matches = {4: ["p"], 2: ["q", "r"], 0: ["t"]}
    joined = [*[(*row, w) for row in wanted for w in matches.get(row[1], [])][:20], (1, 1, "z", "z")]
    counts: dict[tuple[str, str], int] = {}
    for row in joined:
        counts[row[2], row[3]] = counts.get((row[2], row[3]), 0) + 1
    assert found.rows() == [(*key, count) for key, count in counts.items()]


def test_a_table_joined_and_united_with_itself() -> None:
    table = frame({"id": (INT, [1, 2]), "v": (STRING, ["a", "b"])})
    same = table.rename({"v": "u"})
    assert verbs(table, Join(how="full", table="t", on=(("id", "id"),)), tables={"t": same}).rows() == [
        (1, "a", "a"), (2, "b", "b"),
    ]  # fmt: skip
    assert verbs(table, Union(table="t"), tables={"t": table}).height == 4


def test_a_pattern_and_a_constant_that_is_computed_beside_functions_of_one_step() -> None:
    table = frame({"s": (STRING, ["Äa", "b"]), "x": (FLOAT, [1.0, 3.0])})
    s = col("s", STRING)
    value = call("if", call("matches", s, "^[Äb]"), call("upper", s), "")
    assert evaluate(value, table) == ["ÄA", "B"]
    half = call("quantile", col("x", FLOAT), call("divide", 1, 2), grouped=True)
    assert verbs(table, Group(bindings=(Bound(name="m", value=half),))).rows() == [(2.0,)]
