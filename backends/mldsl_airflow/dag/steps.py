"""The tasks, in their groups, and what waits for what."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from mldsl.backend.asked import Asked
from mldsl.backend.names import Names
from mldsl_airflow.dag.monitors import act
from mldsl_airflow.dag.pipeline import duration
from mldsl_airflow.dag.placed import places_of
from mldsl_airflow.facts import Facts
from mldsl_airflow.names import VARIABLES, part, variable
from mldsl_airflow.python import Call, Expression, Items, Mapped, Name, call, listed, statement
from mldsl_airflow.tasks import Task

# What pods ask for as a graphics processor where the program names no kind.
_DEVICE = "nvidia.com/gpu"


def steps(facts: Facts) -> str:
    """A line for each task; tasks of one group stand together, where the first of them stands."""
    variables = _variables(facts.tasks)
    grouped: dict[str, list[Task]] = {}
    for task in facts.tasks:
        grouped.setdefault(task.group or f".{task.id}", []).append(task)
    places = places_of(facts) if facts.options.elsewhere else {}
    blocks = [_block(facts, members, variables, places) for members in _clustered(grouped.values())]
    return "\n".join(blocks or ["    pass\n"])


def edges(facts: Facts) -> str:
    """What waits for what, a line for each task that waits."""
    variables = _variables(facts.tasks)
    return "".join(
        statement(_upstream([variables[id_] for id_ in task.needs]), 4, after=f" >> {variables[task.id]}")
        for task in facts.tasks
        if task.needs
    )


def _clustered(groups: Iterable[list[Task]]) -> Iterator[list[Task]]:
    """Tasks without a group that follow each other stand together."""
    loose: list[Task] = []
    for members in groups:
        if members[0].group is None:
            loose += members
            continue
        if loose:
            yield loose
            loose = []
        yield members
    if loose:
        yield loose


def _block(facts: Facts, members: Sequence[Task], variables: dict[str, str], places: dict[str, Name]) -> str:
    group = members[0].group
    indent = 4 if group is None else 8
    lines = "".join(
        statement(_task(facts, task, places.get(task.id)), indent, before=f"{variables[task.id]} = ")
        for task in members
    )
    if group is None:
        return lines
    doc = next((task.main.doc for task in members if task.main is not None and task.main.doc), None)
    opened = call("TaskGroup", group) if doc is None else call("TaskGroup", group, tooltip=doc)
    return statement(opened, 4, before="with ", after=":") + lines


def _task(facts: Facts, task: Task, place: Name | None) -> Expression:
    if task.team is not None:
        return _approval(facts, task, task.team)
    if task.looked is not None:
        return act(facts, task)
    first: tuple[Expression, ...] = (task.name, *(step.id for step in task.steps))
    secrets = facts.secrets_of(task)
    named: list[tuple[str, Expression]] = [("shares", task.shares)] if task.shares else []
    if secrets:
        named.append(("secrets", listed(secrets)))
    named += _more(facts, task, place)
    made = "trials" if task.role == "trials" else "monitor" if task.answers else "task"
    return Call(made, first, tuple(named))


def _approval(facts: Facts, task: Task, team: str) -> Expression:
    assert task.main is not None
    subject = f"May `{task.main.name}` of `{facts.plan.name}` go live? It needs the approval of {team}."
    return call("approval", task.name, subject=_untemplated(subject))


def _untemplated(text: str) -> str:
    """A text that Airflow fills in nothing in."""
    return f"{{{{ {text!r} }}}}" if "{" in text else text


def _more(facts: Facts, task: Task, place: Name | None) -> Iterator[tuple[str, Expression]]:
    """What a task has that others have not: its documentation, its share of the pool, the time of all its steps."""
    docs = "\n\n".join(_docs(task))
    if docs:
        yield "doc_md", docs
    if inlets := facts.inlets(task):
        yield "inlets", Items(tuple(call("Asset", uri) for uri in inlets))
    if outlets := facts.outlets(task):
        yield "outlets", Items(tuple(call("Asset", uri) for uri in outlets))
    slots = max((math.ceil(step.resources.cpu or 1) for step in task.steps), default=1)
    if slots > 1 and not facts.options.elsewhere:
        yield "pool_slots", slots
    if facts.options.elsewhere:
        yield from _of_pod(task, place)
    timeout = facts.plan.settings.timeout
    if timeout is not None and len(task.steps) > 1:
        yield "execution_timeout", duration(timeout * len(task.steps))


def _of_pod(task: Task, place: Name | None) -> Iterator[tuple[str, Expression]]:
    """What its pod is given, and where it is."""
    if wanted := tuple(_resources(task.asked)):
        yield "resources", Mapped(wanted)
    if place is not None:
        yield "placed", place


def _resources(given: Asked) -> Iterator[tuple[str, str]]:
    """What a pod asks for, in the words of Kubernetes."""
    if given.cpu:
        yield "cpu", str(round(given.cpu)) if given.cpu == round(given.cpu) else f"{round(given.cpu * 1000)}m"
    if given.memory:
        yield "memory", str(given.memory)
    devices: dict[str, int] = {}
    for kind, count in given.devices:
        devices[kind or _DEVICE] = max(count, devices.get(kind or _DEVICE, 0))
    yield from ((kind, str(count)) for kind, count in devices.items())


def _docs(task: Task) -> Iterator[str]:
    """What the program says of its main step, then of the others."""
    if task.main is not None and task.main.doc:
        yield task.main.doc
    yield from (f"`{step.name}`: {step.doc}" for step in task.steps if step is not task.main and step.doc)


def _upstream(names: Sequence[str]) -> Expression:
    return Name(names[0]) if len(names) == 1 else Items(tuple(map(Name, names)))


def _variables(tasks: Iterable[Task]) -> dict[str, str]:
    """A Python name for each task's id."""
    names = Names(VARIABLES, part)
    return {task.id: names.give(variable(task.id), "task") for task in tasks}
