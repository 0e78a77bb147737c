"""The arithmetic operators: ints that never wrap, floats that are never NaN or infinite, dates and durations."""

from __future__ import annotations

from collections.abc import Mapping

from mldsl.catalog.types import DATETIME, DURATION, FLOAT, INT, Type
from mldsl.runtime.engine.duckdb.functions.common import Lower, checked, finite, native, required, whole
from mldsl.runtime.engine.failing import OVERFLOW
from mldsl.runtime.engine.operands import Operands

_HUGE = "CAST('1e19' AS DOUBLE)"  # beyond every int of 64 bits, and within 128 bits by far
_DAY = 86_400_000_000  # microseconds
_BITS = 7  # of the exponents of ints whose powers are ints of 64 bits: at most 64


def _plain(sign: str) -> Lower:
    """An operator on numbers."""

    def lower(operands: Operands[str]) -> str:
        if operands.type.kind in ("int", "duration"):
            left, right = (operands.reused(index, _own(operands, index)) for index in (0, 1))
            return native(operands, f"{left} {sign} {right}", f"{whole(left)} {sign} {whole(right)}")
        return finite(operands, f"({operands.value(0, FLOAT)} {sign} {operands.value(1, FLOAT)})")

    return lower


def _moved(sign: str) -> Lower:
    """A date or datetime by a duration."""

    def lower(operands: Operands[str]) -> str:
        first, second = (0, 1) if operands.kind(1) in ("duration", "null") else (1, 0)
        if operands.type.kind == "date":
            days = f"CAST({operands.value(second, DURATION)} // {_DAY} AS INTEGER)"
            return f"CAST({operands.value(first, _own(operands, first))} {sign} {days} AS DATE)"
        moment, length = operands.value(first, DATETIME), operands.value(second, DURATION)
        return f"make_timestamp(epoch_us({moment}) {sign} {length})"

    return lower


def _add(operands: Operands[str]) -> str:
    return _moved("+")(operands) if operands.type.is_temporal else _plain("+")(operands)


def _subtract(operands: Operands[str]) -> str:
    if operands.type.is_temporal:
        return _moved("-")(operands)
    if operands.type.kind == "duration" and "duration" not in (operands.kind(0), operands.kind(1)):
        return f"(epoch_us({operands.value(0, DATETIME)}) - epoch_us({operands.value(1, DATETIME)}))"
    return _plain("-")(operands)


def _multiply(operands: Operands[str]) -> str:
    if operands.type.kind == "duration" and "float" in (operands.kind(0), operands.kind(1)):
        return _rounded(operands, f"{_float(operands, 0)} * {_float(operands, 1)}")
    return _plain("*")(operands)


def _divide(operands: Operands[str]) -> str:
    ratio = f"{_float(operands, 0)} / {_float(operands, 1)}"
    return _rounded(operands, ratio) if operands.type.kind == "duration" else finite(operands, ratio)


def _floor_divide(operands: Operands[str]) -> str:
    """As in Python, with null where the divisor is 0."""
    left, right = _divided(operands)
    if operands.type.kind != "int":
        left, rest = operands.hoisted(left), operands.hoisted(f"{left} % {right}")
        floored = operands.hoisted(f"({left} - {rest}) / {right} - CAST({_differ(rest, right)} AS INTEGER)")
        nearest = f"floor({floored}) + CAST({floored} - floor({floored}) > 0.5 AS INTEGER)"
        return finite(operands, f"CASE WHEN {right} <> 0 THEN {nearest} END")
    wide = f"({whole(left)} // {right} - CAST({_differ(f'{whole(left)} % {right}', right)} AS INTEGER))"
    return checked(operands, wide)


def _modulo(operands: Operands[str]) -> str:
    """As in Python, with null where the divisor is 0."""
    left, right = _divided(operands)
    rest = operands.hoisted(f"{left} % {right}" if operands.type.kind != "int" else f"{whole(left)} % {right}")
    value = f"({rest} + CASE WHEN {_differ(rest, right)} THEN {right} ELSE 0 END)"
    return finite(operands, value) if operands.type.kind != "int" else f"CAST({value} AS BIGINT)"


def _divided(operands: Operands[str]) -> tuple[str, str]:
    """Dividend and divisor, the latter without zeros."""
    left, right = (operands.reused(index, operands.type) for index in (0, 1))
    return left, operands.hoisted(f"nullif({right}, 0)")


def _differ(rest: str, divisor: str) -> str:
    """Where a rest is there and has another sign than the divisor: what rounding down adds one to."""
    return f"({rest} <> 0 AND ({rest} < 0) <> ({divisor} < 0))"


def _power(operands: Operands[str]) -> str:
    if operands.type.kind != "int":
        return finite(operands, f"pow({operands.value(0, FLOAT)}, {operands.value(1, FLOAT)})")
    base, exponent = (operands.hoisted(operands.guarded(operands.value(index, INT))) for index in (0, 1))
    size = f"pow(CAST({base} AS DOUBLE), CAST({exponent} AS DOUBLE))"
    small = operands.hoisted(f"({size} < {_HUGE} AND {size} > -{_HUGE})")
    # Of a small power with an exponent this large the base is 0, 1 or -1, and only whether it is even matters.
    short = operands.hoisted(f"CASE WHEN {exponent} > 64 THEN {exponent} % 2 + 64 ELSE {exponent} END")
    exact = _raised(operands, base, short)
    value = required(operands, f"CASE WHEN {small} THEN {exact} END", f"(NOT {small})", base, OVERFLOW)
    return checked(operands, value)


def _raised(operands: Operands[str], base: str, exponent: str) -> str:
    """The exact power, by squaring; a square that would go over is needed by none that does not."""
    square, factors = operands.hoisted(whole(base)), []
    for bit in range(_BITS):
        factors.append(f"CASE WHEN ({exponent} >> {bit}) & 1 = 1 THEN {square} ELSE 1 END")
        square = operands.hoisted(f"CASE WHEN {square} BETWEEN -4294967296 AND 4294967296 THEN {square} * {square} END")
    found = factors[0]
    for factor in factors[1:]:
        found = f"({operands.hoisted(found)} * {factor})"
    return found


def _negate(operands: Operands[str]) -> str:
    if operands.type.kind == "float":
        return f"(0 - {operands.value(0)})"
    value = operands.reused(0)
    return native(operands, f"0 - {value}", f"0 - {whole(value)}")


def _own(operands: Operands[str], index: int) -> Type:
    """An argument's own type; that of a bare null is the result's, or a duration."""
    if operands.kind(index) != "null":
        return operands.call.arguments[index].type
    return INT if operands.type.kind == "int" else DURATION


def _float(operands: Operands[str], index: int) -> str:
    """A number, or a duration's microseconds, as a float."""
    return f"CAST({operands.value(index)} AS DOUBLE)"


def _rounded(operands: Operands[str], micros: str) -> str:
    """Float microseconds as a duration, to the nearest microsecond."""
    return checked(operands, whole(f"round_even({finite(operands, micros)}, 0)"))


ARITHMETIC: Mapping[str, Lower] = {
    "add": _add,
    "subtract": _subtract,
    "multiply": _multiply,
    "divide": _divide,
    "floor_divide": _floor_divide,
    "modulo": _modulo,
    "power": _power,
    "negate": _negate,
}
"""The arithmetic operators by name."""
