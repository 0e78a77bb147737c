"""The graph in DOT, for Graphviz."""

from __future__ import annotations

from mldsl.plan.graph import arrows, graph
from mldsl.plan.nodes import Plan, Step
from mldsl.plan.render.colors import COLORS


def render(plan: Plan) -> str:
    """A directed graph from top to bottom; a dashed arrow says that a step only waits for another."""
    found = graph(plan)
    lines = [
        f"digraph {_quoted(plan.name)} {{",
        '  node [shape=box, style="rounded,filled", fontname="Helvetica", fontsize=11]',
        '  edge [color="#52606d", arrowsize=0.7]',
        *(f"  {_quoted(step.id)} [{_attributes(step)}]" for step in plan.steps),
        *(
            f"  {_quoted(start)} -> {_quoted(end)}{'' if tables else ' [style=dashed]'}"
            for start, end, tables in arrows(found)
        ),
        "}",
    ]
    return "\n".join(lines) + "\n"


def _attributes(step: Step) -> str:
    colors = COLORS[step.kind]
    label = f"{step.kind}\n{step.name}"
    return f'label={_quoted(label)}, fillcolor="{colors.fill}", color="{colors.line}"'


def _quoted(text: str) -> str:
    """A DOT string. In a label `\\n` centres a new line, and a backslash of the text itself is doubled."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\r", "").replace("\n", "\\n")
    return f'"{escaped}"'
