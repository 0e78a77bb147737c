"""Every node of a tree, from the outside in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from mldsl.syntax.tree import Module, Node


def nodes(root: Module | Node) -> Iterator[Node]:
    """`root` (unless it is a module) and all nodes below it, each before its parts."""
    waiting: list[object] = [*root.declarations] if isinstance(root, Module) else [root]
    waiting.reverse()
    names: dict[type[Node], tuple[str, ...]] = {}
    while waiting:
        item = waiting.pop()
        if isinstance(item, Node):
            yield item
            kind = type(item)
            if kind not in names:
                names[kind] = tuple(f.name for f in reversed(fields(kind)) if f.name not in ("span", "op_span"))
            waiting.extend(getattr(item, name) for name in names[kind])
        elif type(item) is tuple:
            waiting.extend(reversed(item))
