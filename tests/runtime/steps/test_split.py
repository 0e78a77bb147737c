"""Splits: where rows land, and what that may depend on."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mldsl.catalog.types import BOOL, DATETIME, FLOAT, INT, STRING
from mldsl.plan.nodes import SplitBody
from mldsl.runtime.steps.split import assign
from tests.support.expressions import frame, nullable
from tests.support.hashing import hash_row
from tests.support.steps import Bench

SHARES = (("train", 0.7), ("validation", 0.1), ("test", 0.2))
N = 10_000
ROWS = frame(
    {
        "id": (STRING, [f"C{i}" for i in range(N)]),
        "x": (FLOAT, [float(i % 97) for i in range(N)]),
        "y": (BOOL, [i % 10 == 0 for i in range(N)]),
        "g": (nullable(INT), [None if i % 500 == 0 else i % 500 for i in range(N)]),
        "t": (DATETIME, [datetime(2024, 1, 1) + timedelta(hours=(i * 7919) % N // 4) for i in range(N)]),
    }
)


def body(**options: Any) -> SplitBody:
    return SplitBody(table="rows", shares=options.pop("shares", SHARES), **{"key": ("id",), **options})


def parts(rows: pl.DataFrame, split: SplitBody, engine: str = "auto") -> dict[str, int]:
    """Each row's part by its id."""
    found = assign(rows.lazy(), split).collect(engine=engine)  # type: ignore[call-overload]
    return dict(zip(found["id"], found["\x1fpart"], strict=True))


def counts(found: dict[str, int]) -> list[int]:
    values = list(found.values())
    return [values.count(part) for part in range(3)]


SPLITS = [body(), body(key=()), body(stratify="y"), body(group="g"), body(time="t"), body(stratify="g")]


@pytest.mark.parametrize("split", SPLITS)
def test_shares(split: SplitBody) -> None:
    tolerance = 150 if split.group is None else 600
    for count, (_, share) in zip(counts(parts(ROWS, split)), SHARES, strict=True):
        assert abs(count - share * N) < tolerance


@pytest.mark.parametrize("split", SPLITS)
def test_neither_row_order_nor_column_order_nor_engine_matters(split: SplitBody) -> None:
    expected = parts(ROWS, split)
    shuffled = ROWS.sample(fraction=1, shuffle=True, seed=1).select(reversed(ROWS.columns))
    assert parts(shuffled, split) == expected
    assert parts(ROWS, split, "streaming") == expected
    assert parts(ROWS, split, "in-memory") == expected


@pytest.mark.parametrize("split", [body(), body(key=()), body(group="g")])
def test_other_rows_do_not_matter(split: SplitBody) -> None:
    expected = parts(ROWS, split)
    few = parts(ROWS.filter(pl.col("x") > 50), split)
    assert few == {id_: expected[id_] for id_ in few}


def test_the_seed_matters() -> None:
    assert parts(ROWS, body(seed=1)) != parts(ROWS, body(seed=2))


def test_other_columns_do_not_matter_beside_a_key() -> None:
    changed = ROWS.with_columns(x=pl.col("x") + 1)
    assert parts(changed, body()) == parts(ROWS, body())
    assert parts(changed, body(key=())) != parts(ROWS, body(key=()))


@pytest.mark.parametrize(
    "split", [body(key=()), body(key=(), stratify="y"), body(key=("x", "y")), body(key=("x",), stratify="y")]
)
def test_equal_rows_land_together(split: SplitBody) -> None:
    twice = pl.concat([ROWS, ROWS.reverse()])
    found = assign(twice.lazy(), split).collect()
    columns = split.key or ROWS.columns
    assert found.group_by(columns).agg(pl.col("\x1fpart").n_unique())["\x1fpart"].max() == 1


def test_strata_have_exactly_their_shares() -> None:
    found = assign(ROWS.lazy(), body(stratify="y")).collect()
    table = found.group_by("y", "\x1fpart").len().sort("y", "\x1fpart")["len"].to_list()
    assert table == [6300, 900, 1800, 700, 100, 200]


def test_a_null_class_and_small_classes_are_classes() -> None:
    rows = frame({"id": (INT, range(12)), "c": (nullable(STRING), [None] * 5 + ["a"] * 5 + ["b", "c"])})
    found = assign(rows.lazy(), body(stratify="c", shares=(("train", 0.6), ("test", 0.4)))).collect()
    assert found.group_by("c", "\x1fpart").len().sort("c", "\x1fpart", nulls_last=True).rows() == [
        ("a", 0, 3), ("a", 1, 2), ("b", 0, 1), ("c", 0, 1), (None, 0, 3), (None, 1, 2),
    ]  # fmt: skip


def test_groups_stay_together() -> None:
    found = assign(ROWS.lazy(), body(group="g")).collect()
    assert found.group_by("g").agg(pl.col("\x1fpart").n_unique())["\x1fpart"].max() == 1


