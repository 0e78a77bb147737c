"""Which tasks a plan becomes in Airflow: their names, groups, steps, and what they wait for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from mldsl.backend.asked import Asked, asked
from mldsl.backend.names import Names
from mldsl.backend.tasks import about, retrains, trial_shares, within
from mldsl.plan.approvals import teams as teams_of
from mldsl.plan.grouping import Unit, units
from mldsl.plan.nodes import DeployBody, MonitorBody, Plan, Step
from mldsl_airflow.capabilities import CAPABILITIES
from mldsl_airflow.names import CONTEXT_KEYS, part
from mldsl_airflow.options import MOST_SHARES, AirflowOptions

Role = Literal["steps", "trials", "approval", "retraining_wanted", "retrain", "breach"]
"""What a task does: it carries steps out; it tries settings of the model, its only step; it waits for somebody. Of
those behind a monitor one asks whether a training is wanted, one starts it, one fails where there was a breach."""

_BESIDE: tuple[Role, ...] = ("trials", "retraining_wanted", "retrain", "breach")


@dataclass(frozen=True, slots=True)
class Task:
    """A task: `group` is its task group, `name` its id in there; `needs` are ids of tasks. A unit may have several.

    `shares` is over how many shares the trials are mapped, `team` whose approval is waited for, `looked` the id of the
    monitor's task whose answer is looked at.
    """

    group: str | None
    name: str
    unit: Unit
    steps: tuple[Step, ...]
    needs: tuple[str, ...]
    role: Role = "steps"
    shares: int = 0
    team: str | None = None
    looked: str | None = None

    @property
    def id(self) -> str:
        """As Airflow has it."""
        return _joined(self.group, self.name)

    @property
    def answers(self) -> bool:
        """Whether it answers what its monitor found: tasks behind it act on that."""
        return self.role == "steps" and _monitor(self.unit) is not None

    @property
    def asked(self) -> Asked:
        """What it needs for all of its steps."""
        return asked(self.steps, self.main) if self.steps else Asked()

    @property
    def main(self) -> Step | None:
        """The step that it is about; None for a whole pipeline."""
        return self.unit.main


def tasks(plan: Plan, options: AirflowOptions) -> tuple[Task, ...]:
    """The tasks, each behind those that it waits for."""
    found = units(plan, options.granularity, CAPABILITIES.carries_out)
    shares = {unit.id: trial_shares(unit, options.shares, MOST_SHARES) for unit in found}
    teams = {unit.id: _teams(unit) for unit in found}
    behind = {unit.id: _behind(unit) for unit in found}
    ids = _ids(found, {id_: bool(count) + len(teams[id_]) + len(behind[id_]) for id_, count in shares.items()})
    made: list[Task] = []
    for unit in found:
        group, name = ids[unit.id]
        needs = tuple(_joined(*ids[other]) for other in unit.needs)
        if shares[unit.id]:
            assert unit.main is not None
            trials = Task(group, "trials", unit, (unit.main,), needs, "trials", shares[unit.id])
            made.append(trials)
            needs = (trials.id,)
        waiting = [
            Task(group, part(f"approval_{team}"), unit, (), needs, "approval", team=team) for team in teams[unit.id]
        ]
        made += waiting
        needs = tuple(task.id for task in waiting) or needs
        own = Task(group, name, unit, unit.steps, needs)
        made += (own, *_acting(own, behind[unit.id]))
    return tuple(made)


def _acting(own: Task, roles: tuple[Role, ...]) -> Iterator[Task]:
    """The tasks behind a monitor's: the last, which fails for the breach, waits for whatever is done about it."""
    last = own
    for role in roles:
        needs = (last.id,) if role != "breach" else tuple(dict.fromkeys((own.id, last.id)))
        last = Task(own.group, role, own.unit, (), needs, role, looked=own.id)
        yield last


def _behind(unit: Unit) -> tuple[Role, ...]:
    """What is done behind a monitor."""
    body = _monitor(unit)
    if body is None:
        return ()
    return ("retraining_wanted", "retrain", "breach") if retrains(body) else ("breach",)


def _monitor(unit: Unit) -> MonitorBody | None:
    return next((step.body for step in unit.steps if isinstance(step.body, MonitorBody)), None)


def _teams(unit: Unit) -> tuple[str, ...]:
    """Whose approvals are waited for before the unit."""
    body = None if unit.main is None else unit.main.body
    return teams_of(body) if isinstance(body, DeployBody) else ()


def _ids(found: Iterable[Unit], more: dict[str, int]) -> dict[str, tuple[str | None, str]]:
    """For each unit its group, if it has one, and its name: what is about one name is a group of its own.

    `more` is how many tasks a unit has beside that which carries it out.
    """
    found = tuple(found)
    subjects = {unit.id: about(unit) for unit in found}
    counts = Counter(name for id_, name in subjects.items() for _ in range(1 + more[id_]))
    outer, inner, groups = Names(CONTEXT_KEYS, part), {}, {}
    ids: dict[str, tuple[str | None, str]] = {}
    for unit in found:
        name = subjects[unit.id]
        kind = "pipeline" if unit.main is None else unit.main.kind
        if counts[name] == 1:
            ids[unit.id] = (None, outer.give(name, kind))
            continue
        if name not in groups:
            groups[name] = outer.give(name, kind)
            inner[name] = Names(frozenset(_BESIDE), part)
        ids[unit.id] = (groups[name], inner[name].give(within(unit), "step"))
    return ids


def _joined(group: str | None, name: str) -> str:
    return name if group is None else f"{group}.{name}"
