"""The examples, run as a user runs them, and their results beside the same pipelines written by hand."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pandas as pd
import pytest

from tests.support.by_hand import churn_scores, penguin_scores
from tests.support.cli import mldsl
from tests.support.examples import Done, as_good_as, first_run
from tests.support.watched import mldsl as watched
from tests.support.watched import webhook

# Two models of the same rows differ by chance: this much is what other seeds of the same pipeline differ by.
CHURN_NOISE = {"roc_auc": 0.008, "log_loss": 0.012, "brier": 0.006}
PENGUIN_NOISE = {"accuracy": 0.03, "balanced_accuracy": 0.03, "log_loss": 0.05}


@pytest.fixture(scope="module")
def churn(tmp_path_factory: pytest.TempPathFactory) -> Done:
    return first_run("churn", tmp_path_factory.mktemp("churn"))


@pytest.fixture(scope="module")
def penguins(tmp_path_factory: pytest.TempPathFactory) -> Done:
    return first_run("penguins", tmp_path_factory.mktemp("penguins"))


def test_churn_ends_well_in_under_a_minute(churn: Done) -> None:
    assert churn.status == 0, churn.err
    assert churn.document["status"] == "done"
    assert churn.document["seconds"] < 60
    kinds = [step["kind"] for step in churn.document["steps"]]
    assert set(kinds) == {"source", "check", "transform", "split", "model", "evaluate", "deploy", "monitor"}


def test_churn_puts_its_model_into_production_and_says_who_watches(churn: Done) -> None:
    nightly, watch = churn.step("nightly", "deploy"), churn.step("churn_watch", "monitor")
    assert (nightly["state"], nightly["details"]["state"]) == ("done", "champion")
    assert (watch["state"], watch["reason"]) == ("skipped", "`mldsl monitor churn_watch` looks at it")


def test_churn_has_every_outcome_of_a_check(churn: Done) -> None:
    found = churn.step("customers", "check")["expectations"]
    outcomes = {item["text"]: item["outcome"] for item in found}
    assert sorted(set(outcomes.values())) == ["passed", "quarantined", "warned"]
    by_hand = pd.read_csv(churn.program.parent / "data" / "customers.csv")
    ratio = by_hand["total_charges"] / (by_hand["tenure"] * by_hand["monthly_charges"])
    aside = next(item for item in found if item["outcome"] == "quarantined")
    assert aside["failing"] == ((ratio < 0.6) | (ratio > 1.4)).sum()
    assert "null_rate(total)" in next(item["text"] for item in found if item["outcome"] == "warned")


def test_churn_splits_every_customer_that_was_not_set_aside(churn: Done) -> None:
    parts = churn.tables("data")
    train, test = set(parts["data.train"]["id"]), set(parts["data.test"]["id"])
    assert not train & test
    assert len(train | test) == 7043 - 5
    assert len(test) / 7038 == pytest.approx(0.3, abs=0.02)
    shares = [part["churned"].mean() for part in parts.values()]
    assert shares[0] == pytest.approx(shares[1], abs=0.02)


def test_churn_is_as_good_as_by_hand(churn: Done) -> None:
    parts = churn.tables("data")
    data = churn.program.parent / "data"
    expected = churn_scores(data, parts["data.train"]["id"], parts["data.test"]["id"])
    as_good_as(churn, "churn_model on data.test", expected, CHURN_NOISE)


def test_penguins_is_short_and_ends_well(penguins: Done) -> None:
    assert len(penguins.program.read_text().splitlines()) < 15
    assert penguins.status == 0, penguins.err


def test_penguins_is_as_good_as_by_hand(penguins: Done) -> None:
    parts = penguins.tables("data")
    expected = penguin_scores(parts["data.train"], parts["data.test"])
    as_good_as(penguins, "species_model on data.test", expected, PENGUIN_NOISE)


def test_a_second_run_does_nothing_again(churn: Done) -> None:
    done = mldsl("run", churn.program, "--json")
    assert done.returncode == 0
    states = {step["state"] for step in json.loads(done.stdout)["steps"] if step["kind"] not in ("deploy", "monitor")}
    assert states == {"cached"}


def test_churn_is_watched(churn: Done, tmp_path: Path) -> None:
    """Prices that rise by half are drift: the pipeline is run again, and a webhook on this machine is told."""
    folder = shutil.copytree(churn.program.parent, tmp_path / "churn")
    fine = watched("monitor", "churn_watch", "--json", folder=folder)
    assert fine.status == 0, fine.stderr
    drift, roc_auc = json.loads(fine.stdout)["expectations"]
    assert drift["outcome"] == "passed"
    test = churn.step("churn_model on data.test", "evaluate")["metrics"]["roc_auc"]
    assert roc_auc["value"] == pytest.approx(test)  # of the rows that the model was not trained on
    customers = pd.read_csv(folder / "data" / "customers.csv")
    for name in ("monthly_charges", "total_charges"):
        customers[name] = (customers[name] * 1.5).round(2)
    customers.to_csv(folder / "data" / "customers.csv", index=False)
    assert watched("run", "churn.ml", "--scheduled", "nightly", folder=folder).status == 0
    with webhook() as (address, received):
        breach = watched("monitor", "churn_watch", "--json", folder=folder, env={"CHURN_WEBHOOK": address})
    assert breach.status == 3, breach.stderr
    found = json.loads(breach.stdout)
    actions = [(item["action"], item["state"]) for item in found["actions"]]
    assert actions == [("retrain", "requested"), ("notify", "done")]
    assert found["retrained"]["status"] == "done"
    assert [document["monitor"] for document in received] == ["churn_watch"]
