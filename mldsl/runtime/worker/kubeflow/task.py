"""Carries out a task: its steps, from what the tasks before it gave, and what it tells Kubeflow.

An expectation that is not met does not fail the task: its output `Output` is false, which skips what it guards, and
what was found can be looked at, because Kubeflow keeps nothing of a task that failed. It is not tried again either.
Another task then fails, with the reason.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any

from mldsl.errors import UsageError
from mldsl.plan.nodes import Plan, Step
from mldsl.plan.ports import GATE, MESSAGE, RETRAIN, RUN, SHARE, TIMES, Ports, parameters, ports
from mldsl.plan.scheduled import scheduled
from mldsl.records import record
from mldsl.runtime.execute import Failure
from mldsl.runtime.models.spread import Spread
from mldsl.runtime.store import Record
from mldsl.runtime.worker.kubeflow.approval import Waiting, approved
from mldsl.runtime.worker.kubeflow.artifacts import artifact
from mldsl.runtime.worker.kubeflow.executor import ExecutorInput, write_answer, write_file
from mldsl.runtime.worker.kubeflow.references import Referred, read_reference
from mldsl.runtime.worker.places import Places
from mldsl.runtime.worker.plans import read_plan
from mldsl.runtime.worker.run import Task, open_task
from mldsl.runtime.worker.verdicts import asks_for_training, is_unmet

_EXACT = 2**53  # beyond it, Kubeflow's numbers (doubles) are not exact


@record
class Told:
    """What the command line says: the plan's folder, the task's steps, where relative paths start.

    `scheduled` is the deployment or monitor whose own plan it is. With `shares` the task makes one of so many shares of
    trials; where it `waits`, it waits for approvals.
    """

    home: Path
    scheduled: str | None
    steps: tuple[str, ...]
    folder: Path
    shares: int | None
    waits: Waiting | None
    log: Callable[[str], None]


def carry_out(told: Told, given: ExecutorInput) -> None:
    """All steps of a task, or a share of the trials of its only one; tells Kubeflow what came of it.

    Raises as `run_steps` does, but for an expectation that is not met.
    """
    whole = read_plan(told.home / "plan.json")
    plan = whole if told.scheduled is None else scheduled(whole, told.scheduled)
    memory = {found.step: found for found in map(read_reference, _references(plan, told.steps, given))}
    with open_task(
        plan,
        told.steps,
        "",
        Places.of(told.home, told.folder, told.home / "code"),
        _values(whole, plan, given.parameters),
        None,
        told.log,
        partial(Referred, given=memory, run=str(given.parameters.get(RUN) or "") or None),
    ) as task:
        if told.shares is not None:
            share = Spread(_share(given, told.shares), told.shares)
            task.told(task.carry_out(plan.step(told.steps[0]), share))
            return
        steps = [plan.step(id_) for id_ in told.steps]
        unmet, records = _steps(task, steps) if told.waits is None else _approved(task, steps[0], told.waits)
        _answer(task, given, ports(plan, steps), records, unmet)


def _steps(task: Task, steps: Sequence[Step]) -> tuple[Failure | None, dict[str, Record]]:
    """The records of the steps that were carried out, and why those after them were not."""
    records: dict[str, Record] = {}
    for step in steps:
        outcome = task.carry_out(step)
        if outcome.record is not None:
            records[step.id] = outcome.record
        if is_unmet(outcome):
            return outcome.error, records
        task.told(outcome)
    return None, records


def _approved(task: Task, step: Step, waits: Waiting) -> tuple[Failure | None, dict[str, Record]]:
    unmet, found = approved(task, step, waits)
    return unmet, {} if found is None else {step.id: found}


def _answer(
    task: Task, given: ExecutorInput, gives: Ports, records: Mapping[str, Record], unmet: Failure | None
) -> None:
    place = task.redactor.text(str(task.store))
    metadata = {}
    for port in gives.outputs:
        if port.name in given.slots and port.step in records:
            content, metadata[port.name] = artifact(port, records[port.step], task.store, place)
            write_file(given.slots[port.name].path, content)
    message = "" if unmet is None else task.safe(unmet).message
    if unmet is not None:
        task.say(f"not met: {message}")
    retrain = any(map(asks_for_training, records.values()))
    write_answer(given, {GATE: unmet is None, MESSAGE: message, RETRAIN: retrain}, metadata)


def _references(plan: Plan, steps: Sequence[str], given: ExecutorInput) -> list[Path]:
    there = {step.id for step in plan.steps}
    wanted = ports(plan, [plan.step(id_) for id_ in steps if id_ in there]).inputs
    missing = next((name for name in wanted if name not in given.artifacts), None)
    if missing is not None:
        raise UsageError(
            f"Kubeflow did not hand on the input `{missing}`",
            "the pipeline was compiled from another program than the image was built of: compile and build it again",
        )
    return list(given.artifacts.values())


def _values(whole: Plan, plan: Plan, told: Mapping[str, Any]) -> dict[str, object]:
    """The plan's parameters, by the names of the whole program's, and the run's time.

    Raises UsageError where a value does not fit.
    """
    names = {name: param for name, param in parameters(whole).items() if param in plan.params}
    values = {
        param.name: _value(param.name, told[name], param.type.kind)
        for name, param in names.items()
        if told.get(name) is not None
    }
    return {**values, **{name: told[name] for name in TIMES if told.get(name)}}


def _value(name: str, value: object, kind: str) -> object:
    if kind == "int" and isinstance(value, float):
        if not math.isfinite(value) or value != int(value) or abs(value) > _EXACT:
            raise UsageError(f"the parameter `{name}`: {value!r} is not an `int` that Kubeflow's numbers can hold")
        return int(value)
    return value


def _share(given: ExecutorInput, shares: int) -> int:
    share = given.parameters.get(SHARE)
    if not isinstance(share, int | float) or not 0 <= share < shares or share != int(share):
        raise UsageError(f"there is no share {share!r} of {shares}: they count from 0")
    return int(share)
