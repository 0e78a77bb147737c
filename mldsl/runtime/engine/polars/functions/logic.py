"""Comparisons, three-valued logic, `if`, `in`, `between`, `??`."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import polars as pl

from mldsl.catalog.types import BOOL, Type
from mldsl.plan.expressions import Call, Expression, Window
from mldsl.plan.walk import descendants
from mldsl.runtime.engine.polars.functions.common import Lower

if TYPE_CHECKING:
    from mldsl.runtime.engine.polars.lowering import Operands

# Kinds whose Python values engines take in a list as they are.
_LISTED = ("int", "float", "string", "text")


def _comparison(operation: Callable[[pl.Expr, pl.Expr], pl.Expr]) -> Lower:
    def lower(operands: Operands) -> pl.Expr:
        common = _comparable(operands)
        return operation(operands.value(0, common), operands.value(1, common))

    return lower


def _comparable(operands: Operands) -> Type:
    """The type to compare in; bare nulls have none of their own, and any does."""
    common = operands.common()
    return BOOL if common.kind in ("null", "any") else common


def _between(operands: Operands) -> pl.Expr:
    common = _comparable(operands)
    value = operands.reused(0, common)
    return (value >= operands.value(1, common)) & (value <= operands.value(2, common))


def _in(operands: Operands) -> pl.Expr:
    common = _comparable(operands)
    value = operands.reused(0, common)
    if common.kind not in _LISTED or not all(operands.is_constant(index) for index in range(1, operands.count)):
        equal = [value == item for item in operands.values(common, 1)]
        return functools.reduce(operator.or_, equal)
    items = [operands.constant(index) for index in range(1, operands.count)]
    known = [float(item) if common.kind == "float" else item for item in items if item is not None]
    found = (
        value.is_in(known)
        if known
        else pl.when(value.is_null()).then(pl.lit(None, dtype=pl.Boolean())).otherwise(pl.lit(False))
    )
    found = pl.when(~value.is_null()).then(found)
    return found if len(known) == len(items) else found | pl.lit(None, dtype=pl.Boolean())


def _and(operands: Operands) -> pl.Expr:
    if _cannot_fail(operands.call.arguments[1]):
        return operands.value(0, BOOL) & operands.value(1, BOOL)
    left = operands.reused(0, BOOL)
    # What is decided already cannot fail: `x != "" and int(x) > 3`.
    return left & operands.value(1, BOOL, guard=~_is_false(left))


def _or(operands: Operands) -> pl.Expr:
    if _cannot_fail(operands.call.arguments[1]):
        return operands.value(0, BOOL) | operands.value(1, BOOL)
    left = operands.reused(0, BOOL)
    return left | operands.value(1, BOOL, guard=~_is_true(left))


def _cannot_fail(expression: Expression) -> bool:
    """Whether a condition needs no guard: one of comparisons alone stays an expression, which reaches a file's scan."""
    nodes = [node for node in descendants(expression) if isinstance(node, Call | Window)]
    return all(isinstance(node, Call) and node.function in LOGIC for node in nodes)


def _if(operands: Operands) -> pl.Expr:
    holds = _is_true(operands.reused(0, BOOL))
    then = operands.value(1, operands.type, guard=holds)
    return pl.when(holds).then(then).otherwise(operands.value(2, operands.type, guard=~holds))


def _coalesce(operands: Operands) -> pl.Expr:
    values = [operands.reused(0, operands.type)]
    for index in range(1, operands.count):
        missing = functools.reduce(operator.and_, (value.is_null() for value in values))
        values.append(operands.reused(index, operands.type, guard=missing))
    return pl.coalesce(*values)


def _is_true(condition: pl.Expr) -> pl.Expr:
    return condition.fill_null(value=False)


def _is_false(condition: pl.Expr) -> pl.Expr:
    return ~condition.fill_null(value=True)


LOGIC: Mapping[str, Lower] = {
    "equal": _comparison(operator.eq),
    "not_equal": _comparison(operator.ne),
    "less": _comparison(operator.lt),
    "less_equal": _comparison(operator.le),
    "greater": _comparison(operator.gt),
    "greater_equal": _comparison(operator.ge),
    "between": _between,
    "in": _in,
    "not": lambda operands: ~operands.value(0, BOOL),
    "and": _and,
    "or": _or,
    "if": _if,
    "coalesce": _coalesce,
    "is_null": lambda operands: operands.value(0).is_null(),
}
"""Logic by name."""
