"""The task that waits for approvals: what it says, who ends it, and what `mldsl approve` does in its store."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field, replace
from pathlib import Path

import pytest

import mldsl
from mldsl import deployments
from mldsl.cli.main import main
from mldsl.errors import UsageError
from mldsl.plan.document import dump
from mldsl.plan.nodes import Plan, Secret, Step
from mldsl.runtime.execute import Failure, StepOutcome
from mldsl.runtime.registry import Registry, Version, open_registry
from mldsl.runtime.store import Record, Store, open_store
from mldsl.runtime.worker.kubeflow import approval
from mldsl.runtime.worker.kubeflow.approval import Waiting, approved
from tests.support.airflow import written

PROGRAM = """\
pipeline p {}
source flowers = sklearn("iris")
split data = flowers { train: 70%; test: 30% }
model m = predict target from data
deploy live = m to endpoint("my flowers") { require approval("risk"); require approval("law") }
"""


@dataclass
class Task:
    """What the waiting needs of a task: its step has registered a version, and tells how that stands."""

    plan: Plan
    store: Store
    details: dict[str, object]
    said: list[str] = field(default_factory=list)

    def carry_out(self, step: Step) -> StepOutcome:
        record = Record("key", step.id, "deploy", {}, False, self.details)
        return StepOutcome(step.id, "failed", "key", record, 0.1, Failure("unmet", str(self.details["message"])))

    def say(self, line: str) -> None:
        self.said.append(line)


@pytest.fixture
def task(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Task:
    monkeypatch.setattr(approval, "_PAUSE", 0.01)
    plan = mldsl.load(written(tmp_path, PROGRAM)).plan()
    store = open_store("s", tmp_path)
    registry(store).register(
        Version(
            0,
            "my flowers",
            "p",
            "live",
            "endpoint",
            "model:m",
            store.put(b"model", ".skops", "model"),
            store.put(dump(plan).encode(), ".json", "json"),
            by="me",
            run="p-x1",
        )
    )
    details = {"name": "my flowers", "version": 1, "state": "waiting", "message": "it waits", "requirements": []}
    return Task(plan, store, details)


def registry(store: Store) -> Registry:
    return open_registry(store, "my flowers")


def wait(task: Task, seconds: float | None = None) -> tuple[Failure | None, Record | None]:
    return approved(task, task.plan.step("deploy:live"), Waiting(seconds))


def test_it_says_what_it_waits_for_and_ends_when_all_have_approved(task: Task) -> None:
    ended: list[tuple[Failure | None, Record | None]] = []
    thread = threading.Thread(target=lambda: ended.append(wait(task)))
    thread.start()
    for team in ("risk", "law"):
        while not any(line.endswith("`law`") and f"`{team}`" in line for line in task.said):
            thread.join(0.01)
        if team == "risk":
            assert main(["approve", "p-x", "--team", "risk", "--store", str(task.store)]) == 3
            while not any(line.endswith("approval of `law`") for line in task.said):
                thread.join(0.01)
    assert thread.is_alive()
    assert main(["approve", "my flowers", "--by", "Ada", "--store", str(task.store)]) == 0
    thread.join(30)
    ((unmet, record),) = ended
    assert unmet is None and record is not None and record.passed
    assert (record.details["state"], "message" in record.details) == ("approved", False)
    assert task.said == [
        "version 1 of `my flowers` waits for the approval of `risk`, `law`",
        f"help: `mldsl models 'my flowers' --store={task.store}` shows it, `mldsl approve p-x1 --team=risk "
        f"--store={task.store}` gives it; to refuse, end this run",
        "version 1 of `my flowers` waits for the approval of `law`",
        f"help: `mldsl models 'my flowers' --store={task.store}` shows it, `mldsl approve p-x1 --team=law "
        f"--store={task.store}` gives it; to refuse, end this run",
        "version 1 of `my flowers` is approved of",
    ]


def test_when_its_time_is_over_that_is_an_answer(task: Task) -> None:
    unmet, record = wait(task, 0.05)
    message = (
        "version 1 of `my flowers` waits for the approval of `risk`, `law`: "
        "not given within 0.05 s, the pipeline's `timeout`"
    )
    assert unmet == Failure("unmet", message)
    assert record is not None and record.details["message"] == message


def test_nobody_is_asked_where_something_else_is_not_met(task: Task) -> None:
    task.details |= {"state": "held", "message": "`live` is held"}
    unmet, record = wait(task)
    assert unmet == Failure("unmet", "`live` is held") and record is not None
    assert task.said == []


def test_the_value_of_a_secret_store_is_not_told(task: Task) -> None:
    task.plan = replace(task.plan, settings=replace(task.plan.settings, artifacts=Secret(secret="STORE")))
    wait(task, 0.02)
    assert '--store="$STORE"' in task.said[1] and str(task.store) not in " ".join(task.said)


def test_what_cannot_be_approved_of_is_said(task: Task, capsys: pytest.CaptureFixture[str]) -> None:
    store = str(task.store)
    assert main(["approve", "--team", "sales", "--store", store]) == 2
    assert "does not wait for `sales`" in (said := capsys.readouterr().err) and "`law`, `risk`" in said
    assert main(["approve", "roses", "--store", store]) == 2
    assert f"nothing in `roses` in `{store}` waits for an approval" in capsys.readouterr().err
    assert main(["approve", "--store", store, "--json"]) == 0
    assert '"waiting_for": []' in capsys.readouterr().out
    with pytest.raises(UsageError, match=r"nothing in .* waits for an approval"):
        deployments.approve_in(store)
