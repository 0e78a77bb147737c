"""The guarantee, tried: programs on data of which only the test rows change, and the bytes of the model they fit."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl
from mldsl_local.backend import LocalBackend
from mldsl_local.options import RunOptions

import mldsl
from mldsl.plan.nodes import ModelBody, Plan, SplitBody, Step
from mldsl.runtime.engine.hashing import row_hash
from mldsl.runtime.store import Store, Stored, open_store
from mldsl.runtime.tables import scan_table

Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Trial:
    """A program in a folder of its own, and the plan that is run: the compiler's, or one that somebody meddled with."""

    program: Path
    plan: Plan

    @staticmethod
    def of(program: Path) -> Trial:
        loaded = mldsl.load(program)
        assert loaded.ok, [(item.code, item.message) for item in loaded.diagnostics]
        return Trial(program, loaded.plan())

    @property
    def store(self) -> Store:
        return open_store(".mldsl", self.program.parent)

    def step(self, kind: str) -> Step:
        return next(step for step in self.plan.steps if step.kind == kind)

    @property
    def split(self) -> SplitBody:
        body = self.step("split").body
        assert isinstance(body, SplitBody)
        return body

    @property
    def model(self) -> ModelBody:
        body = self.step("model").body
        assert isinstance(body, ModelBody)
        return body

    def outputs(self, to: str) -> dict[str, dict[str, Any]]:
        """Run what `to` needs; the outputs of that step."""
        result = LocalBackend().run(self.plan, RunOptions(self.program.parent, to=(to,), jobs=2))
        assert result.exit_status == 0, [(step.name, step.error) for step in result.steps if step.error]
        return next(step.outputs for step in result.steps if step.name == to and step.kind != "check")

    def table(self, to: str, output: str) -> pl.DataFrame:
        stored = self.outputs(to)[output]
        return scan_table(self.store.local(Stored(**stored))).collect()

    def fitted(self) -> str:
        """The digest of the model's bytes."""
        return str(self.outputs(self.step("model").name)["model"]["digest"])


# --- test rows -------------------------------------------------------------------------------------------------------


def test_rows(trial: Trial, frame: pl.DataFrame) -> Mask:
    """Which rows of the source are in the test part, for a table with a key."""
    name = trial.step("split").name
    key = trial.split.key[0]
    return frame[key].is_in(trial.table(name, "test")[key].implode()).to_numpy()


test_rows.__test__ = False  # type: ignore[attr-defined]  # a helper, whatever pytest makes of its name


def hashes(frame: pl.DataFrame, body: SplitBody) -> npt.NDArray[np.uint64]:
    """By what the rows are dealt out."""
    return row_hash(frame.lazy(), body.key, body.seed, "\x1fh", body.cuts).collect()["\x1fh"].to_numpy()


def may_change(frame: pl.DataFrame, body: SplitBody, in_test: Mask) -> tuple[Mask, int]:
    """The test rows that may trade their values, their classes too, and stay test rows, and the least of their hashes.

    Under a stratified split those are the rows beyond the last class's cut.
    """
    if body.stratify is None:
        return in_test, 0
    found = hashes(frame, body)
    column = frame[body.stratify]
    first = max(int(found[in_test & (column == value).to_numpy()].min()) for value in column.unique())
    return in_test & (found >= first), first


def traded(frame: pl.DataFrame, free: Mask, blocks: Sequence[Sequence[str]], seed: int = 0) -> pl.DataFrame:
    """The table with the values of each block of columns dealt out anew among the free rows."""
    random = np.random.default_rng(seed)
    places = np.flatnonzero(free)
    for block in blocks:
        order = np.arange(frame.height)
        order[places] = random.permutation(places)
        frame = frame.with_columns(frame.select(list(block))[order.tolist()])
    return frame


