"""Which tasks a plan becomes in Airflow: their names, groups, steps, and what they wait for."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from mldsl.plan.grouping import Unit, units
from mldsl.plan.nodes import EvaluateBody, ModelBody, Plan, Step
from mldsl_airflow.capabilities import CAPABILITIES
from mldsl_airflow.names import CONTEXT_KEYS, Names
from mldsl_airflow.options import MOST_SHARES, AirflowOptions

# Tuning that nobody asked to spread otherwise goes over so many tasks: each begins with seconds of imports.
_SHARES = 4


@dataclass(frozen=True, slots=True)
class Task:
    """A task: `group` is its task group, `name` its id in there; `needs` are ids of tasks. A unit may have two tasks.

    `shares` is 0 for a task that carries steps out; otherwise it tries settings of the model, its only step, and is
    mapped over so many shares.
    """

    group: str | None
    name: str
    unit: Unit
    steps: tuple[Step, ...]
    needs: tuple[str, ...]
    shares: int = 0

    @property
    def id(self) -> str:
        """As Airflow has it."""
        return _joined(self.group, self.name)

    @property
    def main(self) -> Step | None:
        """The step that it is about; None for a whole pipeline."""
        return self.unit.main


def tasks(plan: Plan, options: AirflowOptions) -> tuple[Task, ...]:
    """The tasks, each behind those that it waits for."""
    found = units(plan, options.granularity, carried_out)
    shares = {unit.id: _shares(unit, options) for unit in found}
    ids = _ids(found, shares)
    made: list[Task] = []
    for unit in found:
        group, name = ids[unit.id]
        needs = tuple(_joined(*ids[other]) for other in unit.needs)
        if shares[unit.id]:
            assert unit.main is not None
            trials = Task(group, "trials", unit, (unit.main,), needs, shares[unit.id])
            made.append(trials)
            needs = (trials.id,)
        made.append(Task(group, name, unit, unit.steps, needs))
    return tuple(made)


def carried_out(step: Step) -> bool:
    """Whether a step becomes part of a task."""
    return step.kind in CAPABILITIES.steps


def left_out(plan: Plan) -> Iterator[Step]:
    """The steps that do not."""
    return (step for step in plan.steps if not carried_out(step))


def is_tuned(step: Step) -> bool:
    """Whether the step fits a model whose settings are tried."""
    return isinstance(step.body, ModelBody) and step.body.tune is not None


def _shares(unit: Unit, options: AirflowOptions) -> int:
    """Over how many tasks the trials of the unit's model are spread; 0 where one task does them with all the rest."""
    tune = unit.main.body.tune if unit.main is not None and isinstance(unit.main.body, ModelBody) else None
    if tune is None:
        return 0
    count = min(options.shares or tune.parallel or _SHARES, tune.trials, MOST_SHARES)
    return count if count > 1 else 0


def _ids(found: Iterable[Unit], shares: dict[str, int]) -> dict[str, tuple[str | None, str]]:
    """For each unit its group, if it has one, and its name: what is about one name is a group of its own."""
    found = tuple(found)
    about = {unit.id: _about(unit) for unit in found}
    counts = Counter(name for id_, name in about.items() for _ in range(2 if shares[id_] else 1))
    outer, inner, groups = Names(CONTEXT_KEYS), {}, {}
    ids: dict[str, tuple[str | None, str]] = {}
    for unit in found:
        name = about[unit.id]
        kind = "pipeline" if unit.main is None else unit.main.kind
        if counts[name] == 1:
            ids[unit.id] = (None, outer.give(name, kind))
            continue
        if name not in groups:
            groups[name] = outer.give(name, kind)
            inner[name] = Names(frozenset({"trials"}))
        ids[unit.id] = (groups[name], inner[name].give(_within(unit), "step"))
    return ids


def _about(unit: Unit) -> str:
    """The name that the unit is about, as the program has it: of a table, a split, a model."""
    match unit.main:
        case None:
            return unit.id
        case Step(body=EvaluateBody(model=model)):
            return model
        case Step(kind="check", name=table):
            return table.partition(".")[0]
        case step:
            return step.name


def _within(unit: Unit) -> str:
    """The unit's name in a group: the declaration's word, and what else tells it from others of its kind."""
    match unit.main:
        case Step(body=EvaluateBody(table=table)):
            return f"evaluate_{table}"
        case Step(kind="check", name=table) if "." in table:
            return f"check_{table.partition('.')[2]}"
        case step:
            assert step is not None
            return step.kind


def _joined(group: str | None, name: str) -> str:
    return name if group is None else f"{group}.{name}"
