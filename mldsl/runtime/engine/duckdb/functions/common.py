"""What the lowerings of several groups need."""

from __future__ import annotations

from collections.abc import Callable

from mldsl.runtime.engine.duckdb.risks import STOP
from mldsl.runtime.engine.failing import OVERFLOW, UNFIT
from mldsl.runtime.engine.operands import Operands
from mldsl.runtime.engine.values import INT_MAX, INT_MIN

Lower = Callable[[Operands[str]], str]


def finite(operands: Operands[str], value: str) -> str:
    """A float without NaN and infinities: null in their place."""
    value = operands.hoisted(value)
    return f"CASE WHEN isfinite({value}) THEN {value} END"


def whole(value: str) -> str:
    """An int as 128 bits: two of them can be added or multiplied without going over."""
    return f"CAST({value} AS HUGEINT)"


def beyond(value: str) -> str:
    """Where 64 bits do not hold an int of 128."""
    return f"({value} NOT BETWEEN {INT_MIN} AND {INT_MAX})"


def checked(operands: Operands[str], value: str) -> str:
    """A 128-bit int as an int; what 64 bits do not hold is an error, which the cast raises."""
    value = operands.hoisted(operands.guarded(value))
    operands.risky(beyond(value), value, OVERFLOW)
    return f"CAST({value} AS BIGINT)"


def native(operands: Operands[str], plain: str, wide: str) -> str:
    """`plain`, which fails by itself where it goes over; `wide` is the same of 128 bits, to say where."""
    operands.risky(operands.guarded(beyond(wide)), wide, OVERFLOW)
    return f"({operands.guarded(plain)})"


def required(operands: Operands[str], value: str, bad: str, shown: str, problem: str = UNFIT) -> str:
    """`value`, which is null where `bad` is true; such a row is an error that names `shown`."""
    operands.risky(bad, shown, problem)
    return f"CASE WHEN {bad} THEN {STOP} ELSE {value} END"
