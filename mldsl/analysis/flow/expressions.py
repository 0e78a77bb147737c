"""What an expression's value is computed from."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from mldsl.analysis.flow.nodes import Direction, Edge, Node, Step, Table
from mldsl.analysis.flow.times import offset
from mldsl.analysis.typed import Call, ColumnRef, Constant, Order, TypedExpr, Window
from mldsl.source import Span


def binding(name: str, value: TypedExpr, span: Span, table: Table) -> Node:
    """The value of a `derive`; a plain column is that column still."""
    if isinstance(value, ColumnRef):
        return table.columns[value.name]
    return Node(
        name,
        span,
        value.type,
        edges=edges(value, table),
        offset=offset(value, table),
        constant=isinstance(value, Constant),
        numbers=_numbers(value, table),
    )


def _numbers(value: TypedExpr, table: Table) -> frozenset[Node] | None:
    match value:
        case Window(function="row_number", partition=partition):
            return frozenset(table.columns[name] for name in partition)
        case _:
            return None


def edges(value: TypedExpr, table: Table) -> Iterator[Edge]:
    """What goes into a value of a row."""
    match value:
        case ColumnRef(name=name):
            yield Edge(table.columns[name])
        case Call(arguments=arguments):
            for argument in arguments:
                yield from edges(argument, table)
        case Window():
            yield from _window(value, table)
        case _:
            return


def nodes(value: TypedExpr, table: Table) -> frozenset[Node]:
    """All values that an expression mentions, in whichever row."""
    return frozenset(edge.node for edge in edges(value, table))


def across(inner: Iterable[Node], step: Step, table: Table) -> Iterator[Edge]:
    """What goes into an aggregate: the values of the rows read, and what decided that these are there."""
    yield Edge(presence(table, step), step)
    for node in inner:
        yield Edge(node, step)
    for node in table.selectors:
        yield Edge(node, step, selects=True)


def presence(table: Table, step: Step) -> Node:
    """That there is a row at all: what `count()` counts."""
    from mldsl.catalog.types import INT

    return Node(table.name, step.span, INT)


def _window(value: Window, table: Table) -> Iterator[Edge]:
    partition = [table.columns[name] for name in value.partition]
    order = [table.columns[key.column] for key in value.order]
    step = window_step(value, table)
    for node in (*partition, *order):
        yield Edge(node)
    inner = [edge for argument in value.arguments for edge in edges(argument, table)]
    yield from across((edge.node for edge in inner), step, table)
    if value.function in ("row_number", "rank"):
        for node in order:
            yield Edge(node, step)


def window_step(value: Window, table: Table) -> Step:
    """The rows that a window reads."""
    first = value.order[0] if value.order else None
    places = {table.columns[name] for name in (*value.partition, *([first.column] if first is not None else []))}
    return Step(
        "window",
        value.span,
        table.rows,
        frozenset((table.columns[name], table.columns[name]) for name in value.partition),
        _direction(value.function, first, value.arguments),
        (table.columns[first.column], table.columns[first.column]) if first is not None else None,
        ties=not table.unique(places),
        alone=value.function in ("lag", "lead"),
        timed=table.timed,
    )


def _direction(function: str, first: Order | None, arguments: tuple[TypedExpr, ...]) -> Direction:
    if first is None:
        return "any"
    match function:
        case "lag":
            return "later" if first.descending else "earlier"
        case "lead":
            return "earlier" if first.descending else "later"
        case _:
            return "from" if first.descending else "upto"
