"""What a condition on rows proves: bounds of columns, and times that it bounds from above."""

from __future__ import annotations

from collections.abc import Hashable, Iterator

from mldsl.analysis.flow.expressions import nodes
from mldsl.analysis.flow.nodes import Node, Table
from mldsl.analysis.flow.regions import Bound, Sign
from mldsl.analysis.typed import Call, ColumnRef, Constant, ParamRef, TypedExpr

_SIGNS: dict[str, Sign] = {
    "less": "<",
    "less_equal": "<=",
    "greater": ">",
    "greater_equal": ">=",
    "equal": "==",
    "not_equal": "!=",
}
_MIRRORED: dict[Sign, Sign] = {"<": ">", "<=": ">=", ">": "<", ">=": "<=", "==": "==", "!=": "!="}
_OPPOSITE: dict[Sign, Sign] = {"<": ">=", "<=": ">", ">": "<=", ">=": "<", "==": "!=", "!=": "=="}
# Functions that keep the order of the times they are given first.
_MONOTONE = ("add", "subtract", "date", "datetime", "truncate", "year")


def bounds(condition: TypedExpr, table: Table) -> Iterator[Bound]:
    """The bounds of columns by constants and parameters that hold where a condition is true."""
    for left, sign, right in _comparisons(condition):
        value = _value(right)
        if isinstance(left, ColumnRef) and value is not None:
            yield Bound(table.columns[left.name], sign, value)


def bounded_times(condition: TypedExpr, table: Table) -> frozenset[Node]:
    """The times that a condition bounds from above, by anything that is not made of the time itself."""
    found: set[Node] = set()
    for left, sign, right in _comparisons(condition):
        for time in table.times & nodes(left, table):
            if time not in nodes(right, table) and _bounds(left, sign, time, table):
                found.add(time)
    return frozenset(found)


def _bounds(value: TypedExpr, sign: Sign, time: Node, table: Table) -> bool:
    """Whether `value`, in which a time stands, is less than something only if the time is."""
    match value:
        case ColumnRef():
            return sign in ("<", "<=", "==")
        case Call(function="subtract" | "days_between" as function, arguments=(first, second)):
            inner, other = (first, second) if function == "subtract" else (second, first)
            if time in nodes(first, table) and time in nodes(second, table):
                return False
            if time in nodes(inner, table):
                return _bounds(inner, sign, time, table)
            return _bounds(other, _MIRRORED[sign], time, table)
        case Call(function="negate", arguments=(inner,)):
            return _bounds(inner, _MIRRORED[sign], time, table)
        case Call(function=function, arguments=arguments) if function in _MONOTONE:
            return all(_bounds(item, sign, time, table) for item in arguments if time in nodes(item, table))
        case _:
            return False


def _comparisons(condition: TypedExpr, *, true: bool = True) -> Iterator[tuple[TypedExpr, Sign, TypedExpr]]:
    """The comparisons that all hold where a condition is true (or false), each both ways round."""
    match condition:
        case Call(function="and", arguments=parts) if true:
            for part in parts:
                yield from _comparisons(part)
        case Call(function="or", arguments=parts) if not true:
            for part in parts:
                yield from _comparisons(part, true=False)
        case Call(function="not", arguments=(inner,)):
            yield from _comparisons(inner, true=not true)
        case Call(function="between", arguments=(value, low, high)) if true:
            yield from _both(value, ">=", low)
            yield from _both(value, "<=", high)
        case Call(function="in", arguments=(value, only)) if true:
            yield from _both(value, "==", only)
        case Call(function=function, arguments=(left, right)) if function in _SIGNS:
            sign = _SIGNS[function]
            yield from _both(left, sign if true else _OPPOSITE[sign], right)
        case ColumnRef():
            yield condition, "==", Constant(condition.type, condition.span, true)
        case _:
            return


def _both(left: TypedExpr, sign: Sign, right: TypedExpr) -> Iterator[tuple[TypedExpr, Sign, TypedExpr]]:
    yield left, sign, right
    yield right, _MIRRORED[sign], left


def _value(value: TypedExpr) -> Hashable | None:
    """A constant, or what stands for a parameter and what is computed from parameters and constants."""
    match value:
        case Constant(value=known):
            return known if isinstance(known, Hashable) else None
        case ParamRef(name=name):
            return (name,)
        case Call(function=function, arguments=arguments):
            parts = [_value(item) for item in arguments]
            return None if None in parts else (function, *parts)
        case _:
            return None
