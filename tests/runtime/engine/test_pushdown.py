"""What of a chain reaches the scan of a Parquet file on Polars: filters of comparisons, and the choice of columns."""

from __future__ import annotations

from pathlib import Path

import polars as pl

from mldsl.catalog.types import FLOAT, INT, STRING
from mldsl.plan.nodes import Filter, Select
from mldsl.runtime.engine.engine import Inputs, Room, open_engine
from tests.support.expressions import call, col


def optimized(tmp_path: Path, condition: object) -> str:
    """The plan of a filter and a choice of columns over a file."""
    path = tmp_path / "rows.parquet"
    pl.DataFrame({"n": [1, 2], "x": [1.5, 2.5], "s": ["a", "b"], "long": ["…", "…"]}).write_parquet(path)
    engine = open_engine("polars", Room({}, tmp_path))
    inputs: Inputs[pl.LazyFrame] = Inputs(engine.scan, lambda name: None)
    table = engine.apply(engine.scan(path), [Filter(condition=condition), Select(columns=("n",))], inputs)
    return str(table.explain())


def test_comparisons_joined_by_and_or_reach_the_scan(tmp_path):
    either = call("or", call("equal", col("s", STRING), "a"), call("less", col("n", INT), 5))
    plan = optimized(tmp_path, call("and", call("greater", col("x", FLOAT), 1.0), either))
    assert "SELECTION:" in plan and "FILTER" not in plan
    assert "PROJECT 3/4 COLUMNS" in plan or "PROJECT 1/4 COLUMNS" in plan


def test_what_may_fail_is_computed_where_it_is_guarded(tmp_path):
    guarded = call("and", call("not_equal", col("s", STRING), "a"), call("equal", call("int", col("s", STRING)), 3))
    assert "WITH_COLUMNS" in optimized(tmp_path, guarded)
