"""Times that are made of others: a day later, the day of a moment; and what an order by them says of the others."""

from __future__ import annotations

from datetime import timedelta

from mldsl.analysis.flow.nodes import Node, Offset, Table
from mldsl.analysis.typed import Call, ColumnRef, Constant, TypedExpr

_DAY = 86_400.0
# How far back the start of a period can lie, in seconds.
_PERIODS = {
    "year": 366 * _DAY,
    "quarter": 92 * _DAY,
    "month": 31 * _DAY,
    "week": 7 * _DAY,
    "day": _DAY,
    "hour": 3600.0,
    "minute": 60.0,
    "second": 1.0,
}


def offset(value: TypedExpr, table: Table) -> Offset | None:
    """How a time computed in a row lies to the one it is made of; None where that cannot be told."""
    match value:
        case ColumnRef(name=name):
            return _of(table.columns[name])
        case Call(function="add", arguments=(inner, by)) | Call(function="add", arguments=(Constant() as by, inner)):
            return _moved(offset(inner, table), _seconds(by))
        case Call(function="subtract", arguments=(inner, by)):
            seconds = _seconds(by)
            return _moved(offset(inner, table), None if seconds is None else -seconds)
        case Call(function="datetime", arguments=(inner,)):
            return offset(inner, table)
        case Call(function="date", arguments=(inner,)):
            return _cut(offset(inner, table), 0.0 if inner.type.kind == "date" else _DAY)
        case Call(function="truncate", arguments=(inner, Constant(value=str() as unit))):
            return _cut(offset(inner, table), _PERIODS.get(unit.lower()))
        case _:
            return None


def advance(by: tuple[Node, Node]) -> tuple[float, bool]:
    """How many seconds later than the reader's a time can be that is read where `by[0] >= by[1]`, at the most.

    The second value says that it is always less. A reader that knows its day alone is at no hour of it.
    """
    one, two = (_of(node) or Offset(node) for node in by)
    most = one.most - two.least
    if one.base.type.kind == "date" and two.open and 0 < most <= _DAY:
        return 0.0, False
    return most, two.open


def strictly_earlier(by: tuple[Node, Node]) -> bool:
    """Whether all that is read where `by[0] >= by[1]` lies before the reader's time."""
    most, open_ = advance(by)
    return most < 0 or (most == 0 and open_)


def looks_ahead(by: tuple[Node, Node]) -> bool:
    """Whether something later than the reader's time may be read although `by[0] >= by[1]`."""
    return advance(by)[0] > 0


def related(one: Node, other: Node) -> bool:
    """Whether two times are the same or made of the same one in their row."""
    return bool(_roots(one) & _roots(other))


def _roots(node: Node) -> set[Node]:
    found: set[Node] = set()
    waiting = [node]
    while waiting:
        item = waiting.pop()
        if item not in found:
            found.add(item)
            waiting += (edge.node for edge in item.edges if edge.step is None and edge.node.timely)
    return found


def _of(node: Node) -> Offset | None:
    if node.offset is not None:
        return node.offset
    return Offset(node) if node.timely else None


def _seconds(value: TypedExpr) -> float | None:
    match value:
        case Constant(value=timedelta() as length):
            return length.total_seconds()
        case _:
            return None


def _moved(found: Offset | None, seconds: float | None) -> Offset | None:
    if found is None or seconds is None:
        return None
    return Offset(found.base, found.least + seconds, found.most + seconds, found.open)


def _cut(found: Offset | None, period: float | None) -> Offset | None:
    if found is None or period is None:
        return None
    return Offset(found.base, found.least - period, found.most, found.open or period > 0)
