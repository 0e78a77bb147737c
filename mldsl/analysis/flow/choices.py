"""What a condition makes of a table: which rows are left, what is known of them, and which values decided."""

from __future__ import annotations

from dataclasses import replace

from mldsl.analysis.flow.conditions import bounded_times, bounds
from mldsl.analysis.flow.expressions import binding, edges
from mldsl.analysis.flow.nodes import CONDITION, Node, Table
from mldsl.analysis.flow.regions import narrowed
from mldsl.analysis.typed import Call, Constant, TypedExpr


def chosen(condition: TypedExpr, table: Table) -> Table:
    """The rows where a condition is true, with what it says of them."""
    rows = narrowed(table.rows, *bounds(condition, table))
    bounded = table.bounded | bounded_times(condition, table)
    first, rest = _firsts(condition, table)
    if first is not None:
        return replace(kept_once(table, first), rows=rows, bounded=bounded, selectors=table.selectors | rest)
    return replace(table, rows=rows, bounded=bounded, selectors=table.selectors | deciders(condition, table))


def kept_once(table: Table, by: frozenset[Node]) -> Table:
    """One of the rows that share these values."""
    kept = tuple(item for item in table.repeats if not by <= item.key)
    return replace(table, uniques=table.uniques | {by}, repeats=kept, copies=(), picked=True)


def deciders(condition: TypedExpr, table: Table) -> frozenset[Node]:
    """The values that decide whether a row is there; one made in the condition itself if it looks at other rows."""
    found = list(edges(condition, table))
    own = frozenset(edge.node for edge in found if edge.step is None)
    if len(own) == len({edge.node for edge in found}):
        return own
    return own | {Node(CONDITION, condition.span, condition.type, edges=found)}


def _firsts(condition: TypedExpr, table: Table) -> tuple[frozenset[Node] | None, frozenset[Node]]:
    """What rows are numbered by of which a condition keeps the first, and what else decides which rows there are."""
    parts = condition.arguments if isinstance(condition, Call) and condition.function == "and" else (condition,)
    first: frozenset[Node] | None = None
    rest: frozenset[Node] = frozenset()
    for part in parts:
        number = _first(part, table)
        if number is None:
            rest |= deciders(part, table)
            continue
        first = number.numbers if first is None else first
        rest |= {edge.node for edge in number.edges if edge.step is None}
    return first, rest


def _first(part: TypedExpr, table: Table) -> Node | None:
    """The number that a condition says is 1: `number == 1`, `number <= 1`, `number < 2`."""
    match part:
        case Call(
            function="equal" | "less_equal" | "less" as sign, arguments=(value, Constant(value=int() | float() as at))
        ):
            if at != (2 if sign == "less" else 1):
                return None
            node = binding("number", value, value.span, table)
            return node if node.numbers is not None else None
        case _:
            return None
