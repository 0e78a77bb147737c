"""The graph as JSON: nodes and edges, for other programs."""

from __future__ import annotations

from mldsl.plan.document import pretty
from mldsl.plan.expressions import Json
from mldsl.plan.graph import arrows, graph
from mldsl.plan.nodes import Plan, Step


def render(plan: Plan) -> str:
    """An object with `version`, `name`, `nodes` (`id`, `kind`, `name`, `location`, `doc`) and `edges`.

    An edge runs `from` what is needed `to` what needs it and has the `tables` that flow along it; none where a step
    only waits for another.
    """
    found = graph(plan)
    return pretty(
        {
            "version": 1,
            "name": plan.name,
            "nodes": [_node(step) for step in plan.steps],
            "edges": [{"from": start, "to": end, "tables": list(tables)} for start, end, tables in arrows(found)],
        }
    )


def _node(step: Step) -> Json:
    node = {"id": step.id, "kind": step.kind, "name": step.name, "location": step.location}
    return node if step.doc is None else node | {"doc": step.doc}
