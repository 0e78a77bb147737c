"""`mldsl monitor`: what a deployment predicts is looked at, told, and acted upon."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from scipy.spatial.distance import jensenshannon
from sklearn.metrics import roc_auc_score

from mldsl import deployments
from tests.support.watched import customers, later, mldsl, others, provide, webhook, write

DRIFT = "drift(all) <= 0.2"


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the model is in production and has scored a batch like the training rows."""
    folder = tmp_path_factory.mktemp("trained")
    provide(folder, later(1_500))
    write(folder, DRIFT)
    done = mldsl("run", "leaving.ml", folder=folder)
    assert done.status == 0, done.stderr
    assert "`mldsl monitor watch` looks at it" in done.stderr
    return folder


@pytest.fixture
def folder(trained: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained, tmp_path / "here"))


def batch(folder: Path, today: pl.DataFrame, known: pl.DataFrame | None = None, day: str = "2026-02-01") -> None:
    """Score other rows with the champion."""
    provide(folder, today, known)
    done = mldsl("run", "leaving.ml", "--set", f"run_date={day}", folder=folder)
    assert done.status == 0, done.stderr


def looked(folder: Path, *words: str, status: int = 0) -> dict[str, Any]:
    done = mldsl("monitor", "watch", "leaving.ml", "--json", *words, folder=folder)
    assert done.status == status, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    assert found["exit_status"] == status
    return found


def kinds(folder: Path) -> list[str]:
    return [event.kind for event in deployments.find("nightly", str(folder)).events()]


# --- what is found ---------------------------------------------------------------------------------------------------


def test_a_batch_like_the_training_rows_is_fine(folder: Path):
    done = mldsl("monitor", "watch", folder=folder)
    assert done.status == 0, done.stderr
    assert "watch of version 1 of nightly: passed" in done.stdout
    lines = [line.split() for line in done.stdout.splitlines() if line.endswith("fine")]
    assert sorted(line[0] for line in lines) == ["contract", "internet", "monthly", "tenure"]
    assert kinds(folder)[-1] == "monitor"
    assert "monitor" in mldsl("models", "nightly", folder=folder).stdout


def test_other_customers_are_a_breach(folder: Path):
    batch(folder, others(800))
    found = looked(folder, status=3)
    assert (found["outcome"], found["model_version"], found["rows"]) == ("breach", 1, 800)
    (expectation,) = found["expectations"]
    assert expectation["outcome"] == "failed" and expectation["threshold"] == 0.2
    columns = {item["column"]: item for item in expectation["columns"]}
    training = deployments.find("nightly", str(folder)).version(1).reference
    assert training is not None
    old = pl.read_parquet(folder / ".mldsl" / training.path)["internet"].cast(pl.String)
    share = [(old == name).mean() for name in ("No", "DSL", "Fiber optic")]
    assert columns["internet"]["distance"] == pytest.approx(jensenshannon(share, [0, 0, 1], base=2))
    assert columns["internet"]["beyond_chance"] and not columns["tenure"]["distance"] > 0.5
    assert expectation["value"] == max(item["distance"] for item in columns.values() if item["beyond_chance"])
    registry = deployments.find("nightly", str(folder))
    last = registry.last()
    assert last is not None and last.kind == "breach" and last.version == 1
    assert "`internet`" in str(last.reason) and last.details["expectations"] == found["expectations"]


def test_it_is_kept_as_a_run(folder: Path):
    found = looked(folder)
    shown = json.loads(mldsl("show", found["run"], "--json", folder=folder).stdout)
    (step,) = [item for item in shown["steps"] if item["kind"] == "monitor"]
    assert (step["name"], step["state"], step["details"]["outcome"]) == ("watch", "done", "passed")
    again = looked(folder)
    assert again["run"] != found["run"]  # looking is never taken from the store
    assert again["expectations"] == found["expectations"]


def test_ten_rows_are_neither_an_alarm_nor_a_pass(folder: Path):
    batch(folder, others(10))
    found = looked(folder)
    assert found["outcome"] == "inconclusive"
    assert found["expectations"][0]["reason"] == (
        "10 rows are too few to tell drift from chance: at least 30 are needed"
    )
    assert "`drift(all) <= 0.2` is not decided: 10 rows are too few" in found["warnings"][0]