def test_groups_are_dealt_out_by_their_most_frequent_class() -> None:
    """Every second group has only rows of the class, and 300 groups of each kind have the shares of the parts."""
    groups = [number // 5 for number in range(3000)]
    rows = frame({"id": (INT, range(3000)), "g": (INT, groups), "c": (BOOL, [group % 2 == 0 for group in groups])})
    found = assign(rows.lazy(), body(group="g", stratify="c")).collect()
    assert found.group_by("g").agg(pl.col("\x1fpart").n_unique())["\x1fpart"].max() == 1
    table = found.group_by("c", "\x1fpart").len().sort("c", "\x1fpart")["len"].to_list()
    assert table == [1050, 150, 300] * 2
    assert counts(parts(rows.reverse(), body(group="g", stratify="c"))) == counts(
        dict(zip(found["id"], found["\x1fpart"], strict=True))
    )


def test_by_time_and_group_rows_of_groups_that_come_later_are_left_out(tmp_path: Path) -> None:
    """Group 1 and 4 go on into the test part, 2 and 3 into the validation part, 5 ends in time."""
    times, groups = [*range(10)], [1, 5, 3, 5, 2, 3, 2, 4, 4, 1]
    rows = frame({"id": (INT, range(10)), "t": (INT, times), "g": (INT, groups)})
    bench = Bench(tmp_path)
    bench.table("rows", rows)
    shares = (("train", 0.5), ("validation", 0.3), ("test", 0.2))
    outcome = bench.run(body(time="t", group="g", shares=shares), "data")
    found = {part: bench.output(outcome, part)["id"].to_list() for part, _ in shares}
    assert found == {"train": [1, 3], "validation": [5, 6], "test": [8, 9]}
    assert outcome.record is not None
    assert outcome.record.details["left_out"] == {"train": 3, "validation": 1}


def test_time_goes_from_past_to_future_and_keeps_equal_times_together() -> None:
    found = assign(ROWS.lazy(), body(time="t")).collect()
    ends = found.group_by("\x1fpart").agg(first=pl.col("t").min(), last=pl.col("t").max()).sort("\x1fpart")
    assert ends["last"][0] < ends["first"][1] <= ends["last"][1] < ends["first"][2]


@pytest.mark.parametrize(
    ("times", "expected"),
    [
        ([1, 1, 1, 1, 1, 1, 2, 3, 4, 5], [6, 4]),
        ([5, 4, 3, 2, 1, 1, 1, 1, 1, 1], [6, 4]),
        ([1] * 9 + [2], [9, 1]),
        ([1, 2], [1, 1]),
        ([1, 2, 2, 2, 2, 2, 2, 2, 2, 2], [1, 9]),  # all of them would be nearer, and leave nothing to test on
    ],
)
def test_the_boundary_in_time_is_the_one_nearest_the_share(times: list[int], expected: list[int]) -> None:
    rows = frame({"id": (INT, range(len(times))), "t": (INT, times)})
    found = assign(rows.lazy(), body(time="t", shares=(("train", 0.6), ("test", 0.4)))).collect()["\x1fpart"].to_list()
    assert [found.count(0), found.count(1)] == expected


def test_parts_are_tables_with_the_tables_columns_and_order(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.table("rows", ROWS)
    outcome = bench.run(body(), "data")
    found = {part: bench.output(outcome, part) for part, _ in SHARES}
    assert all(rows.columns == ROWS.columns for rows in found.values())
    assert sum(rows.height for rows in found.values()) == N
    order = {id_: i for i, id_ in enumerate(ROWS["id"])}
    for rows in found.values():
        positions = [order[id_] for id_ in rows["id"]]
        assert positions == sorted(positions)
    assert outcome.record is not None
    assert outcome.record.details["rows"] == {part: rows.height for part, rows in found.items()}


def test_an_empty_part_is_a_clear_failure(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.table("rows", ROWS.head(2))
    outcome = bench.run(body(), "data")
    assert outcome.error is not None and outcome.error.kind == "error"
    assert outcome.error.message == "the part `validation` of `data` has no rows"


def test_a_time_that_is_null_is_a_clear_failure(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.table("rows", ROWS)
    outcome = bench.run(body(time="g"), "data")
    assert outcome.error is not None
    assert outcome.error.message == "`g` is null in 20 rows, which no part can take"
    assert outcome.error.help == "filter g is not null"


def test_parts_are_as_the_hash_is_defined_and_never_change() -> None:
    found = parts(ROWS.head(12), body(seed=42))
    shares = [hash_row([id_], 42) / 2**64 for id_ in ROWS["id"].head(12)]
    assert list(found.values()) == [(share >= 0.7) + (share >= 0.8) for share in shares]
    assert list(found.values()) == [0, 0, 0, 0, 0, 0, 0, 2, 2, 2, 0, 0]


@settings(max_examples=30, deadline=None)
@given(
    keys=st.lists(st.tuples(st.none() | st.text(max_size=4), st.integers(-3, 3)), min_size=1, max_size=40),
    seed=st.integers(0, 5),
    data=st.data(),
)
def test_equal_keys_land_together_in_any_order(
    keys: list[tuple[str | None, int]], seed: int, data: st.DataObject
) -> None:
    rows = pl.DataFrame({"a": [a for a, _ in keys], "b": [b for _, b in keys]}, schema={"a": pl.String, "b": pl.Int64})
    split = SplitBody(table="rows", shares=SHARES, key=("a", "b"), seed=seed)
    found = assign(rows.lazy(), split).collect()
    order = data.draw(st.permutations(range(len(keys))))
    again = assign(rows[order].lazy(), split).collect()
    assert found["\x1fpart"][order].to_list() == again["\x1fpart"].to_list()
    by_key: dict[tuple[str | None, int], int] = {}
    for key, part in zip(keys, found["\x1fpart"], strict=True):
        assert by_key.setdefault(key, part) == part
