"""What must not be on both sides of a split is found in the data: on real tables, leaking and clean."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mldsl.plan.nodes import SplitBody
from mldsl.runtime.execute import StepOutcome
from tests.support.cli import ROOT, mldsl
from tests.support.steps import Bench

SHARES = (("train", 0.7), ("test", 0.3))


def numbered(frame: pl.DataFrame) -> pl.DataFrame:
    return frame.with_row_index("id").cast({"id": pl.Int64})


@pytest.fixture(scope="module")
def cancer() -> pl.DataFrame:
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer()
    return pl.DataFrame(data.data, schema=[f"x{number}" for number in range(30)]).with_columns(y=pl.Series(data.target))


def split(folder: Path, frame: pl.DataFrame, **options: Any) -> StepOutcome:
    bench = Bench(folder)
    bench.table("rows", frame)
    return bench.run(SplitBody(table="rows", shares=SHARES, **{"key": ("id",), **options}), "data")


KINDS: list[dict[str, Any]] = [{}, {"stratify": "y"}, {"group": "house"}]


@pytest.mark.parametrize("kind", KINDS)
def test_rows_copied_under_new_keys_are_an_error(kind: dict[str, Any], cancer: pl.DataFrame, tmp_path: Path) -> None:
    """The rare class made more frequent by copies, before anybody split: a classic."""
    copied = numbered(pl.concat([cancer, cancer.filter(pl.col("y") == 0)]))
    copied = copied.with_columns(house=pl.col("id") % 60) if "group" in kind else copied
    outcome = split(tmp_path, copied, **kind)
    assert outcome.error is not None
    assert (outcome.error.code, outcome.error.exit_status) == ("ML310", 4)
    names = "`id`, `house`" if "group" in kind else "`id`"
    assert outcome.error.message.endswith(f"are in `train`, too, but for {names} (p.ml:2:1)")
    assert "distinct on" in (outcome.error.help or "")


def test_copies_count_only_once_they_matter(cancer: pl.DataFrame, tmp_path: Path) -> None:
    few = numbered(pl.concat([cancer, cancer[:3]]))
    assert split(tmp_path, few).error is None


@pytest.mark.parametrize("kind", [*KINDS, {"time": "id"}])
def test_a_table_without_copies_is_fine(kind: dict[str, Any], cancer: pl.DataFrame, tmp_path: Path) -> None:
    assert split(tmp_path, numbered(cancer).with_columns(house=pl.col("id") % 60), **kind).error is None


def test_without_a_key_copies_stay_together(cancer: pl.DataFrame, tmp_path: Path) -> None:
    copied = pl.concat([cancer, cancer])
    for kind in ({}, {"stratify": "y"}):
        assert split(tmp_path / str(len(kind)), copied, key=(), **kind).error is None


@pytest.mark.parametrize("name", ["churn", "penguins"])
def test_rows_of_few_values_that_meet_by_chance_are_fine(name: str, tmp_path: Path) -> None:
    data = {"churn": "customers", "penguins": "penguins"}[name]
    frame = pl.read_csv(ROOT / "examples" / name / "data" / f"{data}.csv", null_values="NA")
    frame = numbered(frame.drop("rownames", strict=False))
    copies = frame.height - frame.drop("id").n_unique()
    assert copies == {"churn": 22, "penguins": 0}[name]
    label = {"churn": "churn", "penguins": "species"}[name]
    assert split(tmp_path, frame, stratify=label).error is None


def test_few_columns_repeat_themselves(tmp_path: Path) -> None:
    frame = pl.DataFrame({"id": range(2000), "price": [number % 50 + 0.5 for number in range(2000)]})
    frame = frame.with_columns(y=pl.col("price") > 25)
    assert split(tmp_path, frame).error is None


# --- entities --------------------------------------------------------------------------------------------------------


def test_an_entity_on_both_sides_is_an_error(cancer: pl.DataFrame, tmp_path: Path) -> None:
    visits = numbered(cancer).with_columns(patient=pl.col("id") // 3)
    outcome = split(tmp_path, visits, entity=("patient",))
    assert outcome.error is not None
    assert (outcome.error.code, outcome.error.exit_status) == ("ML305", 4)
    assert "values of `patient` are in more than one part; the first is" in outcome.error.message
    assert outcome.error.help == "keep them together: `group: patient`"


@pytest.mark.parametrize("kind", [{"group": "patient"}, {"time": "id"}])
def test_a_group_or_time_keeps_entities_apart(kind: dict[str, Any], cancer: pl.DataFrame, tmp_path: Path) -> None:
    visits = numbered(cancer).with_columns(patient=pl.col("id") // 3)
    assert split(tmp_path, visits, entity=("patient",), **kind).error is None


def test_an_entity_of_one_row_each_is_fine(cancer: pl.DataFrame, tmp_path: Path) -> None:
    once = numbered(cancer).with_columns(patient=pl.col("id") * 7)
    assert split(tmp_path, once, entity=("patient",)).error is None


def test_a_repeated_key_whose_group_differs_is_an_error(cancer: pl.DataFrame, tmp_path: Path) -> None:
    twice = numbered(cancer).with_columns(house=pl.col("id") % 60, id=pl.col("id") // 2)
    outcome = split(tmp_path, twice, group="house")
    assert outcome.error is not None and outcome.error.code == "ML305"
    assert split(tmp_path / "plain", twice).error is None, "one key, one hash"


def test_the_command_line_says_so_and_ends_with_4(cancer: pl.DataFrame, tmp_path: Path) -> None:
    numbered(pl.concat([cancer, cancer])).write_csv(tmp_path / "cells.csv")
    fields = "\n".join(f"  x{number}: float" for number in range(30))
    program = tmp_path / "cells.ml"
    program.write_text(
        f'pipeline cells\nsource cells = csv("cells.csv") {{\n  id: int key\n{fields}\n  y: int\n}}\n'
        "check cells { expect rows() > 1 }\nsplit data = cells { train: 70%; test: 30% }\n"
        "model m = predict y from data { algorithm ridge }\nevaluate m on data.test { expect r2 > -9 }\n"
    )
    done = mldsl("run", program, "--json")
    assert done.returncode == 4
    step = next(item for item in json.loads(done.stdout)["steps"] if item["kind"] == "split")
    assert (step["state"], step["error"]["code"]) == ("failed", "ML310")
    assert "cells.ml:" in step["error"]["message"] and step["error"]["message"] in done.stderr
