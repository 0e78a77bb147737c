"""The arithmetic operators: ints that never wrap, floats that are never NaN or infinite, dates and durations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import narwhals as nw

from mldsl.catalog.types import DATETIME, DURATION, FLOAT, INT, Type
from mldsl.runtime.engine.failing import OVERFLOW
from mldsl.runtime.engine.polars.functions.common import Lower, checked, finite, required, whole

if TYPE_CHECKING:
    from mldsl.runtime.engine.polars.lowering import Operands

_Binary = Callable[[nw.Expr, nw.Expr], nw.Expr]
_HUGE = 1e19  # beyond every int of 64 bits, and within 128 bits by far


def _plain(operation: _Binary) -> Lower:
    """An operator on numbers: of two ints through 128 bits, else of floats."""

    def lower(operands: Operands) -> nw.Expr:
        if operands.type.kind == "int":
            return checked(operands, operation(whole(operands.value(0, INT)), whole(operands.value(1, INT))))
        return finite(operands, operation(operands.value(0, FLOAT), operands.value(1, FLOAT)))

    return lower


def _add(operands: Operands) -> nw.Expr:
    match operands.type.kind:
        case "date" | "duration":
            return operands.value(0, _own(operands, 0)) + operands.value(1, _own(operands, 1))
        case "datetime":
            first, second = (0, 1) if operands.kind(1) in ("duration", "null") else (1, 0)
            return operands.value(first, DATETIME) + operands.value(second, DURATION)
        case _:
            return _plain(lambda a, b: a + b)(operands)


def _subtract(operands: Operands) -> nw.Expr:
    match operands.type.kind:
        case "duration" if operands.kind(0) != "duration" and operands.kind(1) != "duration":
            return operands.value(0, DATETIME) - operands.value(1, DATETIME)
        case "duration" | "date":
            return operands.value(0, _own(operands, 0)) - operands.value(1, _own(operands, 1))
        case "datetime":
            return operands.value(0, DATETIME) - operands.value(1, DURATION)
        case _:
            return _plain(lambda a, b: a - b)(operands)


def _multiply(operands: Operands) -> nw.Expr:
    if operands.type.kind != "duration":
        return _plain(lambda a, b: a * b)(operands)
    length, factor = (0, 1) if operands.kind(0) == "duration" else (1, 0)
    if operands.kind(factor) == "int":
        micros = whole(_micros(operands.value(length))) * whole(operands.value(factor))
        return checked(operands, micros).cast(nw.Duration("us"))
    return _rounded(operands, _micros(operands.value(length)).cast(nw.Float64()) * operands.value(factor, FLOAT))


def _divide(operands: Operands) -> nw.Expr:
    if operands.kind(0) != "duration":
        return finite(operands, _ratio(operands.reused(0, FLOAT), operands.value(1, FLOAT)))
    micros = operands.hoisted(_micros(operands.value(0)).cast(nw.Float64()))
    if operands.kind(1) == "duration":
        return finite(operands, _ratio(micros, _micros(operands.value(1)).cast(nw.Float64())))
    return _rounded(operands, _ratio(micros, operands.value(1, FLOAT)))


def _ratio(above: nw.Expr, below: nw.Expr) -> nw.Expr:
    """By a column of its own: by what is the same in all rows (a literal, an aggregate, a column derived of one) Polars
    multiplies with the inverse, which makes 0.5700000000000001 of `57 / 100`.
    """
    return above / (above * 0.0 + below)


def _floored(name: str, operation: _Binary) -> Lower:
    """`//` and `%`: as in Python, with null where the divisor is 0."""

    def lower(operands: Operands) -> nw.Expr:
        if operands.type.kind == "int":
            divisor = operands.hoisted(operands.value(1, INT))
            return checked(operands, operation(whole(operands.value(0, INT)), whole(_not_zero(divisor))))
        return finite(operands, operands.native(name, operands.value(0, FLOAT), operands.value(1, FLOAT)))

    return lower


def _power(operands: Operands) -> nw.Expr:
    if operands.type.kind != "int":
        return finite(operands, operands.value(0, FLOAT) ** operands.value(1, FLOAT))
    base = operands.hoisted(operands.guarded(operands.value(0, INT)))
    exponent = operands.hoisted(operands.guarded(operands.value(1, INT)))
    size = base.cast(nw.Float64()) ** exponent.cast(nw.Float64())
    small = (size < _HUGE) & (size > -_HUGE)
    # Of a small power with an exponent this large the base is 0, 1 or -1, and only whether it is even matters.
    short = nw.when(exponent > 64).then(exponent % 2 + 64).otherwise(exponent)
    exact = operands.hoisted(nw.when(small).then(whole(base)) ** nw.when(small).then(short))
    value = required(operands, nw.when(small).then(nw.lit(0, dtype=nw.Int64())), ~small, base, OVERFLOW)
    return nw.when(value == 0).then(checked(operands, exact))


def _negate(operands: Operands) -> nw.Expr:
    match operands.type.kind:
        case "int":
            return checked(operands, nw.lit(0, dtype=nw.Int128()) - whole(operands.value(0)))
        case "duration":
            return (nw.lit(0, dtype=nw.Int64()) - _micros(operands.value(0))).cast(nw.Duration("us"))
        case _:
            return nw.lit(0.0, dtype=nw.Float64()) - operands.value(0)


def _own(operands: Operands, index: int) -> Type:
    """An argument's own type; that of a bare null is a duration."""
    return DURATION if operands.kind(index) == "null" else operands.call.arguments[index].type


def _not_zero(divisor: nw.Expr) -> nw.Expr:
    return nw.when(divisor != 0).then(divisor)


def _micros(length: nw.Expr) -> nw.Expr:
    return length.dt.total_microseconds()


def _rounded(operands: Operands, micros: nw.Expr) -> nw.Expr:
    """Float microseconds as a duration, to the nearest microsecond."""
    return checked(operands, whole(finite(operands, micros).round(0))).cast(nw.Duration("us"))


ARITHMETIC: Mapping[str, Lower] = {
    "add": _add,
    "subtract": _subtract,
    "multiply": _multiply,
    "divide": _divide,
    "floor_divide": _floored("floor_divide", lambda a, b: a // b),
    "modulo": _floored("modulo", lambda a, b: a % b),
    "power": _power,
    "negate": _negate,
}
"""The arithmetic operators by name."""
