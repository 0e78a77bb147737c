"""How steps are grouped into tasks of an engine: one task a step, one for all about a table or a model, or one in all.

What a task waits for never changes what its steps mean:

- A transform whose table is not written (see `mldsl.plan.inlining`) is part of the task of the step that computes it:
  by itself it does nothing that would be worth a task.
- Checks join the task of their table, and evaluations that of their model, only where all that waits for the task would
  wait for them anyway. Otherwise a check that fails would stop what it does not stop in a run on one machine.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal, get_args

from mldsl.plan.links import needs
from mldsl.plan.nodes import CheckBody, EvaluateBody, Plan, Step, TransformBody

Granularity = Literal["step", "declaration", "pipeline"]
GRANULARITIES: tuple[Granularity, ...] = get_args(Granularity)


@dataclass(frozen=True, slots=True)
class Unit:
    """The steps that one task carries out, in this order; `needs` are the ids of the units that must be done before.

    `main` is the step that the task is about; None for the task that is the whole pipeline.
    """

    id: str
    main: Step | None
    steps: tuple[Step, ...]
    needs: tuple[str, ...] = ()


def units(plan: Plan, granularity: Granularity, carried_out: Callable[[Step], bool]) -> tuple[Unit, ...]:
    """The plan's units in an order in which they can run.

    Steps for which `carried_out` is false, and what needs such steps, are in none of them.
    """
    steps = _kept(plan.steps, carried_out)
    if granularity == "pipeline":
        return (Unit(plan.name, None, steps),) if steps else ()
    leaders = _with_readers(steps)
    if granularity == "declaration":
        leaders |= _joined(steps, leaders)
    return _ordered(steps, leaders)


def _kept(steps: Iterable[Step], carried_out: Callable[[Step], bool]) -> tuple[Step, ...]:
    kept: dict[str, Step] = {}
    for step in steps:
        if carried_out(step) and all(id_ in kept for id_ in needs(step)):
            kept[step.id] = step
    return tuple(kept.values())


def _with_readers(steps: Sequence[Step]) -> dict[str, str]:
    """For each inlined transform the id of the step in whose query it ends, for any other its own."""
    readers = {source.step: step.id for step in steps for source in step.inputs.values()}
    leaders: dict[str, str] = {}
    for step in reversed(steps):
        computed = step.inlined and isinstance(step.body, TransformBody) and step.id in readers
        leaders[step.id] = leaders[readers[step.id]] if computed else step.id
    return leaders


def _joined(steps: Sequence[Step], leaders: Mapping[str, str]) -> dict[str, str]:
    """The checks and evaluations that join the task of what they are about, and its leader."""
    upstream = _Upstream({step.id: needs(step) for step in steps})
    waiting: dict[str, list[str]] = {step.id: [] for step in steps}
    about: dict[str, str] = {}
    for step in steps:
        for id_ in needs(step):
            waiting[id_].append(step.id)
        if (subject := _subject(step)) is not None:
            about[step.id] = about.get(subject, subject)  # a check may look at what another one left
    found: dict[str, str] = {}
    for subject in dict.fromkeys(about.values()):
        joining = [id_ for id_, other in about.items() if other == subject]
        found |= dict.fromkeys(_fitting(subject, joining, upstream, waiting), leaders[subject])
    return found


def _subject(step: Step) -> str | None:
    """The id of the step that makes the table which a check is of, or the model which an evaluation judges."""
    match step.body:
        case CheckBody(table=name) | EvaluateBody(model=name):
            return step.inputs[name].step
        case _:
            return None


class _Upstream:
    """What comes before each thing, given what each needs directly, in an order in which they can be done."""

    def __init__(self, needed: Mapping[str, Iterable[str]]) -> None:
        # A number with a bit for each thing: unions are one operation, so that long chains cost little.
        self._bits = {id_: 1 << place for place, id_ in enumerate(needed)}
        self._before: dict[str, int] = {}
        for id_, direct in needed.items():
            self._before[id_] = 0
            for other in direct:
                self._before[id_] |= self._bits[other] | self._before[other]

    def has(self, later: str, earlier: str) -> bool:
        """Whether `later` needs `earlier`, however indirectly."""
        return bool(self._before[later] & self._bits[earlier])

    def direct(self, needed: Iterable[str]) -> tuple[str, ...]:
        """Those of `needed` that none of the others needs."""
        needed = tuple(dict.fromkeys(needed))
        covered = 0
        for id_ in needed:
            covered |= self._before[id_]
        return tuple(id_ for id_ in needed if not covered & self._bits[id_])


def _fitting(
    subject: str, joining: Sequence[str], upstream: _Upstream, waiting: Mapping[str, Iterable[str]]
) -> list[str]:
    """Those of `joining` that everything waits for which waits for the task and is not of it."""
    fitting = list(joining)
    while True:
        together = {subject, *fitting}
        outside = {id_ for member in together for id_ in waiting[member]} - together
        left = [id_ for id_ in fitting if all(upstream.has(other, id_) for other in outside)]
        if left == fitting:
            return left
        fitting = left


def _ordered(steps: Sequence[Step], leaders: Mapping[str, str]) -> tuple[Unit, ...]:
    """The units, each behind those that it needs: what needs a unit needs its last step or comes after it."""
    members: dict[str, list[Step]] = {}
    for step in steps:
        members.setdefault(leaders[step.id], []).append(step)
    last = {step.id: place for place, step in enumerate(steps)}
    order = sorted(members, key=lambda leader: last[members[leader][-1].id])
    needed = {
        leader: [leaders[id_] for step in members[leader] for id_ in needs(step) if leaders[id_] != leader]
        for leader in order
    }
    upstream = _Upstream(needed)
    mains = {step.id: step for step in steps}
    return tuple(
        Unit(leader, mains[leader], tuple(members[leader]), upstream.direct(needed[leader])) for leader in order
    )
