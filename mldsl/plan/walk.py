"""Every node inside a node, whatever its kind."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mldsl.plan.node import Node
from mldsl.plan.nodes import ModelBody, Plan, PythonCode, PythonForm, Secret, SourceBody, Step, TransformBody


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


def secret_names(*nodes: Node) -> tuple[str, ...]:
    """The names of the secrets in these nodes, sorted, each once."""
    return tuple(sorted({item.secret for node in nodes for item in descendants(node) if isinstance(item, Secret)}))


def secrets_of_task(plan: Plan, steps: Iterable[Step]) -> tuple[str, ...]:
    """The names of the secrets that a task of these steps needs: of the artifact store, and of the steps."""
    store = plan.settings.artifacts
    own = [store] if isinstance(store, Secret) else []
    return secret_names(*own, *(step.body for step in steps))


def secrets_of(plan: Plan) -> tuple[str, ...]:
    """The names of all secrets that a plan names: of its settings and of its steps."""
    return secret_names(plan.settings, *(step.body for step in plan.steps))
