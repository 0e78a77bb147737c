"""What goes into a task and what comes out of it, by name: for engines that hand artifacts from task to task.

The names follow from the plan and the task's steps alone, so that whoever compiles the task and whoever carries it out
find the same ones.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal

from mldsl.plan.behind import looked_at
from mldsl.plan.links import outputs
from mldsl.plan.nodes import (
    CheckBody,
    DeployBody,
    EvaluateBody,
    Input,
    ModelBody,
    MonitorBody,
    Plan,
    PlanParam,
    Step,
    TransformBody,
)
from mldsl.records import record

Form = Literal["table", "model", "metrics", "classification", "page"]
"""A table; a fitted model; an evaluation's numbers; its curve and confusion matrix; a page for people."""

GATE, MESSAGE, RETRAIN, SHARE, STATUS, RUN = "Output", "message", "retrain", "trial-share", "final-status", "run-name"
"""Parameters of tasks that are not the program's: whether what waits for a task may go on, why not, whether a monitor
wants the pipeline to be run, which share of the trials a task makes, how the run ended, what it is called. (Kubeflow's
local runner knows no verdict but `Output`.)"""

TIMES = ("run_date", "run_time")
"""Those of the run's logical time, which programs use like parameters."""

_OF_CLASSES = ("roc_curve", "confusion_matrix")
_UNFIT = re.compile(r"[^a-z0-9]+")
_PLAIN = re.compile(r"[A-Za-z_][A-Za-z0-9_]*")


@record
class Port:
    """Something that a task gives: of which step, under which name the step itself has it, and in which form."""

    name: str
    step: str
    output: str
    form: Form


@record
class Ports:
    """`inputs` are what the task reads of other tasks' steps, by name; `outputs` what its own give.

    `computed` are all the steps whose work is done in the task: its own, and the transforms of other tasks whose tables
    are not written, but computed again where they are read.
    """

    inputs: dict[str, Input]
    outputs: tuple[Port, ...]
    computed: tuple[Step, ...]


def ports(plan: Plan, steps: Sequence[Step]) -> Ports:
    """What the task that carries out these steps, in this order, takes and gives."""
    computed = _computed(plan, steps)
    own = {step.id for step in computed}
    read = {
        (item.step, item.output): item for step in computed for item in looked_at(plan, step) if item.step not in own
    }
    names = _Names()
    inputs = {names.give(_about(plan.step(source.step), source.output)): source for source in read.values()}
    return Ports(inputs, tuple(_outputs(steps)), computed)


def _computed(plan: Plan, steps: Sequence[Step]) -> tuple[Step, ...]:
    found = {step.id: step for step in steps}
    waiting = list(reversed(steps))
    while waiting:
        for source in looked_at(plan, waiting.pop()):
            upstream = plan.step(source.step)
            if _is_passing(upstream) and upstream.id not in found:
                found[upstream.id] = upstream
                waiting.append(upstream)
    return tuple(found.values())


def _is_passing(step: Step) -> bool:
    """Whether there is nothing of the step to hand on. (A source that is not written has its fingerprint to give.)"""
    return step.inlined and isinstance(step.body, TransformBody)


def _about(step: Step, output: str) -> str:
    """What a program calls an output: `customers`, `data.train`."""
    return step.name if output in ("table", "model") else f"{step.name} {output}"


def _outputs(steps: Sequence[Step]) -> Iterator[Port]:
    giving = [step for step in steps if not _is_passing(step)]
    names = _Names()
    for step in giving:
        for output, form in _forms(step):
            wanted = output if len(giving) == 1 else f"{step.name} {output}"
            yield Port(names.give(wanted), step.id, output, form)


def _forms(step: Step) -> Iterator[tuple[str, Form]]:
    match step.body:
        case ModelBody():
            yield "model", "model"
        case EvaluateBody(reports=reports):
            yield "metrics", "metrics"
            if any(name in reports for name in _OF_CLASSES):
                yield "classes", "classification"
            yield "report", "page"
        case CheckBody() | DeployBody() | MonitorBody():
            yield from ((name, "table") for name in outputs(step) if name != "report")
            yield "report", "page"
        case _:
            yield from ((name, "table") for name in outputs(step))


def parameters(plan: Plan) -> dict[str, PlanParam]:
    """The program's parameters by a name of ASCII letters, digits and `_`: their own, where it is one."""
    found = {param.name: param for param in plan.params if _PLAIN.fullmatch(param.name)}
    names = _Names(found)
    return {**found, **{names.give(param.name): param for param in plan.params if param.name not in found}}


class _Names:
    """Gives names of small letters, digits and `_`, none of them twice."""

    def __init__(self, taken: Iterable[str] = ()) -> None:
        self._taken = set(taken)

    def give(self, wanted: str) -> str:
        fit = _UNFIT.sub("_", wanted.lower()).strip("_") or "output"
        name, number = fit, 2
        while name in self._taken:
            name, number = f"{fit}_{number}", number + 1
        self._taken.add(name)
        return name
