"""The plan as a graph: steps as nodes, what one needs of another as edges."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeAlias

import networkx as nx

from mldsl.plan.nodes import Plan, Step

StepGraph: TypeAlias = "nx.DiGraph[str]"


def graph(plan: Plan, steps: Iterable[Step] | None = None) -> StepGraph:
    """The graph of a plan, or of some of its steps, by step id and in the plan's order.

    A node has its `step`. An edge runs from what is needed to what needs it; `tables` are the names that flow along it,
    none where a step only waits for another (a check, an evaluation).
    """
    chosen = plan.steps if steps is None else tuple(steps)
    found: StepGraph = nx.DiGraph()
    for step in chosen:
        found.add_node(step.id, step=step)
    for step in chosen:
        for name, source in step.inputs.items():
            _connect(found, source.step, step.id, name)
        for id_ in step.after:
            _connect(found, id_, step.id, None)
    return found


def arrows(found: StepGraph) -> list[tuple[str, str, tuple[str, ...]]]:
    """The edges: the ids of what is needed and of what needs it, and the names that flow."""
    return [(start, end, found.edges[start, end]["tables"]) for start, end in found.edges]


def _connect(found: StepGraph, start: str, end: str, name: str | None) -> None:
    if start not in found:
        return
    if not found.has_edge(start, end):
        found.add_edge(start, end, tables=())
    if name is not None:
        found.edges[start, end]["tables"] += (name,)
