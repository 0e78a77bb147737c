"""The same bytes whatever the number of threads: tables, sums of floats, order of rows."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from mldsl.catalog.types import DATE, FLOAT, INT, STRING
from mldsl.plan.expressions import Order
from mldsl.plan.nodes import (
    Bound,
    CheckBody,
    Derive,
    Distinct,
    Expectation,
    Filter,
    Group,
    Join,
    Sample,
    Sort,
    SplitBody,
    SqlForm,
    TransformBody,
    Union,
)
from tests.support.engines import ENGINES
from tests.support.expressions import call, col, nullable, window
from tests.support.steps import specs, transform

ROWS = 60_000
ID, G, X, S, D = col("id", INT), col("g", INT), col("x", FLOAT), col("s", STRING), col("d", DATE)
ALL = {"id": INT, "g": INT, "x": FLOAT, "s": STRING, "d": DATE}


def bound(**values: object) -> tuple[Bound, ...]:
    return tuple(Bound(name=name, value=value) for name, value in values.items())  # type: ignore[arg-type]


SPREAD = bound(sum=call("sum", X), mean=call("mean", X), std=call("std", X), n=call("count"), first=call("first", S))
SPREAD_TYPES = {"sum": nullable(FLOAT), "mean": nullable(FLOAT), "std": nullable(FLOAT), "n": INT, "first": STRING}
BODIES = {
    "rows": transform("rows", ALL, Filter(condition=call("greater", X, 0.0)), Derive(bindings=bound(x=call("exp", X)))),
    "by_number": transform("rows", {"g": INT, **SPREAD_TYPES}, Group(keys=("g",), bindings=SPREAD)),
    "by_text": transform("rows", {"s": STRING, **SPREAD_TYPES}, Group(keys=("s",), bindings=SPREAD)),
    "by_all": transform("rows", SPREAD_TYPES, Group(bindings=SPREAD)),
    "windows": transform(
        "rows",
        {"id": INT, "whole": FLOAT, "running": FLOAT, "rolling": FLOAT, "before": nullable(FLOAT), "rank": INT},
        Derive(
            bindings=bound(
                whole=window("sum", X, partition=["s"]),
                running=window("sum", X, partition=["g"], order=["d"]),
                rolling=window("mean", X, order=["d"], rows=7),
                before=window("lag", X, partition=["g"], order=["d"]),
                rank=window("rank", partition=["g"], order=["d"]),
            )
        ),
    ),
    "joined": transform(
        "rows",
        {"id": INT, "x": FLOAT, "w": nullable(FLOAT)},
        Join(how="left", table="other", on=(("g", "k"),)),
        Sort(keys=(Order(column="s"), Order(column="d", descending=True))),
    ),
    "distinct": transform(
        "rows", ALL, Sort(keys=(Order(column="d"),)), Distinct(columns=("s", "g"), order=(Order(column="d"),))
    ),
    "union": transform("rows", ALL, Union(table="rows"), Distinct(), Sample(share=0.3, key=("id",))),
    "sql": TransformBody(
        action=SqlForm(text="select s, sum(x) as total from {rows} group by s"),
        columns=specs({"s": STRING, "total": nullable(FLOAT)}),
    ),
    "split": SplitBody(table="rows", shares=(("train", 0.7), ("test", 0.3)), key=("id",), stratify="s"),
    "check": CheckBody(
        table="rows",
        expectations=(
            Expectation(text="mean", condition=call("less", call("mean", X), -1.0), level="table", otherwise="warn"),
            Expectation(text="x > 0", condition=call("greater", X, 0.0), otherwise="quarantine"),
        ),
    ),
}


def digests(engine: str, threads: int, count: int = ROWS) -> dict[str, object]:
    """In a process of its own: every body on the same tables, and what comes out."""
    import tempfile

    import numpy as np
    import polars as pl

    from mldsl.runtime.engine.duckdb.database import database
    from tests.support.steps import Bench, using

    database().connection.execute(f"SET threads = {threads}")
    random = np.random.default_rng(0)
    rows = pl.DataFrame(
        {
            "id": np.arange(count),
            "g": random.integers(0, 300, count),
            "x": random.normal(size=count) * 10.0 ** random.integers(-6, 6, count),
            "s": [f"s{i}" for i in random.integers(0, 40, count)],
            "d": pl.Series(random.integers(0, 500, count), dtype=pl.Int32).cast(pl.Date),
        }
    )
    other = pl.DataFrame({"k": random.integers(0, 200, 400), "w": random.normal(size=400)})
    found: dict[str, object] = {}
    with tempfile.TemporaryDirectory() as folder, using(engine):
        bench = Bench(Path(folder))
        bench.table("rows", rows)
        bench.table("other", other)
        for name, body in BODIES.items():
            outcome = bench.run(body, name)
            assert outcome.record is not None, (name, outcome.error)
            found[name] = {key: item.digest for key, item in outcome.record.outputs.items()}
            found[name]["details"] = outcome.record.details  # type: ignore[index]
    return found


@pytest.mark.parametrize("engine", ENGINES)
def test_threads_do_not_matter(engine: str) -> None:
    results = [_apart(engine, threads) for threads in (1, 5)]
    for name in BODIES:
        assert results[0][name] == results[1][name], name


def _apart(engine: str, threads: int) -> dict[str, object]:
    root = str(Path(__file__).parents[2])
    code = f"from tests.runtime.test_determinism import digests; print(json.dumps(digests({engine!r}, {threads})))"
    done = subprocess.run(
        [sys.executable, "-c", f"import json; {code}"], check=True, capture_output=True, text=True,
        env={**os.environ, "PYTHONPATH": root, "POLARS_MAX_THREADS": str(threads)},
    )  # fmt: skip
    found: dict[str, object] = json.loads(done.stdout)
    return found
