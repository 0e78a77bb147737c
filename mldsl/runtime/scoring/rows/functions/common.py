"""What the functions of several groups need."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mldsl.catalog.types import Type
from mldsl.runtime.engine.values import INT_MAX, INT_MIN
from mldsl.runtime.scoring.rows.beyond import Beyond
from mldsl.runtime.scoring.rows.expressions import Operands, Row, Value

Lower = Callable[[Operands], Value]

_INFINITY = float("inf")
WHITE = "\t\n\x0b\x0c\r \x85\xa0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000"  # noqa: E501
"""White space as Unicode has it; Python's `strip` takes four separators more."""


def finite(value: float) -> float | None:
    """A float without NaN and infinities: null in their place."""
    return value if -_INFINITY < value < _INFINITY else None


def checked(value: int) -> int:
    """An int that 64 bits hold. Raises Beyond for another, which is an error that the engine words."""
    if INT_MIN <= value <= INT_MAX:
        return value
    raise Beyond


def of_one(operation: Callable[[Any], object], wanted: Type | None = None) -> Lower:
    """A function of one argument that is null for null."""
    return lambda operands: applied(operation, operands.value(0, wanted))


def of_two(operation: Callable[[Any, Any], object], wanted: Type | None = None) -> Lower:
    """A function of two arguments that is null where one is."""
    return lambda operands: applied_to_both(operation, operands.value(0, wanted), operands.value(1, wanted))


def applied(operation: Callable[[Any], object], value: Value) -> Value:
    """The operation on a value; null for null."""

    def compute(row: Row) -> object:
        found = value(row)
        return None if found is None else operation(found)

    return compute


def applied_to_both(operation: Callable[[Any, Any], object], first: Value, second: Value) -> Value:
    """The operation on two values, both of which are computed; null where one is."""

    def compute(row: Row) -> object:
        one, other = first(row), second(row)
        return None if one is None or other is None else operation(one, other)

    return compute
