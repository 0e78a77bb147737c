"""ML305: rows of one entity that may land on both sides of a split."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.flow.evidence import Evidence
from mldsl.analysis.flow.nodes import Node, Table
from mldsl.analysis.program import SplitDecl
from mldsl.analysis.rules.leak import Leak
from mldsl.diagnostics.model import Diagnostic, Label


def look(evidence: Evidence) -> Iterator[Leak]:
    """One for each split, at its name. A split by time keeps the past from the future, whoever it is about."""
    for split in evidence.splits():
        if split.time is not None:
            continue
        table = evidence.flow.table(split.table)
        leak = _entity(split, table) or _repeated(split, table)
        if leak is not None:
            yield leak


def _entity(split: SplitDecl, table: Table) -> Leak | None:
    """An entity with several rows whose rows the split does not keep together."""
    for node in sorted(table.entities, key=lambda item: (item.span.start, item.name)):
        if table.unique([node]) or _keeps(split, table, frozenset([node])):
            continue
        name = next((name for name, item in table.columns.items() if item is node), node.name)
        there = any(item is node for item in table.columns.values())
        message = f"rows of one `{name}` may be in several parts of `{split.name}`"
        help_ = f"add `group: {name}`" if there else f"keep `{name}` until the split, and add `group: {name}`"
        labels = (Label(node.span, "the entity that a row is about"),)
        return Leak(Diagnostic("ML305", message, split.span, "", labels, help_), (("rows", split.name),))
    return None


def _repeated(split: SplitDecl, table: Table) -> Leak | None:
    """A key that a join or a union has repeated."""
    for repeat in table.repeats:
        if table.unique(repeat.key) or _keeps(split, table, repeat.key):
            continue
        names = [name for name, node in table.columns.items() if node in repeat.key]
        known = ", ".join(f"`{name}`" for name in names) or "key"
        message = f"rows of one {known} may be in several parts of `{split.name}`"
        labels = (Label(repeat.span, f"this {repeat.what} may repeat the key"),)
        help_ = f"add `group: {names[0]}`" if names else "keep the key until the split, and add `group:` with it"
        return Leak(Diagnostic("ML305", message, split.span, "", labels, help_), (("rows", split.name),))
    return None


def _keeps(split: SplitDecl, table: Table, nodes: frozenset[Node]) -> bool:
    """Whether rows that share these values share the split's group: it is one of them, or made of them alone."""
    if split.group is None:
        return False
    waiting = [table.columns[split.group]]
    while waiting:
        node = waiting.pop()
        if node in nodes:
            continue
        if not node.edges or any(edge.step is not None for edge in node.edges):
            return False
        waiting += (edge.node for edge in node.edges)
    return True
