"""Stand-ins for what carries out steps, for tests of what starts, orders, stops and records them."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import pytest

from mldsl.plan.links import outputs
from mldsl.runtime import execute as runtime
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.work import StepResult, Work

Behaviour = Callable[[Work], StepResult]


@dataclass(slots=True)
class Stage:
    """What the fakes do, by step id, and what they did, in order of beginning."""

    behaviours: dict[str, Behaviour] = field(default_factory=dict)
    begun: list[str] = field(default_factory=list)
    running: set[str] = field(default_factory=set)
    together: set[frozenset[str]] = field(default_factory=set)

    def on(self, step: str, behaviour: Behaviour) -> None:
        """What the step of that id does before it writes its outputs."""
        self.behaviours[step] = behaviour

    def run(self, work: Work) -> StepResult:
        """Carry out any step: every output is a small JSON that says what it was made of."""
        id_ = work.step.id
        self.begun.append(id_)
        self.running.add(id_)
        self.together.add(frozenset(self.running))
        try:
            result = self.behaviours.get(id_, _fine)(work)
            made_of = {name: stored.digest for name, stored in work.inputs.items()}
            for output in outputs(work.step):
                work.write_json(output, {"step": id_, "output": output, "of": made_of})
            return result
        finally:
            self.running.discard(id_)


_STAGE: list[Stage] = []


def run(work: Work) -> StepResult:
    """What the runtime's table of steps names."""
    return _STAGE[-1].run(work)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Stage:
    """The runtime with all its steps replaced by fakes."""
    fakes: Mapping[str, str] = dict.fromkeys(runtime.STEPS, "tests.support.fake_steps:run")
    monkeypatch.setattr(runtime, "STEPS", fakes)
    monkeypatch.setattr("mldsl_local.setting.needs_process", lambda plan, step: False)  # fakes live in this process
    made = Stage()
    monkeypatch.setattr("tests.support.fake_steps._STAGE", [made])
    return made


def _fine(work: Work) -> StepResult:
    return StepResult()


def unmet(work: Work) -> StepResult:
    """An expectation was not met."""
    return StepResult(passed=False, details={"expectations": [{"text": "rows() > 0", "outcome": "failed"}]})


def fail(work: Work) -> StepResult:
    """The step cannot do its work."""
    raise StepFailed("the disk is on fire", "put it out")


def crash(work: Work) -> StepResult:
    """A bug."""
    raise ZeroDivisionError("division by zero")


def slow(work: Work) -> StepResult:
    """Takes long, in small pieces."""
    for _ in range(2000):
        time.sleep(0.005)
    return StepResult()
