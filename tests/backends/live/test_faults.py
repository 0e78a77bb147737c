"""What goes wrong on a real Airflow: killed tasks, retries, stores and plans that cannot be used, missing secrets."""

from __future__ import annotations

import os
import signal
import time

import pytest

from mldsl.runtime.store import open_store
from tests.backends.live.conftest import OnAirflow
from tests.support.cli import mldsl
from tests.support.live.backends import Local, assert_equal, plan_of
from tests.support.live.pipelines import DATE, Pipeline

pytestmark = pytest.mark.slow


def test_a_task_that_was_killed_is_tried_again_and_gives_the_same(on_airflow: OnAirflow, local: Local) -> None:
    fault = on_airflow.faults["killed"]
    until = time.monotonic() + 300
    while not (fault.folder / "pid").exists():
        assert time.monotonic() < until, fault.tasks()
        time.sleep(0.2)
    (fault.folder / "slow").unlink()
    os.kill(int((fault.folder / "pid").read_text()), signal.SIGKILL)
    assert fault.end() == "success", fault.said
    assert fault.tasks()["made.source"]["try_number"] == 2

    other = local.folder / "killed"
    other.mkdir(parents=True)
    for name in ("killed.ml", "slow.py"):
        (other / name).write_text((fault.folder / name).read_text())
    done = mldsl("run", other / "killed.ml", "--set", f"run_date={DATE}")
    assert done.returncode == 0, done.stderr
    plan = plan_of(other / "killed.ml", Pipeline("killed"))
    assert assert_equal(plan, open_store(".mldsl", other), fault.store) == 3


def test_what_fails_once_is_tried_again(on_airflow: OnAirflow) -> None:
    fault = on_airflow.faults["flaky"]
    assert fault.end() == "success", fault.said
    assert fault.tasks()["made.source"]["try_number"] == 2
    assert "RuntimeError: the moon is wrong (flaky.py, line 9)" in fault.said, fault.said


def test_what_always_fails_is_tried_as_often_as_the_pipeline_says(on_airflow: OnAirflow) -> None:
    fault = on_airflow.faults["hopeless"]
    assert fault.end() == "failed"
    tasks = fault.tasks()
    assert (tasks["made.source"]["state"], tasks["made.source"]["try_number"]) == ("failed", 2)
    assert tasks["made.check"]["state"] == "upstream_failed"


def test_a_run_that_failed_is_told_to_the_webhook_and_one_that_did_not_is_not(on_airflow: OnAirflow) -> None:
    assert (on_airflow.faults["hopeless"].end(), on_airflow.faults["flaky"].end()) == ("failed", "success")
    until = time.monotonic() + 120
    while not on_airflow.webhook.told:
        assert time.monotonic() < until, "nothing was told"
        time.sleep(0.5)
    run = on_airflow.faults["hopeless"].run
    assert on_airflow.webhook.told == [{"text": f"hopeless: the run {run} failed (task_failure)"}]


@pytest.mark.parametrize(
    "name, sentences",
    [
        ("unwritable", ["cannot write to the artifact store", "a file stands where a directory is wanted"]),
        ("secretless", ["Airflow has no variable and no connection called `NOBODY_SET_THIS`"]),
        ("newer", ["was compiled by mldsl 99.1.0, and this worker has mldsl", "install mldsl 99.1.0 on the workers"]),
    ],
)
def test_what_cannot_be_done_is_said_in_the_log(on_airflow: OnAirflow, name: str, sentences: list[str]) -> None:
    fault = on_airflow.faults[name]
    assert fault.end() == "failed"
    for sentence in sentences:
        assert sentence in fault.said, fault.said
