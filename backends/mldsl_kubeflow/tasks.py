"""Which tasks a plan becomes in Kubeflow: their names, steps, what they wait for, and which of them are gates."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace

from mldsl.backend.asked import Asked, asked
from mldsl.backend.names import Names
from mldsl.backend.tasks import about, retrains, trial_shares, within
from mldsl.plan.approvals import teams
from mldsl.plan.grouping import Unit, units
from mldsl.plan.nodes import CheckBody, DeployBody, EvaluateBody, MonitorBody, Plan, Step
from mldsl.plan.ports import Ports, ports
from mldsl_kubeflow.capabilities import CAPABILITIES
from mldsl_kubeflow.names import label
from mldsl_kubeflow.options import MOST_SHARES, KubeflowOptions

NOTIFY, STEPS, CLOCK = "notify", "steps", "run-time"
"""The task that tells of a failed run, the one that holds all others then, and the one that says when the run is."""

_TRIALS, _UNMET, _APPROVAL, _RETRAIN, _RETRAINED = "trials", "unmet", "approval", "retrain", "retrained"
_SIMPLE = re.compile(r"[ _.:]+")


@dataclass(frozen=True, slots=True)
class Task:
    """A task. `title` is what people read, `asked` what its pod is given; `needs` name the tasks that come before it.

    `shares` is 0 for a task that carries steps out; otherwise it tries settings of the model, its only step, in a loop
    over so many shares. `gate`: it may find an expectation unmet; `unmet` is then the task that fails for that.
    `guards` are the names of the tasks before it whose gate must be open. `approval`: it waits for those who must
    approve of what the next task deploys. `retrain` is the task that holds the pipeline which a monitor runs,
    `retrained` the one that fails after it: `unmet` then fails where nothing is trained again.
    """

    name: str
    title: str
    unit: Unit
    steps: tuple[Step, ...]
    ports: Ports
    asked: Asked
    needs: tuple[str, ...]
    shares: int = 0
    gate: bool = False
    unmet: str | None = None
    guards: tuple[str, ...] = ()
    approval: bool = False
    retrain: str | None = None
    retrained: str | None = None

    @property
    def main(self) -> Step | None:
        """The step that it is about; None for a whole pipeline."""
        return self.unit.main

    @property
    def acts(self) -> bool:
        """Whether it looks at, or changes, what is live: never the same twice, and it says which run that was."""
        return any(isinstance(step.body, DeployBody | MonitorBody) for step in self.steps)

    @property
    def fails(self) -> tuple[str, ...]:
        """The tasks that fail because of it."""
        return tuple(name for name in (self.unmet, self.retrained) if name is not None)

    @property
    def tells(self) -> bool:
        """Whether it gives a verdict: whether what comes after it may go on."""
        return self.gate or bool(self.guards)


def tasks(plan: Plan, options: KubeflowOptions, document: str) -> tuple[Task, ...]:
    """The tasks of the document of that name, each behind those that it waits for."""
    found = units(plan, options.granularity, CAPABILITIES.carries_out)
    shares = {unit.id: trial_shares(unit, options.shares, MOST_SHARES) for unit in found}
    names = _names(document, found, shares)
    makers = {step.id: unit.id for unit in found for step in unit.steps}
    made: dict[str, Task] = {}
    for unit in found:
        for task in _of_unit(plan, unit, names, makers, made, shares[unit.id]):
            made[task.name] = task
    return tuple(made.values())


def _of_unit(
    plan: Plan, unit: Unit, names: _UnitNames, makers: dict[str, str], made: dict[str, Task], shares: int
) -> Iterator[Task]:
    flow = ports(plan, unit.steps)
    given = [makers[source.step] for source in flow.inputs.values()]
    needs = tuple(names.name[other] for other in dict.fromkeys([*unit.needs, *given]))
    guards = tuple(names.name[other] for other in unit.needs if made[names.name[other]].tells)
    title = names.title[unit.id]
    if shares:
        assert unit.main is not None
        trials = names.trials[unit.id]
        own = ports(plan, (unit.main,))
        given_to_trials = asked(own.computed, unit.main)
        yield Task(trials, f"{title}: trials", unit, (unit.main,), own, given_to_trials, needs, shares, guards=guards)
        needs = (*needs, trials)
    if (approval := names.approval.get(unit.id)) is not None:
        yield _waiting(approval, title, unit, flow, needs, guards, names)
        needs, guards = (*needs, approval), (approval,)
    yield Task(
        names.name[unit.id],
        title,
        unit,
        unit.steps,
        flow,
        _asked(flow.computed, unit.main),
        needs,
        gate=_is_gate(unit),
        unmet=names.unmet.get(unit.id),
        guards=guards,
        retrain=names.retrain.get(unit.id),
        retrained=names.retrained.get(unit.id),
    )


def _waiting(
    name: str, title: str, unit: Unit, flow: Ports, needs: tuple[str, ...], guards: tuple[str, ...], names: _UnitNames
) -> Task:
    """The task that holds a deployment until it is approved of: it judges the rest, and says what it found."""
    pages = replace(flow, outputs=tuple(port for port in flow.outputs if port.form == "page"))
    given, unmet = _asked(flow.computed, unit.main), names.unapproved[unit.id]
    return Task(
        name,
        f"{title}: {_APPROVAL}",
        unit,
        unit.steps,
        pages,
        given,
        needs,
        gate=True,
        unmet=unmet,
        guards=guards,
        approval=True,
    )


def _asked(steps: Sequence[Step], main: Step | None) -> Asked:
    """What its pod is given."""
    return asked(list(map(_without_devices, steps)), main)


def _without_devices(step: Step) -> Step:
    """An endpoint's devices are its server's: nothing of them is used to deploy, nor while somebody is waited for."""
    if not isinstance(step.body, DeployBody) or step.body.target != "endpoint":
        return step
    return replace(step, resources=replace(step.resources, gpu=None, accelerator=None))


def _is_gate(unit: Unit) -> bool:
    return any(map(_may_be_unmet, unit.steps))


def _may_be_unmet(step: Step) -> bool:
    match step.body:
        case CheckBody(expectations=expectations):
            return any(item.otherwise == "fail" for item in expectations)
        case EvaluateBody(expectations=expectations):
            return bool(expectations)
        case DeployBody() | MonitorBody():
            return True
        case _:
            return False


@dataclass(frozen=True, slots=True)
class _UnitNames:
    """By the unit's id: its task's name and title, and the names of the tasks beside it."""

    name: dict[str, str]
    title: dict[str, str]
    trials: dict[str, str]
    unmet: dict[str, str]
    approval: dict[str, str] = field(default_factory=dict)
    unapproved: dict[str, str] = field(default_factory=dict)
    retrain: dict[str, str] = field(default_factory=dict)
    retrained: dict[str, str] = field(default_factory=dict)


def _names(document: str, found: Sequence[Unit], shares: dict[str, int]) -> _UnitNames:
    # Kubeflow's SDK takes a component that is called like the pipeline for the pipeline itself.
    names = Names(frozenset({NOTIFY, STEPS, CLOCK, document}), label, "-")
    counts = Counter(map(about, found))
    made = _UnitNames({}, {}, {}, {})
    for unit in found:
        alone = counts[about(unit)] == 1
        wanted = about(unit) if alone else f"{about(unit)}-{within(unit)}"
        kind = "pipeline" if unit.main is None else unit.main.kind
        made.name[unit.id] = names.give(wanted, kind)
        made.title[unit.id] = about(unit) if alone else f"{about(unit)}: {within(unit).replace('_', ' ', 1)}"
    for unit in found:
        for beside, suffix in _beside(made, unit, shares[unit.id]):
            beside[unit.id] = names.give(f"{_short(made.name[unit.id])}-{suffix}", "task")
    return made


def _beside(made: _UnitNames, unit: Unit, shares: int) -> Iterator[tuple[dict[str, str], str]]:
    """The tasks that a unit has beside its own: where their names go, and what is put behind the unit's name."""
    if _is_gate(unit):
        yield made.unmet, _UNMET
    if shares:
        yield made.trials, _TRIALS
    body = None if unit.main is None else unit.main.body
    if isinstance(body, DeployBody) and teams(body):
        yield made.approval, _APPROVAL
        yield made.unapproved, f"{_APPROVAL}-{_UNMET}"
    if any(isinstance(step.body, MonitorBody) and retrains(step.body) for step in unit.steps):
        yield made.retrain, _RETRAIN
        yield made.retrained, _RETRAINED


def _short(name: str) -> str:
    """Room for what is put behind it; a digest that stands at a long name's end stays."""
    return name if len(name) <= 40 else f"{name[:31]}{name[-9:]}"


def renamed(found: Iterable[Task]) -> Iterator[Task]:
    """The tasks whose names are not simply what they are called in small letters with `-`."""
    return (task for task in found if _SIMPLE.sub("-", task.title.lower()) != task.name)
