"""Which tasks a plan becomes in Airflow: their names, groups, steps, and what they wait for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from mldsl.backend.asked import Asked, asked
from mldsl.backend.names import Names
from mldsl.backend.tasks import about, trial_shares, within
from mldsl.plan.approvals import teams as teams_of
from mldsl.plan.grouping import Unit, units
from mldsl.plan.nodes import DeployBody, Plan, Step
from mldsl_airflow.capabilities import CAPABILITIES
from mldsl_airflow.names import CONTEXT_KEYS, part
from mldsl_airflow.options import MOST_SHARES, AirflowOptions


@dataclass(frozen=True, slots=True)
class Task:
    """A task: `group` is its task group, `name` its id in there; `needs` are ids of tasks. A unit may have two tasks.

    `shares` is 0 for a task that carries steps out; otherwise it tries settings of the model, its only step, and is
    mapped over so many shares. `team` is whose approval a task waits for that carries nothing out.
    """

    group: str | None
    name: str
    unit: Unit
    steps: tuple[Step, ...]
    needs: tuple[str, ...]
    shares: int = 0
    team: str | None = None

    @property
    def id(self) -> str:
        """As Airflow has it."""
        return _joined(self.group, self.name)

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
    ids = _ids(found, {id_: bool(count) + len(teams[id_]) for id_, count in shares.items()})
    made: list[Task] = []
    for unit in found:
        group, name = ids[unit.id]
        needs = tuple(_joined(*ids[other]) for other in unit.needs)
        if shares[unit.id]:
            assert unit.main is not None
            trials = Task(group, "trials", unit, (unit.main,), needs, shares[unit.id])
            made.append(trials)
            needs = (trials.id,)
        waiting = [Task(group, part(f"approval_{team}"), unit, (), needs, team=team) for team in teams[unit.id]]
        made += waiting
        needs = tuple(task.id for task in waiting) or needs
        made.append(Task(group, name, unit, unit.steps, needs))
    return tuple(made)


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
            inner[name] = Names(frozenset({"trials"}), part)
        ids[unit.id] = (groups[name], inner[name].give(within(unit), "step"))
    return ids


def _joined(group: str | None, name: str) -> str:
    return name if group is None else f"{group}.{name}"
