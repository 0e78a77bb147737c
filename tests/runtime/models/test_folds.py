"""Folds are of the outer split's kind."""

from __future__ import annotations

from datetime import datetime, timedelta

import numpy as np
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mldsl.plan.nodes import Folds
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.models.folds import Divider, make_divider


def check_partition(folds: list[tuple[np.ndarray, np.ndarray]], rows: int) -> None:
    judged = np.concatenate([judged for _, judged in folds])
    assert sorted(judged.tolist()) == list(range(rows)), "every row is judged once"
    for training, judged_rows in folds:
        assert not set(training.tolist()) & set(judged_rows.tolist())
        assert len(training) + len(judged_rows) == rows


@settings(max_examples=30, deadline=None)
@given(st.integers(10, 60), st.integers(2, 5), st.integers(0, 9))
def test_random_folds_judge_every_row_once(rows: int, count: int, seed: int) -> None:
    folds = Divider(rows).folds(count, seed)
    check_partition(folds, rows)
    again = Divider(rows).folds(count, seed)
    assert all((a == b).all() for one, other in zip(folds, again, strict=True) for a, b in zip(one, other, strict=True))


def test_classes_have_about_the_same_shares_in_every_fold() -> None:
    target = np.array([0] * 80 + [1] * 20)
    for _, judged in Divider(100, target, classes=("no", "yes")).folds(5, 0):
        assert target[judged].sum() == 4


@settings(max_examples=30, deadline=None)
@given(st.lists(st.integers(0, 15), min_size=20, max_size=60), st.integers(2, 4), st.booleans(), st.integers(0, 3))
def test_a_group_is_never_on_both_sides(groups: list[int], count: int, classes: bool, seed: int) -> None:
    found = np.array(groups)
    strata = np.arange(len(found)) % 2 if classes else None
    divider = Divider(len(found), strata, groups=found)
    if len(np.unique(found)) < count:
        with pytest.raises(StepFailed, match="folds by group need"):
            divider.folds(count, seed)
        return
    folds = divider.folds(count, seed)
    check_partition(folds, len(found))
    for training, judged in folds:
        assert not set(found[training]) & set(found[judged])


@settings(max_examples=40, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=12, max_size=60), st.integers(2, 4))
def test_by_time_the_past_judges_the_future_and_ties_stay_together(times: list[int], count: int) -> None:
    found = np.array(times)
    try:
        folds = Divider(len(found), times=found).folds(count, 0)
    except StepFailed as error:
        assert "stretches of time" in error.message
        return
    assert len(folds) == count
    for training, judged in folds:
        assert found[training].max() < found[judged].min()
    sizes = [len(training) for training, _ in folds]
    assert sizes == sorted(sizes), "the window expands"
    assert max(found) in found[folds[-1][1]], "the latest rows are judged"


def test_by_time_and_group_the_judged_groups_are_not_learned_from() -> None:
    times, groups = np.arange(40), np.arange(40) % 7
    for training, judged in Divider(40, groups=groups, times=times).folds(3, 0):
        assert not set(groups[training]) & set(groups[judged])


def test_columns_of_any_type_divide() -> None:
    start = datetime(2024, 1, 1)
    frame = pl.DataFrame({
        "at": [start + timedelta(days=day) for day in range(30)], "who": [f"p{number % 6}" for number in range(30)],
        "kind": [None, "a", "b"] * 10,
    })  # fmt: skip
    by_time = make_divider(Folds(time="at"), frame, None, ()).folds(2, 0)
    assert [len(judged) for _, judged in by_time] == [10, 10]
    by_group = make_divider(Folds(group="who"), frame, None, ()).folds(3, 0)
    assert all(len({index % 6 for index in judged}) == 2 for _, judged in by_group)
    by_kind = make_divider(Folds(stratify="kind"), frame, None, ()).folds(5, 0)
    assert all(len({index % 3 for index in judged}) == 3 for _, judged in by_kind)


@pytest.mark.parametrize(
    ("divider", "count", "message"),
    [
        (Divider(3), 5, "5 folds need 5 training rows, and there are 3"),
        (
            Divider(10, np.array([0] * 9 + [1]), classes=("no", "yes")), 3,
            "the class `yes` has 1 training row, too few for 3 folds",
        ),
        (Divider(8, groups=np.array([0, 1] * 4)), 3, "3 folds by group need 3 groups, and the training rows have 2"),
        (Divider(8, times=np.array([0, 1] * 4)), 3, "3 folds by time need 4 stretches of time"),
    ],
)  # fmt: skip
def test_rows_that_do_not_suffice_are_named(divider: Divider, count: int, message: str) -> None:
    with pytest.raises(StepFailed) as caught:
        divider.folds(count, 0)
    assert caught.value.message.startswith(message)


def test_rows_that_have_lost_what_the_split_goes_by_cannot_be_divided() -> None:
    divider = make_divider(Folds(lost=("data.day",)), pl.DataFrame({"x": range(20)}), None, ())
    for ask in (divider.folds, divider.take(np.arange(12)).folds, divider.folds_up_to):
        with pytest.raises(StepFailed, match=r"as the split `data` divides its table: they have lost its `day`"):
            ask(5, 0)
    assert not divider.at_random
