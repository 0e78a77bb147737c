"""What whoever carries a monitor out learns: whether there was a breach, and whether the pipeline is to be run."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

import mldsl
from mldsl import deployments
from mldsl.plan.document import dump
from mldsl.plan.scheduled import scheduled
from mldsl.runtime.worker import TaskFailed, run_steps
from tests.support.cli import environment
from tests.support.watched import later, others, provide, write
from tests.support.watched import mldsl as command_line

DAY = "2026-02-01"
LABELS, WATCH = ("source:outcomes", "check:outcomes"), "monitor:watch"
Done = subprocess.CompletedProcess[str]
BREACH = "version 1 of `nightly`: `drift(all) <= 0.2` does not hold: "


class Watched:
    """A deployment in production whose last batch is of other customers, and its monitor's plan in a file."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.plan = folder / "watch.json"
        provide(folder, others(800))
        program = write(folder, "drift(all) <= 0.2", actions=("retrain",))
        done = command_line("run", program.name, folder=folder)
        assert done.status == 0, done.stderr
        self.plan.write_text(dump(scheduled(mldsl.load(program).plan(), "watch")))
        self.said: list[str] = []

    def look(self, run: str, **more: Any) -> dict[str, dict[str, object]]:
        """Carry the monitor out in a task of that run."""
        return run_steps(
            self.plan,
            [*LABELS, WATCH],
            store=".mldsl",
            folder=self.folder,
            code=self.folder,
            params={},
            run_date=DAY,
            run_time=f"{DAY}T05:00:00",
            log=self.said.append,
            run=run,
            **more,
        )

    def look_as_container(self, *words: str, run: str, steps: tuple[str, ...] = (*LABELS, WATCH)) -> Done:
        options = ["--plan", str(self.plan), "--store", ".mldsl", "--folder", str(self.folder), "--run", run]
        options += ["--run-date", DAY, "--run-time", f"{DAY}T05:00:00", "--steps", *steps, *words]
        command = [sys.executable, "-m", "mldsl.runtime.worker", *options]
        return subprocess.run(command, env=environment(), capture_output=True, text=True)


@pytest.fixture(scope="module")
def watched(tmp_path_factory: pytest.TempPathFactory) -> Watched:
    return Watched(tmp_path_factory.mktemp("watched"))


def test_a_breach_and_what_it_asks_for_are_told(watched: Watched):
    """Each run asks once: the same one again if it is tried again, as nobody may have heard it; no other one."""
    found = watched.look("one", verdicts=True)[WATCH]
    assert (found["state"], found["outcome"], found["retrain"]) == ("unmet", "breach", True)
    assert str(found["message"]).startswith(BREACH)
    assert f"not met: {found['message']}" in watched.said
    assert watched.look("one", verdicts=True)[WATCH]["retrain"] is True
    asked = [event for event in deployments.find("nightly", str(watched.folder)).events() if event.kind == "action"]
    assert [(event.details["action"], event.details["run"]) for event in asked] == [("retrain", "one")] * 2
    later_run = watched.look("another", verdicts=True)[WATCH]
    assert (later_run["state"], later_run["retrain"]) == ("unmet", False)


def test_without_verdicts_a_breach_is_an_error(watched: Watched):
    with pytest.raises(TaskFailed) as raised:
        watched.look("again")
    assert raised.value.message.startswith(BREACH)
    assert (raised.value.exit_status, raised.value.may_pass_later) == (3, False)


def test_the_command_tells_it_in_a_file(watched: Watched, tmp_path: Path):
    watched.look("told", verdicts=True)
    answer = tmp_path / "answer.json"
    done = watched.look_as_container("--verdicts", "--answer", str(answer), run="told")
    assert (done.returncode, done.stdout) == (0, ""), done.stderr
    found = json.loads(answer.read_text())
    assert set(found) == {*LABELS, WATCH}
    assert found[WATCH]["state"] == "unmet" and found[WATCH]["message"].startswith(BREACH)
    nowhere = watched.look_as_container("--answer", str(tmp_path / "none" / "x"), run="told", steps=LABELS)
    assert nowhere.returncode == 4 and "error: cannot write the answer to" in nowhere.stderr


def test_what_comes_after_an_unmet_expectation_is_not_carried_out(watched: Watched):
    (watched.folder / "outcomes.csv").write_text("id,churned\n1,false\n1,true\n")
    found = watched.look("twice", verdicts=True)
    assert [item["state"] for item in found.values()] == ["done", "unmet"]
    assert "fail `unique(id)`" in str(found[LABELS[1]]["message"])


def test_no_breach_asks_for_nothing(watched: Watched):
    provide(watched.folder, later(1_500))
    assert command_line("run", "leaving.ml", "--set", f"run_date={DAY}", folder=watched.folder).status == 0
    found = watched.look("fine", verdicts=True)[WATCH]
    assert (found["state"], found["outcome"], found["retrain"]) == ("done", "passed", False)
