"""A version that the task of a compiled plan registers gets the certificate that lies beside the plan, once."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import mldsl
from mldsl.plan.image import CERTIFICATE
from mldsl.runtime.registry import Event, open_registry
from mldsl.runtime.store import Stored, open_store
from mldsl.runtime.worker import run_steps
from tests.support.airflow import written

PROGRAM = """\
pipeline p { artifacts: "s3://bucket/store" }
source flowers = sklearn("iris")
split data = flowers { train: 70%; test: 30% }
model m = predict target from data { algorithm decision_tree { max_depth: 2 } }
deploy live = m to registry("flowers")
"""


def carry_out(plan: Path, run: str) -> list[Event]:
    """All steps in a task of that run; what is certified then."""
    folder = plan.parent
    steps = [step["id"] for step in json.loads(plan.read_text())["steps"]]
    run_steps(
        plan,
        steps,
        store="store",
        folder=folder,
        code=folder / "code",
        params={},
        run_date="2026-01-01",
        run_time="2026-01-01T00:00:00",
        run=run,
    )
    registry = open_registry(open_store("store", folder), "flowers")
    return [event for event in registry.events() if event.kind == "certified"]


@pytest.mark.parametrize("target", ["airflow", "kubeflow"])
def test_what_was_proved_is_compiled_and_noted(tmp_path: Path, target: str) -> None:
    program = mldsl.load(written(tmp_path, PROGRAM))
    program.compile(target, tmp_path / "out")
    plan = tmp_path / "out" / "p" / "plan.json"
    certificate = program.certificate().document()
    assert json.loads((plan.parent / CERTIFICATE).read_text()) == certificate
    (event,) = carry_out(plan, "first")
    assert event.version == 1
    store = open_store("store", plan.parent)
    assert json.loads(store.read(Stored(**event.details["certificate"]))) == certificate
    assert carry_out(plan, "first") == [event]
    assert carry_out(plan, "second") == [event]


def test_without_one_a_version_has_none(tmp_path: Path) -> None:
    program = mldsl.load(written(tmp_path, PROGRAM))
    program.compile("airflow", tmp_path / "out")
    plan = tmp_path / "out" / "p" / "plan.json"
    (plan.parent / CERTIFICATE).unlink()
    assert carry_out(plan, "first") == []


def test_a_plan_that_registers_nothing_has_none(tmp_path: Path) -> None:
    program = mldsl.load(written(tmp_path, PROGRAM.replace("deploy live = m to registry", "# ")))
    assert not [path for path in program.compile("airflow") if path.endswith(CERTIFICATE)]
