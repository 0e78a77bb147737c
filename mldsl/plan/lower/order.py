"""The order of steps: what a step needs stands before it, otherwise as declared."""

from __future__ import annotations

import heapq
from collections.abc import Sequence

from mldsl.errors import PlanError
from mldsl.plan.links import needs
from mldsl.plan.nodes import Step


def in_order(steps: Sequence[Step]) -> tuple[Step, ...]:
    """`steps` (in declaration order) so that each stands behind what it needs; PlanError where they form a circle."""
    place = {step.id: index for index, step in enumerate(steps)}
    waiting = {step.id: len(needs(step)) for step in steps}
    readers: dict[str, list[int]] = {step.id: [] for step in steps}
    for index, step in enumerate(steps):
        for name in needs(step):
            readers[name].append(index)
    ready = [place[name] for name, count in waiting.items() if count == 0]
    result = []
    while ready:
        step = steps[heapq.heappop(ready)]
        result.append(step)
        for reader in readers[step.id]:
            waiting[steps[reader].id] -= 1
            if waiting[steps[reader].id] == 0:
                heapq.heappush(ready, reader)
    if len(result) < len(steps):
        raise _circle([step for step in steps if waiting[step.id]])
    return tuple(result)


def _circle(stuck: Sequence[Step]) -> PlanError:
    """Names one circle among steps that all wait for one another."""
    by_id = {step.id: step for step in stuck}
    path = [stuck[0]]
    while path.count(path[-1]) == 1:
        path.append(next(by_id[name] for name in needs(path[-1]) if name in by_id))
    circle = path[path.index(path[-1]) :]
    names = " → ".join(f"`{step.kind} {step.name}`" for step in circle)
    return PlanError(f"{circle[0].location}: these wait for each other: {names}")