def test_predictions_and_nulls_are_watched_too(folder: Path):
    write(folder, "prediction_drift() <= 0.1", "null_rate(monthly) <= 5%", "drift(monthly, method: psi) <= 0.25")
    without = others(600).with_columns(
        monthly_charges=pl.when(pl.int_range(pl.len()) % 10 == 0).then(None).otherwise(pl.col("monthly_charges"))
    )
    batch(folder, without)
    prediction, null, psi = looked(folder, status=3)["expectations"]
    assert prediction["outcome"] == "failed"
    assert [item["column"] for item in prediction["columns"]] == ["churned_predicted", "churned_probability"]
    assert (null["outcome"], null["value"]) == ("failed", pytest.approx(0.1))
    assert psi["columns"][0]["measure"] == "PSI" and psi["outcome"] == "failed"


# --- labels ----------------------------------------------------------------------------------------------------------


def test_a_metric_once_labels_are_there(folder: Path):
    write(folder, "roc_auc over 30d >= 0.75")
    rows = later(1_500)
    batch(folder, rows, rows)
    (found,) = looked(folder)["expectations"]
    scores = pl.read_parquet(folder / "scores" / "2026-02-01.parquet").join(rows, left_on="id", right_on="rownames")
    assert found["value"] == pytest.approx(roc_auc_score(scores["churn"], scores["churned_probability"]))
    assert (found["outcome"], found["labels"]) == ("passed", found["predictions"])


def test_labels_that_never_come_are_said_and_no_breach(folder: Path):
    write(folder, "roc_auc over 30d >= 0.99")
    found = looked(folder)
    assert found["outcome"] == "inconclusive"
    assert found["expectations"][0]["reason"] == ("no label has come for the 1,500 predictions of the last 30 days")


def test_labels_that_come_in_part_are_counted(folder: Path):
    write(folder, "roc_auc over 30d >= 0.99")
    rows = later(1_500)
    provide(folder, rows, rows.head(12))
    assert "12 labels have come for the 1,500 predictions" in looked(folder)["expectations"][0]["reason"]
    provide(folder, rows, rows.head(400))
    found = looked(folder, status=3)["expectations"][0]
    assert (found["labels"], found["predictions"], found["outcome"]) == (400, 1_500, "failed")


def test_rows_that_the_model_was_trained_on_do_not_count(folder: Path):
    write(folder, "roc_auc over 30d >= 0.5")
    rows = customers().slice(3_400, 1_000)  # six hundred of them are of the table that was split
    batch(folder, rows, rows)
    done = mldsl("run", "leaving.ml", "--to", "data.train", "--output", "out", folder=folder)
    assert done.status == 0, done.stderr
    train = pl.read_parquet(folder / "out" / "data.train.parquet")
    unseen = rows.filter(~pl.col("rownames").is_in(train["id"].implode()))
    assert 500 < unseen.height < 700
    (found,) = looked(folder)["expectations"]
    assert (found["labels"], found["trained_on"]) == (1_000, 1_000 - unseen.height)
    scores = pl.read_parquet(folder / "scores" / "2026-02-01.parquet").join(unseen, left_on="id", right_on="rownames")
    assert found["value"] == pytest.approx(roc_auc_score(scores["churn"], scores["churned_probability"]))


def test_predictions_before_the_period_do_not_count(folder: Path):
    write(folder, "roc_auc over 1h >= 0.5")
    rows = later(1_500)
    provide(folder, rows, rows)
    found = looked(folder, "--set", "run_time=2099-01-01T00:00:00")["expectations"][0]
    assert found["reason"] == "there are no predictions in the last 1 hour"


def test_two_labels_for_one_row_are_an_error(folder: Path):
    write(folder, "roc_auc over 30d >= 0.5")
    path = folder / "leaving.ml"
    path.write_text(
        path.read_text().replace("check outcomes { expect unique(id) }", "check outcomes { expect rows() > 0 }")
    )
    rows = later(100)
    provide(folder, later(1_500), pl.concat([rows, rows.head(3)]))
    done = mldsl("monitor", "watch", folder=folder)
    assert done.status == 4
    assert "`outcomes` has several labels for one row: 3 rows repeat the key `id` of another" in done.stderr


# --- what a breach causes --------------------------------------------------------------------------------------------