def traded_without_a_key(
    frame: pl.DataFrame, body: SplitBody, free: Mask, first: int, blocks: Sequence[Sequence[str]]
) -> pl.DataFrame:
    """As `traded`, for rows that are dealt out by all their values: every change that moved one would be undone.

    Two rows at a time trade a block, so that every class keeps its number of rows.
    """
    random = np.random.default_rng(0)
    for block in [*blocks] * 4:
        places = random.permutation(np.flatnonzero(free))
        left, right = places[: len(places) // 2], places[len(places) // 2 : 2 * (len(places) // 2)]
        order = np.arange(frame.height)
        order[left], order[right] = right, left
        beyond = hashes(frame.with_columns(frame.select(list(block))[order.tolist()]), body) >= first
        stay = ~(beyond[left] & beyond[right])
        order[left[stay]], order[right[stay]] = left[stay], right[stay]
        frame = frame.with_columns(frame.select(list(block))[order.tolist()])
    return frame


# --- generated programs ----------------------------------------------------------------------------------------------

SOURCE = """\
pipeline trial {{ seed: {seed} }}
source people = csv("people.csv") {{
  id:    int    key
  day:   date
  house: int
  area:  enum("north", "east", "south")
  city:  string
  note:  text
  a:     float
  b:     float?
  n:     int
  won:   bool
  rank:  enum("low", "mid", "top")
  price: float
}}
"""
KEPT = ("id", "day", "house", "area")
LABELS = ("won", "rank", "price")


def people(rows: int = 260, seed: int = 0) -> pl.DataFrame:
    """A table with something to learn, something to split by, and gaps."""
    random = np.random.default_rng(seed)
    house = random.integers(0, 45, rows)
    a, b = random.normal(size=rows), random.normal(size=rows)
    city = random.integers(0, 14, rows)
    score = a + np.sin(city) + 0.4 * np.cos(house) + random.normal(0, 0.7, rows)
    words = np.array(["loud", "calm", "near the park", "far away", "new windows"])
    return pl.DataFrame(
        {
            "id": np.arange(rows),
            "day": [date(2024, 1, 1) + timedelta(days=int(day)) for day in random.integers(0, 200, rows)],
            "house": house,
            "area": random.choice(["north", "east", "south"], rows).tolist(),
            "city": [f"city {number}" for number in city],
            "note": words[random.integers(0, len(words), rows)].tolist(),
            "a": a,
            "b": [None if gap else value for gap, value in zip(random.random(rows) < 0.1, b, strict=True)],
            "n": random.integers(0, 9, rows),
            "won": (score > 0).tolist(),
            "rank": np.array(["low", "mid", "top"])[np.digitize(score, (-0.6, 0.6))].tolist(),
            "price": score * 10 + 50,
        }
    )


def other(frame: pl.DataFrame, rows: Mask, seed: int = 1) -> pl.DataFrame:
    """The table with other features and other labels in these rows, some of values that no training row has."""
    random = np.random.default_rng(seed)
    count = int(rows.sum())
    new = {
        "city": random.choice(["city 1", "city 2", "atlantis"], count).tolist(),
        "note": random.choice(["calm", "words never heard", "near the sea"], count).tolist(),
        "a": random.normal(-40, 9, count),
        "b": [None if gap else 1e6 for gap in random.random(count) < 0.5],
        "n": random.integers(-900, 900, count),
        "won": random.random(count) < 0.2,
        "rank": random.choice(["low", "mid", "top"], count).tolist(),
        "price": random.normal(-1000, 300, count),
    }
    places = np.flatnonzero(rows)
    columns = []
    for name, values in new.items():
        cells = frame[name].to_list()
        for place, value in zip(places.tolist(), pl.Series(values, dtype=frame[name].dtype).to_list(), strict=True):
            cells[place] = value
        columns.append(pl.Series(name, cells, dtype=frame[name].dtype))
    return frame.with_columns(columns)


_SPLITS = ("", "stratify: {target}", "group: house", "time: day", "stratify: area")
_TARGETS = (("won", "binary"), ("rank", "multiclass"), ("price", "regression"))
_PREPARE = (
    "city: encode(target)\n    numeric: impute(median) | scale(standard)",
    "city, area: encode(target)\n    numeric: impute(mean) | scale(quantile)\n    note: embed(size: 4)",
    "city: encode(onehot)\n    numeric: impute(knn) | scale(robust) | pca(2)\n    note: tfidf(max_features: 20)",
    "city: encode(target)\n    numeric: impute(median) | scale(power) | polynomial(2) | select(4)",
)
_ALGORITHMS = {
    "binary": (
        ("logistic_regression", "C: 0.1..10.0 log"),
        ("random_forest", "n_estimators: 8..16"),
        ("gradient_boosting", "max_iter: 12\n    early_stopping: true\n    learning_rate: 0.05..0.5 log"),
        ("naive_bayes", ""),
        ("svm", "C: 0.1..10.0 log"),
    ),
    "multiclass": (
        ("decision_tree", "max_depth: 2..6"),
        ("logistic_regression", "C: 0.1..10.0 log"),
        ("gradient_boosting", "max_iter: 8\n    early_stopping: true\n    learning_rate: 0.05..0.5 log"),
    ),
    "regression": (
        ("ridge", "alpha: 0.1..10.0 log"),
        ("gradient_boosting", "max_iter: 12\n    early_stopping: true\n    learning_rate: 0.05..0.5 log"),
        ("knn", "n_neighbors: 3..9"),
    ),
}
_METRIC = {"binary": "roc_auc", "multiclass": "log_loss", "regression": "rmse"}
_DECISIONS = ("threshold: maximize(f1)", "calibrate: sigmoid", "calibrate: isotonic\n  threshold: maximize(mcc)", "")


def generated(number: int) -> str:
    """A program: each number another combination of split, task, preparation, algorithms, search and decisions."""
    random = np.random.default_rng(number)
    target, task = _TARGETS[(0, 0, 1, 2)[number % 4]]
    split = _SPLITS[number % len(_SPLITS)].format(target="area" if task == "regression" else target)
    shares = "train: 50%; validation: 20%; test: 30%" if random.random() < 0.4 else "train: 70%; test: 30%"
    rows = _ALGORITHMS[task]
    chosen = [rows[index] for index in random.permutation(len(rows))[: int(random.integers(1, 3))]]
    tuned = any(".." in body for _, body in chosen) and (len(chosen) > 1 or random.random() < 0.8)
    algorithms = [f"  algorithm {name} {{\n    {body if tuned else _fixed(body)}\n  }}" for name, body in chosen]
    goal = "minimize" if _METRIC[task] in ("log_loss", "rmse") else "maximize"
    tune = f"  tune {{ {goal}: {_METRIC[task]}; trials: 3; cv: 3 }}" if tuned else ""
    decision = _DECISIONS[(number + number // 4) % len(_DECISIONS)] if task == "binary" else ""
    prepare = _PREPARE[number // 2 % len(_PREPARE)]
    features = "features: a, b, n, city, area, note" if "note" in prepare else "features: a, b, n, city, area"
    body = "\n".join([f"  {features}", f"  prepare {{\n    {prepare}\n  }}", *algorithms, tune, f"  {decision}"])
    return (
        SOURCE.format(seed=number)
        + f"split data = people {{ {shares}{'; ' + split if split else ''} }}\n"
        + f"model m = predict {target} from data {{\n{body}\n}}\n"
    )


def with_other_test_rows(trial: Trial, frame: pl.DataFrame) -> pl.DataFrame:
    """The table of a generated program with everything else in its test rows, which stay its test rows.

    Under a split stratified by the target the labels trade places, so that every class keeps its number of rows.
    """
    rows = test_rows(trial, frame)
    found = other(frame, rows)
    if trial.split.stratify in LABELS:
        free, _ = may_change(frame, trial.split, rows)
        found = traded(found.with_columns(frame.select(LABELS)), free, [LABELS])
    return found


def _fixed(body: str) -> str:
    """The parameters without those that have a range."""
    return "\n    ".join(line.strip() for line in body.splitlines() if ".." not in line)
