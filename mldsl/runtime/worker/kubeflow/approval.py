"""Waits until those have approved of a version who must, or the time for that is over.

The task judges the deployment's other requirements first, so that people are asked about a version that has met them,
and find it in the registry. It puts nothing into production: the deployment's own task does, right after it.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import replace
from shlex import quote

from mldsl.plan.nodes import DeployBody, Plan, Secret, Step
from mldsl.records import record
from mldsl.runtime.deploy.approvals import missing_approvals
from mldsl.runtime.execute import Failure, StepOutcome
from mldsl.runtime.registry import Registry, Version, open_registry
from mldsl.runtime.store import Record
from mldsl.runtime.worker.kubeflow.limit import within
from mldsl.runtime.worker.run import Task
from mldsl.runtime.worker.verdicts import is_unmet

_PAUSE = 5.0  # seconds between two looks at the registry, each the listing of a folder
_REMINDER = 3600.0  # seconds between two lines that say what is waited for


@record
class Waiting:
    """For how many seconds; None for ever."""

    seconds: float | None


def approved(task: Task, step: Step, waits: Waiting) -> tuple[Failure | None, Record | None]:
    """Judge the deployment, and wait for its approvals: what is not met, if anything, and what was found.

    Raises what a step's failure does.
    """
    start = time.monotonic()
    with within(waits.seconds):
        outcome = task.carry_out(step)
    found, body = outcome.record, step.body
    assert isinstance(body, DeployBody)
    if found is None or found.details.get("state") != "waiting":
        return _settled(task, outcome), found
    registry = open_registry(task.store, str(found.details["name"]))
    version = registry.version(int(found.details["version"]))
    until = None if waits.seconds is None else start + waits.seconds
    missing = _wait(task, registry, version, body, until)
    if missing:
        late = f"not given within {waits.seconds:g} s, the pipeline's `timeout`"
        message = f"{_waits(registry, version, missing)}: {late}"
        return Failure("unmet", message), replace(found, details={**found.details, "message": message})
    details = {name: value for name, value in found.details.items() if name not in ("message", "waiting_for")}
    return None, replace(found, passed=True, details={**details, "state": "approved"})


def _settled(task: Task, outcome: StepOutcome) -> Failure | None:
    """Nobody need be asked: it is live already, or another requirement is not met."""
    if is_unmet(outcome):
        return outcome.error
    task.told(outcome)
    return None


def _wait(task: Task, registry: Registry, version: Version, body: DeployBody, until: float | None) -> Sequence[str]:
    """The teams that have not approved of the version when the time is over; none if all have."""
    told, last = time.monotonic(), None
    while missing := missing_approvals(registry, version, body):
        now = time.monotonic()
        if until is not None and now >= until:
            return missing
        if missing != last or now - told >= _REMINDER:
            told, last = now, missing
            task.say(_waits(registry, version, missing))
            task.say(f"help: {_how(task.plan, registry, version, missing)}")
        time.sleep(_PAUSE if until is None else min(_PAUSE, until - now))
    task.say(f"version {version.number} of `{registry.name}` is approved of")
    return ()


def _waits(registry: Registry, version: Version, missing: Sequence[str]) -> str:
    listed = ", ".join(f"`{team}`" for team in missing)
    return f"version {version.number} of `{registry.name}` waits for the approval of {listed}"


def _how(plan: Plan, registry: Registry, version: Version, missing: Sequence[str]) -> str:
    """How to answer. A store whose address is a secret is named as the shell knows it, never by its value."""
    given = plan.settings.artifacts
    store = f'--store="${given.secret}"' if isinstance(given, Secret) else f"--store={quote(str(registry.store))}"
    name, team = quote(registry.name), f"--team={quote(missing[0])}"
    asked = f"`mldsl approve {version.run or name} {team} {store}` gives it"
    return f"`mldsl models {name} {store}` shows it, {asked}; to refuse, end this run"
