"""Small tables to learn from."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import polars as pl
import pytest

from mldsl.catalog.types import Type
from tests.support.learning import Bench, columns

KINDS = Type("enum", values=("setosa", "versicolor", "virginica"))


@pytest.fixture
def bench(tmp_path: Path) -> Bench:
    return Bench(tmp_path)


@pytest.fixture(scope="session")
def iris() -> pl.DataFrame:
    """Four features (`a` to `d`), and a target for every task."""
    from sklearn.datasets import load_iris

    data = load_iris()
    names = np.array(data.target_names)[data.target]
    frame = pl.DataFrame(data.data, schema=["a", "b", "c", "d"]).with_columns(
        kind=pl.Series(names.tolist()).cast(pl.Enum(list(KINDS.values))),
        large=pl.Series(data.target == 2),
        size=pl.Series(data.data[:, 2] * 2 + data.data[:, 0] + 0.1),
    )
    return frame.sample(fraction=1, shuffle=True, seed=3)


@pytest.fixture(scope="session")
def iris_features() -> object:
    return columns(a="float", b="float", c="float", d="float")


@pytest.fixture(scope="session")
def people() -> pl.DataFrame:
    """A column of every type; `stays` depends on age, plan and the note."""
    random = np.random.default_rng(0)
    rows = 240
    plan = random.choice(["basic", "pro", "team"], rows)
    age = random.normal(40, 10, rows)
    note = random.choice(["good service here", "bad service there", "no opinion"], rows)
    chance = age / 10 + 2 * (plan == "team") + 2 * (note == "good service here") + random.normal(0, 1.5, rows)
    frame = pl.DataFrame(
        {
            "age": age,
            "visits": random.integers(0, 9, rows),
            "plan": plan.tolist(),
            "city": random.choice([f"city {number}" for number in range(12)], rows).tolist(),
            "note": note.tolist(),
            "joined": pl.Series(random.integers(18_000, 19_500, rows)).cast(pl.Date),
            "seen": pl.Series(random.integers(0, 10**9, rows) * 1_000_000).cast(pl.Datetime("us")),
            "spent": pl.Series(random.integers(0, 10**6, rows) * 1_000_000).cast(pl.Duration("us")),
            "member": (random.random(rows) < 0.4).tolist(),
            "shape": pl.Series(random.normal(size=(rows, 3)).tolist(), dtype=pl.Array(pl.Float64, 3)),
            "house": random.integers(0, 40, rows),
            "stays": (chance > np.median(chance)).tolist(),
        }
    )
    gaps = [pl.when(pl.Series(random.random(rows) < 0.1)).then(None).otherwise(pl.col(name)).alias(name)
            for name in ("age", "plan", "city", "note", "joined", "member")]  # fmt: skip
    return frame.with_columns(gaps)


PLAN = Type("enum", nullable=True, values=("basic", "pro", "team"))


@pytest.fixture(scope="session")
def people_features() -> object:
    return columns(
        age="float?", visits="int", plan=PLAN, city="string?", note="text?", joined="date?", seen="datetime",
        spent="duration", member="bool?", shape=Type("vector", size=3),
    )  # fmt: skip
