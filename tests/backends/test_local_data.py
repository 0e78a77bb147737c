"""Tiny programs on real files, from text to artifacts: what runs again, what checks do, what is written."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

import mldsl
from mldsl.runs import RunResult

PROGRAM = """\
pipeline shop { seed: 1 }

param least: float = 0.5

source customers = csv("customers.csv") {
  id: int key
  plan: enum("basic", "pro")
  monthly: float?
  churned: bool
}

source orders = csv("orders.csv") {
  customer: int
  amount: float
}

check customers {
  expect unique(id)
  expect monthly between 0 and 1_000 else quarantine
  expect null_rate(monthly) <= 1% else warn
}

check orders { expect amount > 0; expect customer references customers.id else warn }

transform spend = orders {
  filter amount > least
  group by customer { total = sum(amount); orders = count() }
}

transform features = customers {
  left join spend on id == spend.customer
  derive total = total ?? 0.0
  derive orders = orders ?? 0
}

split data = features { train: 70%; test: 30%; stratify: churned }

model leaver = predict churned from data {
  algorithm logistic_regression
  algorithm decision_tree { max_depth: 3 }
}

evaluate leaver on data.test {
  expect accuracy >= 60%
  expect roc_auc >= 0.5
}
"""

JUDGED = "evaluate:leaver on data.test"
TRAINED = {"split:data", "model:leaver", JUDGED}
ALL = {
    "source:customers", "source:orders", "check:customers", "check:orders", "transform:spend", "transform:features",
    "split:data", "model:leaver", "evaluate:leaver on data.test",
}  # fmt: skip


@pytest.fixture
def shop(tmp_path: Path) -> Path:
    """The program and its data: who pays much and orders little leaves."""
    folder = tmp_path / "shop"
    folder.mkdir()
    customers = ["id,plan,monthly,churned"]
    orders = ["customer,amount"]
    for number in range(200):
        monthly = "" if number == 7 else 5000.0 if number in (3, 4) else number % 50
        leaves = number % 50 > 25
        customers.append(f"{number},{'pro' if number % 3 else 'basic'},{monthly},{str(leaves).lower()}")
        orders += [f"{number},{1.25 + order}" for order in range(number % 4)]
    (folder / "customers.csv").write_text("\n".join(customers) + "\n")
    (folder / "orders.csv").write_text("\n".join(orders) + "\n")
    path = folder / "shop.ml"
    path.write_text(PROGRAM)
    return path


def run(path: Path, **options: object) -> RunResult:
    params = options.pop("params", None)
    return mldsl.load(path, params=params).run(**options)  # type: ignore[arg-type]


def ran(result: RunResult) -> set[str]:
    return {step.id for step in result.steps if step.state in ("done", "failed")}


def digests(result: RunResult) -> dict[tuple[str, str], str]:
    return {(step.id, name): output["digest"] for step in result.steps for name, output in step.outputs.items()}


def change(path: Path, old: str, new: str) -> None:
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))


def test_a_program_runs_and_then_comes_from_the_store(shop: Path):
    first = run(shop)
    assert (first.status, first.exit_status) == ("done", 0), [step.error for step in first.steps if step.error]
    assert ran(first) == ALL
    second = run(shop)
    assert {step.state for step in second.steps} == {"cached"}
    assert digests(second) == digests(first)


@pytest.mark.parametrize(
    ("old", "new", "reruns"),
    [
        ("accuracy >= 60%", "accuracy >= 61%", {JUDGED}),
        ("max_depth: 3 }", "max_depth: 3 }; class_weight: balanced", {"model:leaver", JUDGED}),
        ("train: 70%; test: 30%", "train: 60%; test: 40%", TRAINED),
        ("null_rate(monthly) <= 1%", "null_rate(monthly) <= 2%", {"check:customers"}),
        ("orders ?? 0", "orders ?? -1", {"transform:features", *TRAINED}),
        ("amount: float", "amount: float # in euro", set()),
    ],
)  # fmt: skip
def test_a_changed_line_reruns_what_depends_on_it_and_nothing_else(shop: Path, old: str, new: str, reruns: set[str]):
    run(shop)
    change(shop, old, new)
    assert ran(run(shop)) == reruns


def test_a_changed_parameter_reruns_what_uses_it(shop: Path):
    run(shop)
    again = run(shop, params={"least": 2.0})
    assert "transform:spend" in ran(again)
    assert not ran(again) & {"source:customers", "source:orders", "check:customers", "check:orders"}


def test_a_changed_file_reruns_what_reads_it(shop: Path):
    run(shop)
    orders = shop.parent / "orders.csv"
    orders.write_text(orders.read_text() + "199,50.0\n")
    assert ran(run(shop)) == ALL - {"source:customers", "check:customers"}


def test_a_touched_file_reruns_nothing(shop: Path):
    run(shop)
    orders = shop.parent / "orders.csv"
    orders.write_bytes(orders.read_bytes())
    assert ran(run(shop)) == set()


def test_rows_set_aside_are_an_artifact_and_go_no_further(shop: Path, tmp_path: Path):
    result = run(shop, to="customers", output=tmp_path / "out")
    check = result.step("check:customers")
    assert check.state == "done"
    assert check.outputs["quarantined"]["rows"] == 2
    kept = pl.read_parquet(tmp_path / "out" / "customers.parquet")
    assert kept["id"].to_list() == [number for number in range(200) if number not in (3, 4)]
    outcomes = {item["text"]: item["outcome"] for item in check.details["expectations"]}
    assert outcomes["monthly between 0 and 1_000"] == "quarantined"
    assert outcomes["unique(id)"] == "passed"


def test_a_warning_is_told_and_stops_nothing(shop: Path):
    change(shop, "null_rate(monthly) <= 1%", "null_rate(monthly) <= 0.1%")
    result = run(shop)
    outcomes = {item["text"]: item["outcome"] for item in result.step("check:customers").details["expectations"]}
    assert outcomes["null_rate(monthly) <= 0.1%"] == "warned"
    assert result.exit_status == 0


def test_a_failing_check_stops_everything_behind_it_with_3(shop: Path):
    change(shop, "expect amount > 0", "expect amount > 2")
    result = run(shop)
    assert (result.status, result.exit_status) == ("failed", 3)
    states = {step.id: step.state for step in result.steps}
    assert states["check:orders"] == "failed"
    assert {id_ for id_, state in states.items() if state == "skipped"} == {
        "transform:spend", "transform:features", "split:data", "model:leaver", "evaluate:leaver on data.test",
    }  # fmt: skip
    assert states["check:customers"] == "done"


def test_data_that_does_not_fit_its_schema_fails_with_4(shop: Path):
    orders = shop.parent / "orders.csv"
    orders.write_text(orders.read_text() + "199,much\n")
    result = run(shop)
    assert result.exit_status == 4
    error = result.step("source:orders").error
    assert error is not None
    assert error.code == "ML212"
    assert "amount" in error.message


def test_a_missing_file_fails_with_4(shop: Path):
    (shop.parent / "orders.csv").unlink()
    result = run(shop)
    assert result.exit_status == 4
    assert result.step("source:customers").state == "done"
    assert "orders.csv" in result.step("source:orders").error.message  # type: ignore[union-attr]


def test_an_evaluation_that_is_not_met_gives_3_and_its_numbers(shop: Path):
    change(shop, "accuracy >= 60%", "accuracy <= 10%")
    result = run(shop)
    assert result.exit_status == 3
    document = result.step("leaver on data.test").document()
    assert document["state"] == "failed"
    assert 0 <= document["metrics"]["accuracy"] <= 1
    assert [item["outcome"] for item in document["expectations"]] == ["failed", "passed"]


# --- results where the user wants them --------------------------------------------------------------------------------


def test_a_table_is_written_as_its_readers_get_it(shop: Path, tmp_path: Path):
    result = run(shop, to="features", output=tmp_path / "out")
    assert not any(step.kind in ("split", "model", "evaluate") for step in result.steps)
    table = pl.read_parquet(tmp_path / "out" / "features.parquet")
    assert table.columns == ["id", "plan", "monthly", "churned", "total", "orders"]
    row = table.row(by_predicate=pl.col("id") == 2, named=True)
    assert (row["total"], row["orders"]) == (1.25 + 2.25, 2)


def test_a_part_a_model_and_an_evaluation_are_written_by_name(shop: Path, tmp_path: Path):
    for name in ("data.train", "leaver", "leaver on data.test"):
        run(shop, to=name, output=tmp_path / "out")
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == [
        "data.train.parquet",
        "leaver on data.test.json",
        "leaver.skops",
    ]
    found = json.loads((tmp_path / "out" / "leaver on data.test.json").read_text())
    assert found["metrics"]["roc_auc"] == pytest.approx(
        run(shop).step("leaver on data.test").details["metrics"]["roc_auc"]
    )


def test_both_parts_of_a_split_together_are_its_table(shop: Path, tmp_path: Path):
    run(shop, to="data", output=tmp_path / "out")
    run(shop, to="features", output=tmp_path / "out")
    parts = [pl.read_parquet(tmp_path / "out" / f"data.{part}.parquet") for part in ("train", "test")]
    whole = pl.read_parquet(tmp_path / "out" / "features.parquet")
    assert pl.concat(parts).sort("id").equals(whole.sort("id"))


# --- the same whatever happens around it ------------------------------------------------------------------------------


def test_artifacts_do_not_depend_on_the_number_of_workers(shop: Path, tmp_path: Path):
    serial = run(shop, jobs=1)
    again = run(shop, jobs=4, force=True)
    assert ran(again) == ALL
    assert digests(again) == digests(serial)


def test_a_dry_run_of_few_rows_runs_everything_and_leaves_nothing(shop: Path):
    before = sorted(shop.parent.rglob("*"))
    result = run(shop, dry_run=True, rows=80)
    assert result.exit_status == 0, [step.error for step in result.steps if step.error]
    assert ran(result) == ALL
    assert result.step("source:customers").outputs["table"]["rows"] == 80
    assert sorted(shop.parent.rglob("*")) == before
