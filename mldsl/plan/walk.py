"""Every node inside a node, whatever its kind."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.plan.node import Node
from mldsl.plan.nodes import ModelBody, PythonCode, PythonForm, SourceBody, Step, TransformBody


def descendants(node: Node) -> Iterator[Node]:
    """`node` and all nodes in it, in no particular order, without recursion."""
    stack: list[object] = [node]
    while stack:
        match stack.pop():
            case Node() as found:
                yield found
                stack += (getattr(found, name) for name in found.__dataclass_fields__)
            case tuple() | list() as items:
                stack += items
            case dict() as items:
                stack += items.values()
            case _:
                continue


def python_files(step: Step) -> list[str]:
    """The user's Python files that the step calls, sorted, as the plan has them."""
    match step.body:
        case SourceBody() | ModelBody() | TransformBody(action=PythonForm()):
            found = descendants(step.body)
        case _:
            return []
    return sorted({node.path for node in found if isinstance(node, PythonCode)})
