"""A monitor of an endpoint: it looks at the log of predictions, whose keys are masked."""

from __future__ import annotations

import json
import shutil
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from sklearn.metrics import roc_auc_score

from mldsl import deployments
from mldsl.runtime.masking import masked, salt_of
from mldsl.runtime.predictions import log_folder
from mldsl.runtime.scoring import scorer
from tests.support.watched import later, mldsl, others, provide, webhook, write

NOW = datetime(2026, 3, 10, 12, tzinfo=UTC)
NAMES = {"rownames": "id", "female": "female", "tenure": "tenure", "internet_service": "internet",
         "contract": "contract", "monthly_charges": "monthly"}  # fmt: skip


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("endpoint")
    provide(folder, later(50))
    watched(folder, "drift(all) <= 0.2")
    done = mldsl("run", "leaving.ml", folder=folder)
    assert done.status == 0, done.stderr
    return folder


@pytest.fixture
def folder(trained: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(trained, tmp_path / "here"))


def watched(folder: Path, *expectations: str, actions: tuple[str, ...] = ()) -> None:
    write(folder, *expectations, actions=actions, target='endpoint("leaving")', deploy="")


def answer(folder: Path, rows: pl.DataFrame, at: datetime, *, keep: bool = False) -> pl.DataFrame:
    """Log what the champion says of raw rows, as the server does; the rows with the predictions."""
    registry = deployments.find("leaving", str(folder))
    version = registry.champion()
    assert version is not None
    named = rows.select(pl.col(raw).alias(name) for raw, name in NAMES.items()).with_columns(
        pl.col("female").cast(pl.Boolean), pl.col("monthly").cast(pl.Float64)
    )
    answers = pl.DataFrame(scorer(version, registry.store).score(named.to_dicts()))
    own = pl.DataFrame({"time": [at] * rows.height}, schema={"time": pl.Datetime("us", "UTC")}).with_columns(
        version=pl.lit(version.number), request=pl.lit("r")
    )
    logged = named
    if not keep:
        salt = salt_of(registry.store)
        hashes = [masked(value, salt) for value in named["id"]]
        logged = named.with_columns(pl.Series("id", hashes), pl.lit(None, pl.Boolean).alias("female"))
    place = folder / ".mldsl" / log_folder("leaving", at.date())
    place.mkdir(parents=True, exist_ok=True)
    file = place / f"{len(list(place.iterdir()))}.parquet"
    pl.concat([own, logged, answers], how="horizontal").write_parquet(file)
    return pl.concat([rows, answers], how="horizontal")


def looked(folder: Path, status: int = 0, now: datetime = NOW, **env: str) -> dict[str, Any]:
    moment = f"run_time={now:%Y-%m-%dT%H:%M:%S}"
    done = mldsl("monitor", "watch", "--json", "--set", moment, folder=folder, env=env)
    assert done.status == status, done.stderr
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def test_rows_of_the_last_day_are_compared_with_the_training(folder: Path):
    answer(folder, others(700), NOW - timedelta(hours=30))  # before the monitor's `every`
    answer(folder, later(500), NOW - timedelta(hours=20))
    answer(folder, later(900).tail(400), NOW - timedelta(hours=1))
    found = looked(folder)
    assert (found["outcome"], found["rows"], found["until"]) == ("passed", 900, "2026-03-10T11:00:00Z")
    assert {item["column"] for item in found["expectations"][0]["columns"]} == {
        "tenure",
        "internet",
        "contract",
        "monthly",
    }
    answer(folder, others(900), NOW - timedelta(minutes=5))
    found = looked(folder, 3)
    assert found["rows"] == 1_800
    assert "`internet`" in found["error"]["message"]


def test_an_endpoint_that_nobody_asks(folder: Path):
    found = looked(folder)
    assert (found["outcome"], found["rows"]) == ("inconclusive", 0)
    assert found["expectations"][0]["reason"].startswith("0 rows are too few to tell drift from chance")


@pytest.mark.parametrize("keep", [False, True])
def test_labels_find_masked_keys(folder: Path, keep: bool):
    watched(folder, "roc_auc over 7d >= 0.99")
    answer(folder, others(500), NOW - timedelta(days=9), keep=keep)
    first = answer(folder, later(400), NOW - timedelta(days=6), keep=keep)
    last = answer(folder, later(900).tail(500), NOW - timedelta(hours=1), keep=keep)
    provide(folder, later(50), later(900).head(700))
    (found,) = looked(folder, 3)["expectations"]
    assert (found["predictions"], found["labels"]) == (900, 700)
    rows = pl.concat([first, last]).head(700)
    assert found["value"] == pytest.approx(roc_auc_score(rows["churn"], rows["churned_probability"]))


def test_rows_that_never_stop_cause_no_second_action_within_the_day(folder: Path):
    watched(folder, "drift(all) <= 0.2", actions=('notify(secret("HOOK"))',))
    with webhook() as (address, received):
        for hours, count in ((0, 1), (1, 1), (25, 2)):
            moment = NOW + timedelta(hours=hours)
            answer(folder, others(600), moment - timedelta(minutes=1))
            looked(folder, 3, moment, HOOK=address)
            assert len(received) == count


def test_features_made_of_what_the_log_masks_are_not_compared(tmp_path: Path):
    provide(tmp_path, later(50))
    watched(tmp_path, "drift(all) <= 0.2")
    path = tmp_path / "leaving.ml"
    made = "transform features = customers { derive odd = id % 2; derive man = if female then 0 else 1 }"
    program = path.read_text().replace("split data = customers", f"{made}\nsplit data = features")
    path.write_text(program)
    done = mldsl("run", "leaving.ml", folder=tmp_path)
    assert done.status == 0, done.stderr
    answer(tmp_path, later(600), NOW - timedelta(hours=1))
    (found,) = looked(tmp_path)["expectations"]
    assert found["outcome"] == "passed"
    assert {item["column"] for item in found["columns"]} == {"tenure", "internet", "contract", "monthly"}
    assert "`odd` is not compared: the log masks `id`, of which it is made" in found["reason"]
    assert "`man` is not compared: the log masks `female`, of which it is made" in found["reason"]
