"""The graph in Mermaid, which GitHub and many wikis draw."""

from __future__ import annotations

from collections.abc import Mapping

from mldsl.plan.graph import arrows, graph
from mldsl.plan.nodes import Plan, Step
from mldsl.plan.render.colors import COLORS

# How a node's label is framed.
_SHAPES: Mapping[str, tuple[str, str]] = {
    "source": ("[(", ")]"),
    "check": ("{{", "}}"),
    "transform": ("[", "]"),
    "split": ("[/", "/]"),
    "model": ("([", "])"),
    "evaluate": ("{{", "}}"),
    "deploy": ("[[", "]]"),
    "monitor": (">", "]"),
}


def render(plan: Plan) -> str:
    """A flowchart from top to bottom; a dotted arrow says that a step only waits for another."""
    found = graph(plan)
    ids = {step.id: f"s{number}" for number, step in enumerate(plan.steps)}
    lines = ["flowchart TD"]
    lines += [f"  {ids[step.id]}{_node(step)}:::{step.kind}" for step in plan.steps]
    lines += [f"  {ids[start]} {'-->' if tables else '-.->'} {ids[end]}" for start, end, tables in arrows(found)]
    kinds = dict.fromkeys(step.kind for step in plan.steps)
    lines += [f"  classDef {kind} fill:{COLORS[kind].fill},stroke:{COLORS[kind].line},color:#1f2933" for kind in kinds]
    return "\n".join(lines) + "\n"


def _node(step: Step) -> str:
    opening, closing = _SHAPES[step.kind]
    return f'{opening}"<small>{step.kind}</small><br/>{_escaped(step.name)}"{closing}'


def _escaped(text: str) -> str:
    """Anything but letters, digits, spaces and a few signs as a numbered entity, which Mermaid writes `#…;`."""
    return "".join(letter if letter.isalnum() or letter in " _.-" else f"#{ord(letter)};" for letter in text)
