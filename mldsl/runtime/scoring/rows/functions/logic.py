"""Comparisons, three-valued logic, `if`, `in`, `between`, `??`."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from typing import Any

from mldsl.catalog.types import BOOL, Type
from mldsl.runtime.scoring.rows.expressions import Operands, Row, Value
from mldsl.runtime.scoring.rows.functions.common import Lower, applied, applied_to_both


def _equality(operation: Callable[[Any, Any], bool]) -> Lower:
    def lower(operands: Operands) -> Value:
        common = _comparable(operands)
        return applied_to_both(operation, operands.value(0, common), operands.value(1, common))

    return lower


def _order(operation: Callable[[Any, Any], bool]) -> Lower:
    return lambda operands: applied_to_both(operation, _ranked(operands, 0), _ranked(operands, 1))


def _comparable(operands: Operands) -> Type:
    """The type to compare in; bare nulls have none of their own, and any does."""
    common = operands.common()
    return BOOL if common.kind in ("null", "any") else common


def _ranked(operands: Operands, index: int) -> Value:
    """An argument as what it is ordered by: an enum's value by its place among the declared ones."""
    common = _comparable(operands)
    value = operands.value(index, common)
    if common.kind != "enum":
        return value
    places = {name: place for place, name in enumerate(common.values)}
    return applied(places.__getitem__, value)


def _between(operands: Operands) -> Value:
    value, low, high = (_ranked(operands, index) for index in range(3))

    def compute(row: Row) -> bool | None:
        found, least, most = value(row), low(row), high(row)
        above = None if found is None or least is None else bool(found >= least)
        below = None if found is None or most is None else bool(found <= most)
        return _both(above, below)

    return compute


def _both(one: bool | None, other: bool | None) -> bool | None:
    if one is False or other is False:
        return False
    return None if one is None or other is None else True


def _in(operands: Operands) -> Value:
    common = _comparable(operands)
    value = operands.value(0, common)
    items = operands.values(common, 1)

    def compute(row: Row) -> bool | None:
        found = value(row)
        given = [item(row) for item in items]
        if found is None:
            return None
        if found in [item for item in given if item is not None]:
            return True
        return None if None in given else False

    return compute


def _and(operands: Operands) -> Value:
    left, right = operands.value(0, BOOL), operands.value(1, BOOL)

    def compute(row: Row) -> bool | None:
        first = left(row)
        return False if first is False else _both(first, right(row))

    return compute


def _or(operands: Operands) -> Value:
    left, right = operands.value(0, BOOL), operands.value(1, BOOL)

    def compute(row: Row) -> bool | None:
        first = left(row)
        if first is True:
            return True
        second = right(row)
        if second is True:
            return True
        return None if first is None or second is None else False

    return compute


def _if(operands: Operands) -> Value:
    condition = operands.value(0, BOOL)
    then, otherwise = operands.value(1, operands.type), operands.value(2, operands.type)
    return lambda row: then(row) if condition(row) is True else otherwise(row)


def _coalesce(operands: Operands) -> Value:
    values = operands.values(operands.type)

    def compute(row: Row) -> object:
        for value in values:
            found = value(row)
            if found is not None:
                return found
        return None

    return compute


def _is_null(operands: Operands) -> Value:
    value = operands.value(0)
    return lambda row: value(row) is None


LOGIC: Mapping[str, Lower] = {
    "equal": _equality(operator.eq),
    "not_equal": _equality(operator.ne),
    "less": _order(operator.lt),
    "less_equal": _order(operator.le),
    "greater": _order(operator.gt),
    "greater_equal": _order(operator.ge),
    "between": _between,
    "in": _in,
    "not": lambda operands: applied(operator.not_, operands.value(0, BOOL)),
    "and": _and,
    "or": _or,
    "if": _if,
    "coalesce": _coalesce,
    "is_null": _is_null,
}
"""Logic by name."""
