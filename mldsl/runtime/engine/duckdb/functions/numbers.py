"""Functions of numbers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from mldsl.catalog.types import FLOAT
from mldsl.runtime.engine.duckdb.functions.common import Lower, finite, native, whole
from mldsl.runtime.engine.operands import Operands


def _float(name: str) -> Lower:
    """A function of floats that may leave its domain: null there."""
    return lambda operands: finite(operands, f"{name}({operands.value(0, FLOAT)})")


def _abs(operands: Operands[str]) -> str:
    value = operands.reused(0)
    if operands.type.kind == "int":
        return native(operands, f"abs({value})", f"abs({whole(value)})")
    return f"abs({value})"


def _round(operands: Operands[str]) -> str:
    value = operands.value(0, operands.type)
    if operands.type.kind == "int":
        return value
    digits = operands.constant(1) if operands.count > 1 else 0
    return finite(operands, f"round_even({value}, {int(digits)})")


def _whole_number(name: str) -> Lower:
    def lower(operands: Operands[str]) -> str:
        value = operands.value(0, operands.type)
        return value if operands.type.kind == "int" else f"{name}({value})"

    return lower


def _log1p(operands: Operands[str]) -> str:
    """By the quotient that makes up for what `1 + x` rounds away (Kahan; in Goldberg, 1991, theorem 4)."""
    value = operands.hoisted(operands.value(0, FLOAT))
    more = operands.hoisted(f"1 + {value}")
    found = f"CASE WHEN {more} = 1 THEN {value} WHEN {more} > 0 THEN ln({more}) * ({value} / ({more} - 1)) END"
    return finite(operands, found)


def _sign(operands: Operands[str]) -> str:
    value = operands.reused(0, operands.type)
    signed = f"CAST({value} > 0 AS INTEGER) - CAST({value} < 0 AS INTEGER)"
    return f"CAST({signed} AS {'BIGINT' if operands.type.kind == 'int' else 'DOUBLE'})"


def _extreme(name: str) -> Lower:
    def lower(operands: Operands[str]) -> str:
        values = [operands.reused(index, operands.type) for index in range(operands.count)]
        return _unless_null(values, f"{name}({', '.join(values)})")

    return lower


def _clip(operands: Operands[str]) -> str:
    value, low, high = (operands.reused(index, operands.type) for index in range(3))
    return _unless_null([value, low, high], f"least(greatest({value}, {low}), {high})")


def _unless_null(values: Sequence[str], result: str) -> str:
    known = " AND ".join(f"{value} IS NOT NULL" for value in values)
    return f"CASE WHEN {known} THEN {result} END"


NUMBERS: Mapping[str, Lower] = {
    "abs": _abs,
    "round": _round,
    "floor": _whole_number("floor"),
    "ceil": _whole_number("ceil"),
    "sqrt": _float("sqrt"),
    "exp": _float("exp"),
    "log": _float("ln"),
    "log1p": _log1p,
    "log10": _float("log10"),
    "sign": _sign,
    "clip": _clip,
    "least": _extreme("least"),
    "greatest": _extreme("greatest"),
}
"""Functions of numbers by name."""
