"""A deployment lives on a real Airflow as it does here: approved, scored on a schedule, watched, trained again."""

from __future__ import annotations

import json

import pytest
from polars.testing import assert_frame_equal

from tests.support.live.airflow_runs import AirflowRuns
from tests.support.live.life import FIRST, SECOND, Life, OnAirflow, lived_here, lived_on_airflow

pytestmark = pytest.mark.slow


@pytest.fixture(scope="module")
def here(tmp_path_factory: pytest.TempPathFactory) -> Life:
    return lived_here(tmp_path_factory.mktemp("here") / "leaving")


@pytest.fixture(scope="module")
def there(on_airflow, tmp_path_factory: pytest.TempPathFactory) -> OnAirflow:
    return lived_on_airflow(tmp_path_factory.mktemp("there") / "leaving", on_airflow.runs)


def test_each_run_ends_as_it_should(there: OnAirflow):
    """The run of a monitor that finds a breach is a failed one."""
    assert there.states == {
        "training": "success",
        "batch": "success",
        "fine": "success",
        "batch again": "success",
        "breach": "failed",
        "training again": "success",
    }


def test_batches_are_those_of_a_local_run_and_replace_only_their_own_day(here: Life, there: OnAirflow):
    assert [list(batches) for batches in there.batches] == [[FIRST], [FIRST, SECOND], [FIRST, SECOND]]
    for expected, found in zip(here.batches, there.batches, strict=True):
        for day, frame in expected.items():
            assert_frame_equal(found[day], frame, check_exact=True)
    assert [batches[SECOND].height for batches in there.batches[1:]] == [1_500, 800]


def test_the_monitor_finds_what_a_local_one_finds(here: Life, there: OnAirflow):
    assert [kind for kind, _ in there.judged()] == ["monitor", "breach"]
    assert there.judged() == here.judged()


def test_no_breach_triggers_nothing(there: OnAirflow, runs: AirflowRuns):
    tasks = {name: task["state"] for name, task in runs.server.tasks("leaving__watch", there.runs["fine"]).items()}
    assert tasks["watch.monitor"] == tasks["watch.breach"] == tasks["watch.retraining_wanted"] == "success"
    assert tasks["watch.retrain"] == "skipped"
    assert json.loads(there.runs["before the breach"]) == [there.runs["training"]]


def test_a_breach_starts_one_training_and_is_told_last(there: OnAirflow, runs: AirflowRuns):
    tasks = runs.server.tasks("leaving__watch", there.runs["breach"])
    states = {name: task["state"] for name, task in tasks.items() if name.startswith("watch.")}
    assert states.pop("watch.breach") == "failed" and set(states.values()) == {"success"}
    assert tasks["watch.breach"]["start_date"] >= tasks["watch.retrain"]["end_date"]
    assert tasks["watch.breach"]["try_number"] == 1
    assert "version 1 of `nightly`: `drift(all) <= 0.2` does not hold" in runs.server.log(
        "leaving__watch", there.runs["breach"], "watch.breach"
    )
    assert runs.server.runs("leaving") == [there.runs["training"], there.runs["training again"]]


def test_what_was_trained_again_is_in_production_and_the_same(here: Life, there: OnAirflow):
    assert [version.number for version in there.registry.versions()] == [1, 2]
    assert there.registry.state().champion == here.registry.state().champion == 2
    for found, expected in zip(there.registry.versions(), here.registry.versions(), strict=True):
        assert found.model == expected.model and found.data == expected.data
        assert found.evaluation["metrics"] == expected.evaluation["metrics"]


def test_assets_tie_them_together(there: OnAirflow, runs: AirflowRuns):
    found = runs.server.ask("GET", "/api/v2/assets?limit=1000")["assets"]
    assets = {item["uri"]: item for item in found}
    model, scores = assets["x-model://nightly"], assets[f"file://{there.folder}/scores/*.parquet"]
    assert {task["dag_id"] for task in scores["producing_tasks"]} == {"leaving", "leaving__nightly"}
    # Another pipeline of this Airflow has a deployment of that name, too.
    producing = {task["dag_id"] for task in model["producing_tasks"]}
    assert {dag for dag in producing if dag.startswith("leaving")} == {"leaving"}
