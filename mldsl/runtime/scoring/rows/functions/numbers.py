"""Functions of numbers."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from mldsl.catalog.types import FLOAT
from mldsl.runtime.scoring.rows.expressions import Operands, Row, Value
from mldsl.runtime.scoring.rows.functions.common import Lower, applied, checked, finite


def _float(operation: Callable[[float], float]) -> Lower:
    """A function of floats that may leave its domain: null there."""

    def compute(value: float) -> float | None:
        try:
            return finite(operation(value))
        except (ValueError, OverflowError):
            return None

    return lambda operands: applied(compute, operands.value(0, FLOAT))


def _abs(operands: Operands) -> Value:
    if operands.type.kind == "int":
        return applied(lambda value: checked(abs(value)), operands.value(0))
    return applied(abs, operands.value(0, FLOAT))


def _round(operands: Operands) -> Value:
    value = operands.value(0, operands.type)
    if operands.type.kind == "int":
        return value
    digits = operands.constant(1) if operands.count > 1 else 0
    factor = 10.0**digits

    def compute(number: float) -> float | None:
        """As the engines do it, which Python's own `round` does not: it looks at the decimal digits."""
        if not digits:
            return float(round(number))
        scaled = number * factor
        return None if finite(scaled) is None else finite(round(scaled) / factor)

    return applied(compute, value)


def _whole_number(operation: Callable[[float], int]) -> Lower:
    def lower(operands: Operands) -> Value:
        value = operands.value(0, operands.type)
        return value if operands.type.kind == "int" else applied(lambda number: float(operation(number)), value)

    return lower


def _sign(operands: Operands) -> Value:
    kind = float if operands.type.kind == "float" else int
    return applied(lambda number: kind((number > 0) - (number < 0)), operands.value(0, operands.type))


def _extreme(pick: Callable[[Sequence[Any]], Any]) -> Lower:
    def lower(operands: Operands) -> Value:
        return _unless_null(operands.values(operands.type), pick)

    return lower


def _unless_null(values: Sequence[Value], pick: Callable[[Sequence[Any]], Any]) -> Value:
    def compute(row: Row) -> object:
        found = [value(row) for value in values]
        return None if None in found else pick(found)

    return compute


def _clip(operands: Operands) -> Value:
    return _unless_null(operands.values(operands.type), lambda found: min(max(found[0], found[1]), found[2]))


NUMBERS: Mapping[str, Lower] = {
    "abs": _abs,
    "round": _round,
    "floor": _whole_number(math.floor),
    "ceil": _whole_number(math.ceil),
    "sqrt": _float(math.sqrt),
    "exp": _float(math.exp),
    "log": _float(math.log),
    "log1p": _float(math.log1p),
    "log10": _float(math.log10),
    "sign": _sign,
    "clip": _clip,
    "least": _extreme(min),
    "greatest": _extreme(max),
}
"""Functions of numbers by name."""