def test_retrain_and_notify_in_this_order_and_once_for_a_batch(folder: Path):
    write(folder, DRIFT, actions=("retrain", 'notify(secret("HOOK"))'))
    batch(folder, others(800))
    with webhook() as (address, received):
        done = mldsl("monitor", "watch", "--json", folder=folder, env={"HOOK": address})
        assert done.status == 3, done.stderr
        found = json.loads(done.stdout)
        again = mldsl("monitor", "watch", "--json", folder=folder, env={"HOOK": address})
    assert [(item["action"], item["state"]) for item in found["actions"]] == [
        ("retrain", "requested"),
        ("notify", "done"),
    ]
    assert found["retrained"]["status"] == "done"
    (document,) = received
    assert (document["event"], document["monitor"], document["pipeline"]) == ("breach", "watch", "leaving")
    assert document["text"].startswith("leaving: `watch` found a breach. version 2 of `nightly`: `drift(all) <= 0.2`")
    told = kinds(folder)
    assert told.index("breach") < told.index("action") < told.index("retrained")
    assert again.status == 3
    assert "s3cret-path" not in done.stdout + done.stderr + again.stdout + again.stderr
    assert not [path for path in folder.rglob("*") if path.is_file() and b"s3cret-path" in path.read_bytes()]


def test_its_own_schedule_retrains_as_well(folder: Path):
    write(folder, DRIFT, actions=("retrain",))
    batch(folder, others(800))
    done = mldsl("run", "leaving.ml", "--scheduled", "watch", "--json", folder=folder)
    assert done.status == 3, done.stderr
    assert json.loads(done.stdout)["pipeline"] == "leaving/watch"
    assert kinds(folder)[-1] == "retrained"


def test_nothing_is_done_twice_for_the_same_rows_and_again_for_new_ones(folder: Path):
    write(folder, DRIFT, actions=('notify(secret("HOOK"))',))
    batch(folder, others(800))
    with webhook() as (address, received):
        for _ in range(2):
            done = mldsl("monitor", "watch", "--json", folder=folder, env={"HOOK": address})
        assert len(received) == 1
        assert json.loads(done.stdout)["actions"][0]["state"] == "skipped"
        batch(folder, others(700), day="2026-02-02")
        mldsl("monitor", "watch", folder=folder, env={"HOOK": address})
        assert len(received) == 2


def test_a_notification_that_fails_is_told_and_tried_again(folder: Path):
    write(folder, DRIFT, actions=('notify(secret("HOOK"))',))
    batch(folder, others(800))
    with webhook(500) as (address, _):
        done = mldsl("monitor", "watch", folder=folder, env={"HOOK": address})
        assert done.status == 3
        assert '`notify` failed: `secret("HOOK")` answered with status 500' in done.stdout
    done = mldsl("monitor", "watch", folder=folder)
    assert done.status == 3
    assert "the secret `HOOK` is not set" in done.stdout
    with webhook() as (address, received):
        mldsl("monitor", "watch", folder=folder, env={"HOOK": address})
        assert len(received) == 1


def test_rollback_goes_back_to_the_version_before(folder: Path):
    write(folder, DRIFT, actions=("rollback",))
    provide(folder, others(800), training=3_000)
    assert mldsl("run", "leaving.ml", folder=folder).status == 0
    registry = deployments.find("nightly", str(folder))
    assert registry.state().champion == 2
    found = looked(folder, status=3)
    assert found["actions"] == [{"action": "rollback", "state": "done", "message": "version 1 is in production again"}]
    assert registry.state().champion == 1


# --- what is wrong ---------------------------------------------------------------------------------------------------


def test_what_is_not_deployed_cannot_be_watched(tmp_path: Path):
    provide(tmp_path, later(100))
    write(tmp_path, DRIFT)
    done = mldsl("monitor", "watch", folder=tmp_path)
    assert done.status == 4
    assert "`nightly` is not deployed yet, so that there is nothing to watch" in done.stderr


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["wach"], "did you mean `watch`?"),
        (["zzz"], "there is `watch`"),
        (["watch", "--in", "nowhere"], "there is no directory `nowhere`"),
        (["nightly", "leaving.ml"], "`nightly` is a deployment"),
    ],
)
def test_a_monitor_that_there_is_not(tmp_path: Path, words: list[str], said: str):
    write(tmp_path, DRIFT)
    done = mldsl("monitor", *words, folder=tmp_path)
    assert (done.status, done.stdout) == (2, "")
    assert said in done.stderr


def test_several_programs_with_one_name(tmp_path: Path):
    write(tmp_path, DRIFT)
    (tmp_path / "more").mkdir()
    write(tmp_path / "more", DRIFT)
    done = mldsl("monitor", "watch", folder=tmp_path)
    assert done.status == 2
    assert "say which: `mldsl monitor watch FILE`" in done.stderr


def test_customers_are_as_the_tests_need_them():
    assert customers().height > 7_000 and others(800).height == 800
