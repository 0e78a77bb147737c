"""Every backend gives the same: each pipeline runs locally and on the real engine, and their artifacts are compared."""

from __future__ import annotations

import time

import pytest

from tests.backends.live.conftest import COMPILED, RUN_BEFORE, OnAirflow, named
from tests.support.live.airflow_runs import AirflowRuns
from tests.support.live.backends import Engine, Local, assert_equal, plan_of, run_locally
from tests.support.live.pipelines import PIPELINES, SECRET, Pipeline

pytestmark = pytest.mark.slow
_AGAIN = "checks"


@pytest.mark.parametrize("pipeline", PIPELINES, ids=lambda pipeline: pipeline.name)
@pytest.mark.parametrize("engine", ["airflow", "kubeflow"], indirect=True)
def test_artifacts_are_those_of_a_local_run(local: Local, engine: Engine, pipeline: Pipeline) -> None:
    expected = local.end(pipeline)
    found = engine.end(pipeline)
    assert expected.passed == pipeline.passes, expected.said
    assert found.passed == pipeline.passes, found.said
    plan = plan_of(local.program(pipeline), pipeline)
    assert assert_equal(plan, expected.store, found.store, engine.target) >= 2


def test_every_dag_is_taken_without_an_error(on_airflow: OnAirflow, runs: AirflowRuns) -> None:
    wanted = {*(pipeline.name for pipeline in (*PIPELINES, COMPILED)), *on_airflow.faults}
    until = time.monotonic() + 120
    while not wanted <= (found := {dag["dag_id"] for dag in runs.server.ask("GET", "/api/v2/dags?limit=100")["dags"]}):
        assert time.monotonic() < until, wanted - found
        time.sleep(1)
    assert runs.server.import_errors() == []


def test_a_failed_check_says_why_in_the_log_and_stops_what_follows(runs: AirflowRuns) -> None:
    found = runs.end(named("refused"))
    tasks = runs.tasks(named("refused"))
    assert "penguins: `rows() >= 1_000` does not hold (it is 344)" in found.said
    assert tasks["heavy"]["state"] == "upstream_failed"
    # It would fail again: the pipeline's retries are for what may pass later.
    assert tasks["penguins.check"]["try_number"] == 1


def test_a_warning_is_logged_and_stops_nothing(runs: AirflowRuns) -> None:
    found = runs.end(named("checks"))
    assert found.passed
    assert "warning: customers: 532 of 7043 rows fail `tenure <= 70`" in found.said, found.said


def test_shares_of_a_search_leave_nothing_to_be_tried(runs: AirflowRuns) -> None:
    runs.end(named("tuned"))
    tasks = runs.tasks(named("tuned"))
    assert {name for name in tasks if name.startswith("at_random.trials")} == {
        f"at_random.trials[{share}]" for share in range(3)
    }
    assert all(task["state"] == "success" for task in tasks.values())


def test_a_local_run_over_the_same_store_shows_as_cached(runs: AirflowRuns) -> None:
    found = runs.end(named(RUN_BEFORE))
    assert "cached: `world`" in found.said and "cached: `segments`" in found.said
    assert "running" not in found.said and "done:" not in found.said


def test_a_local_run_finds_what_airflow_made(secret: str, runs: AirflowRuns) -> None:
    pipeline = named("code")
    assert runs.end(pipeline).passed
    done = run_locally(runs.folder / pipeline.name / f"{pipeline.name}.ml", pipeline, {SECRET: secret})
    assert done.returncode == 0
    # What a function of the user's gives is not known before it is called.
    assert "1 done, 5 cached" in done.stderr, done.stderr


def test_a_second_run_is_all_from_the_store(runs: AirflowRuns) -> None:
    runs.end(named(_AGAIN))
    run = runs.server.trigger(_AGAIN, date="2025-03-01")
    assert runs.server.wait(_AGAIN, run) == "success"
    said = runs.server.log(_AGAIN, run)
    assert said.count("cached: ") == len(runs.server.tasks(_AGAIN, run)), said
    assert "running" not in said


def test_two_runs_at_once_give_what_one_gives(runs: AirflowRuns) -> None:
    runs.end(named("warehouse"))  # whose sources are read anew by every run
    params = dict(named("warehouse").params)
    both = [runs.server.trigger("warehouse", params, f"2025-02-0{day}") for day in (2, 3)]
    assert [runs.server.wait("warehouse", run) for run in both] == ["success", "success"]
    said = [runs.server.log("warehouse", run) for run in both]
    assert all("running `visits`" in text and "done: `totals`" in text for text in said), said


def test_the_value_of_a_secret_is_nowhere(secret: str, runs: AirflowRuns) -> None:
    assert runs.end(named("warehouse")).passed
    password = secret.encode()
    files = [path for path in (runs.server.home / "logs").rglob("*") if path.is_file()]
    files += [path for path in (runs.folder / "warehouse" / ".mldsl").rglob("*") if path.is_file()]
    files += [path for path in runs.server.dags.rglob("*") if path.is_file()]
    assert len(files) > 20
    assert [path for path in files if password in path.read_bytes()] == []
