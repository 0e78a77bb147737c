"""The arithmetic operators: ints that never wrap, floats that are never NaN or infinite, dates and durations."""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any

from mldsl.catalog.types import DATETIME, FLOAT, INT, Type
from mldsl.runtime.scoring.rows.beyond import Beyond
from mldsl.runtime.scoring.rows.expressions import Operands, Value
from mldsl.runtime.scoring.rows.functions.common import Lower, applied, applied_to_both, checked, finite

_Binary = Callable[[Any, Any], Any]
_MICRO = timedelta(microseconds=1)
_LARGEST_EXPONENT = 64  # of a base that is not -1, 0 or 1, a greater power is beyond 64 bits


def micros(length: timedelta) -> int:
    """A duration in microseconds."""
    return length // _MICRO


def _of_two(operands: Operands, wanted: Type, operation: _Binary) -> Value:
    return applied_to_both(operation, operands.value(0, wanted), operands.value(1, wanted))


def _plain(operation: _Binary) -> Lower:
    def lower(operands: Operands) -> Value:
        if operands.type.kind == "int":
            return _of_two(operands, INT, lambda a, b: checked(operation(a, b)))
        return _of_two(operands, FLOAT, lambda a, b: finite(operation(a, b)))

    return lower


def _add(operands: Operands) -> Value:
    match operands.type.kind:
        case "date" | "duration":
            return applied_to_both(operator.add, operands.value(0), operands.value(1))
        case "datetime":
            first, second = (0, 1) if operands.kind(1) in ("duration", "null") else (1, 0)
            return applied_to_both(operator.add, operands.value(first, DATETIME), operands.value(second))
        case _:
            return _plain(operator.add)(operands)


def _subtract(operands: Operands) -> Value:
    match operands.type.kind:
        case "duration" if operands.kind(0) != "duration" and operands.kind(1) != "duration":
            return applied_to_both(operator.sub, operands.value(0, DATETIME), operands.value(1, DATETIME))
        case "duration" | "date":
            return applied_to_both(operator.sub, operands.value(0), operands.value(1))
        case "datetime":
            return applied_to_both(operator.sub, operands.value(0, DATETIME), operands.value(1))
        case _:
            return _plain(operator.sub)(operands)


def _multiply(operands: Operands) -> Value:
    if operands.type.kind != "duration":
        return _plain(operator.mul)(operands)
    length, factor = (0, 1) if operands.kind(0) == "duration" else (1, 0)
    if operands.kind(factor) == "int":
        return applied_to_both(lambda a, b: _length(micros(a) * b), operands.value(length), operands.value(factor))
    return applied_to_both(
        lambda a, b: _rounded(float(micros(a)) * b), operands.value(length), operands.value(factor, FLOAT)
    )


def _divide(operands: Operands) -> Value:
    if operands.kind(0) != "duration":
        return _of_two(operands, FLOAT, _ratio)
    if operands.kind(1) == "duration":
        return applied_to_both(
            lambda a, b: _ratio(float(micros(a)), float(micros(b))), operands.value(0), operands.value(1)
        )
    return applied_to_both(
        lambda a, b: _rounded(_ratio(float(micros(a)), b)), operands.value(0), operands.value(1, FLOAT)
    )


def _ratio(above: float, below: float) -> float | None:
    return None if below == 0 else finite(above / below)


def _rounded(length: float | None) -> timedelta | None:
    """Float microseconds as a duration, to the nearest microsecond."""
    known = None if length is None else finite(length)
    return None if known is None else _length(round(known))


def _length(length: int) -> timedelta:
    return timedelta(microseconds=checked(length))


def _floored(operation: _Binary) -> Lower:
    """`//` and `%`: null where the divisor is 0."""

    def lower(operands: Operands) -> Value:
        if operands.type.kind == "int":
            return _of_two(operands, INT, lambda a, b: None if b == 0 else checked(operation(a, b)))
        return _of_two(operands, FLOAT, lambda a, b: None if b == 0 else finite(operation(a, b)))

    return lower


def _power(operands: Operands) -> Value:
    if operands.type.kind == "int":
        return _of_two(operands, INT, _int_power)
    return _of_two(operands, FLOAT, _float_power)


def _int_power(base: int, exponent: int) -> int:
    if exponent < 0 or (exponent > _LARGEST_EXPONENT and not -1 <= base <= 1):
        raise Beyond
    if exponent > _LARGEST_EXPONENT:
        exponent = _LARGEST_EXPONENT + exponent % 2  # only whether it is even matters
    return checked(base**exponent)


def _float_power(base: float, exponent: float) -> float | None:
    try:
        return finite(math.pow(base, exponent))
    except (ValueError, OverflowError):
        return None


def _negate(operands: Operands) -> Value:
    match operands.type.kind:
        case "int":
            return applied(lambda value: checked(-value), operands.value(0))
        case "duration":
            return applied(lambda value: _length(-micros(value)), operands.value(0))
        case _:
            return applied(lambda value: 0.0 - value, operands.value(0))


ARITHMETIC: Mapping[str, Lower] = {
    "add": _add,
    "subtract": _subtract,
    "multiply": _multiply,
    "divide": _divide,
    "floor_divide": _floored(operator.floordiv),
    "modulo": _floored(operator.mod),
    "power": _power,
    "negate": _negate,
}
"""The arithmetic operators by name."""
