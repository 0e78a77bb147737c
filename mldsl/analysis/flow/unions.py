"""Two tables' rows in one: what was there twice, and what no longer tells rows apart."""

from __future__ import annotations

from dataclasses import replace

from mldsl.analysis.flow.nodes import Copied, Edge, Node, Repeat, Table
from mldsl.analysis.flow.regions import Bound, Condition, few, meet
from mldsl.analysis.typed import Schema
from mldsl.source import Span


def union(left: Table, right: Table, schema: Schema, span: Span) -> Table:
    """The rows of both, columns matched by name."""
    sides = _tell_apart(left, right)
    columns = {name: _either(name, node, right.columns.get(name, node), sides) for name, node in left.columns.items()}
    repeated = any(one.repeats(two) for one in left.rows for two in right.rows)
    copied = repeated and (_alike(left, right) or not left.key)
    apart = not repeated and _same_rows(left, right)
    repeats = _repeats(left, right, columns, span) if repeated and not copied else ()
    return replace(
        left,
        schema=schema,
        columns=columns,
        rows=few(left.rows | right.rows),
        influences=few(left.influences | right.influences),
        uniques=left.uniques & right.uniques if apart else frozenset(),
        key=left.key if apart else frozenset(columns[column.name] for column in schema.with_role("key")),
        entities=left.entities | right.entities | _joined_entities(left, right, columns),
        times=left.times | right.times,
        bounded=(left.bounded & right.bounded) | _bounded(left, right),
        selectors=left.selectors | right.selectors,
        picked=left.picked or right.picked,
        repeats=(*left.repeats, *right.repeats, *repeats),
        copies=(*left.copies, *right.copies, *((Copied(span, left.name, right.name),) if copied else ())),
        opaque=tuple(dict.fromkeys((*left.opaque, *right.opaque))),
    )


def _either(name: str, left: Node, right: Node, sides: frozenset[Node]) -> Node:
    """A value of either side; one written down in the program tells what the sides were told apart by."""
    if left is right:
        return left
    told = sorted(sides, key=lambda node: node.span.start) if left.constant or right.constant else ()
    edges = (Edge(left), Edge(right), *(Edge(node) for node in told))
    return Node(name, left.span, left.type, roles=left.roles | right.roles, edges=edges, copies=2)


def _tell_apart(left: Table, right: Table) -> frozenset[Node]:
    """The values by which rows came to one side or the other: chosen by on one side only, or differently."""
    either = left.selectors | right.selectors
    both = left.selectors & right.selectors
    return frozenset(node for node in either if node not in both or _bounds_of(node, left) != _bounds_of(node, right))


def _bounds_of(node: Node, table: Table) -> frozenset[Condition]:
    conditions = (item for region in table.rows for item in region.conditions)
    return frozenset(item for item in conditions if isinstance(item, Bound) and item.column is node)


def _alike(left: Table, right: Table) -> bool:
    """Whether each column is the same on both sides, but for those that say which side a row is from."""
    pairs = ((node, right.columns.get(name)) for name, node in left.columns.items())
    return all(one is two or (two is not None and one.constant and two.constant) for one, two in pairs)


def _same_rows(left: Table, right: Table) -> bool:
    """Whether both are parts of one table that have no row in common."""
    kinds = {(item.bases, item.grains) for item in (*left.rows, *right.rows)}
    return len(kinds) == 1 and not meet(left.rows, right.rows)


def _repeats(left: Table, right: Table, columns: dict[str, Node], span: Span) -> tuple[Repeat, ...]:
    """Rows that are on both sides in different forms: their key tells rows apart no more."""
    names = {name for name, node in left.columns.items() if node in left.key}
    names &= {name for name, node in right.columns.items() if node in right.key}
    return (Repeat(frozenset(columns[name] for name in names), span, "union"),) if names else ()


def _joined_entities(left: Table, right: Table, columns: dict[str, Node]) -> frozenset[Node]:
    """Columns that name an entity on either side."""
    names = (name for table in (left, right) for name, node in table.columns.items() if node in table.entities)
    return frozenset(columns[name] for name in names if name in columns)


def _bounded(left: Table, right: Table) -> frozenset[Node]:
    """Where every time of a side is bounded, or it has none, so far as that side goes."""
    if left.timed or right.timed:
        return frozenset()
    return left.bounded | right.bounded
