"""The arithmetic operators: ints that never wrap, floats that are never NaN or infinite, dates and durations."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

import polars as pl

from mldsl.catalog.types import DATETIME, DURATION, FLOAT, INT, Type
from mldsl.plan.expressions import Call
from mldsl.runtime.engine.failing import OVERFLOW
from mldsl.runtime.engine.polars.functions.common import Lower, checked, finite, required, whole
from mldsl.runtime.engine.polars.lacking import floor_divide, modulo

if TYPE_CHECKING:
    from mldsl.runtime.engine.polars.lowering import Operands

_Binary = Callable[[pl.Expr, pl.Expr], pl.Expr]
_CHAINED: Mapping[str, _Binary] = {"add": operator.add, "subtract": operator.sub, "multiply": operator.mul}
_LONGEST = 20  # of them in one another; engines recurse
_HUGE = 1e19  # beyond every int of 64 bits, and within 128 bits by far


def _plain(operation: _Binary) -> Lower:
    """An operator on numbers: of two ints through 128 bits, else of floats."""

    def lower(operands: Operands) -> pl.Expr:
        if operands.type.kind == "int":
            return checked(operands, operation(whole(operands.value(0, INT)), whole(operands.value(1, INT))))
        return finite(operands, operation(_unchecked(operands, 0), _unchecked(operands, 1)))

    return lower


def _unchecked(operands: Operands, index: int) -> pl.Expr:
    """An argument as a float, which may be NaN or infinite where a sum, a difference or a product makes it so.

    No further one of these makes it finite again: whoever is outermost makes null of it.
    """
    given = operands.call.arguments[index]
    if not isinstance(given, Call) or given.function not in _CHAINED or given.type.kind != "float":
        return operands.value(index, FLOAT)
    inner = replace(operands, call=given, depth=0)
    value = _CHAINED[given.function](_unchecked(inner, 0), _unchecked(inner, 1))
    if inner.depth >= _LONGEST:
        return operands.hoisted(value)
    operands.depth = max(operands.depth, inner.depth + 1)
    return value


def _add(operands: Operands) -> pl.Expr:
    match operands.type.kind:
        case "date" | "duration":
            return operands.value(0, _own(operands, 0)) + operands.value(1, _own(operands, 1))
        case "datetime":
            first, second = (0, 1) if operands.kind(1) in ("duration", "null") else (1, 0)
            return operands.value(first, DATETIME) + operands.value(second, DURATION)
        case _:
            return _plain(_CHAINED["add"])(operands)


def _subtract(operands: Operands) -> pl.Expr:
    match operands.type.kind:
        case "duration" if operands.kind(0) != "duration" and operands.kind(1) != "duration":
            return operands.value(0, DATETIME) - operands.value(1, DATETIME)
        case "duration" | "date":
            return operands.value(0, _own(operands, 0)) - operands.value(1, _own(operands, 1))
        case "datetime":
            return operands.value(0, DATETIME) - operands.value(1, DURATION)
        case _:
            return _plain(_CHAINED["subtract"])(operands)


def _multiply(operands: Operands) -> pl.Expr:
    if operands.type.kind != "duration":
        return _plain(_CHAINED["multiply"])(operands)
    length, factor = (0, 1) if operands.kind(0) == "duration" else (1, 0)
    if operands.kind(factor) == "int":
        micros = whole(_micros(operands.value(length))) * whole(operands.value(factor))
        return checked(operands, micros).cast(pl.Duration("us"))
    return _rounded(operands, _micros(operands.value(length)).cast(pl.Float64()) * operands.value(factor, FLOAT))


def _divide(operands: Operands) -> pl.Expr:
    if operands.kind(0) != "duration":
        return finite(operands, _ratio(operands.reused(0, FLOAT), operands.value(1, FLOAT)))
    micros = operands.hoisted(_micros(operands.value(0)).cast(pl.Float64()))
    if operands.kind(1) == "duration":
        return finite(operands, _ratio(micros, _micros(operands.value(1)).cast(pl.Float64())))
    return _rounded(operands, _ratio(micros, operands.value(1, FLOAT)))


def _ratio(above: pl.Expr, below: pl.Expr) -> pl.Expr:
    """By a column of its own: by what is the same in all rows (a literal, an aggregate, a column derived of one) Polars
    multiplies with the inverse, which makes 0.5700000000000001 of `57 / 100`.
    """
    return above / (above * 0.0 + below)


def _floored(operation: _Binary, of_floats: _Binary) -> Lower:
    """`//` and `%`: as in Python, with null where the divisor is 0."""

    def lower(operands: Operands) -> pl.Expr:
        if operands.type.kind == "int":
            divisor = operands.hoisted(operands.value(1, INT))
            return checked(operands, operation(whole(operands.value(0, INT)), whole(_not_zero(divisor))))
        return finite(operands, of_floats(operands.value(0, FLOAT), operands.reused(1, FLOAT)))

    return lower


def _power(operands: Operands) -> pl.Expr:
    if operands.type.kind != "int":
        return finite(operands, operands.value(0, FLOAT) ** operands.value(1, FLOAT))
    base = operands.hoisted(operands.guarded(operands.value(0, INT)))
    exponent = operands.hoisted(operands.guarded(operands.value(1, INT)))
    size = base.cast(pl.Float64()) ** exponent.cast(pl.Float64())
    small = (size < _HUGE) & (size > -_HUGE)
    # Of a small power with an exponent this large the base is 0, 1 or -1, and only whether it is even matters.
    short = pl.when(exponent > 64).then(exponent % 2 + 64).otherwise(exponent)
    exact = operands.hoisted(pl.when(small).then(whole(base)) ** pl.when(small).then(short))
    value = required(operands, pl.when(small).then(pl.lit(0, dtype=pl.Int64())), ~small, base, OVERFLOW)
    return pl.when(value == 0).then(checked(operands, exact))


def _negate(operands: Operands) -> pl.Expr:
    match operands.type.kind:
        case "int":
            return checked(operands, pl.lit(0, dtype=pl.Int128()) - whole(operands.value(0)))
        case "duration":
            return (pl.lit(0, dtype=pl.Int64()) - _micros(operands.value(0))).cast(pl.Duration("us"))
        case _:
            return pl.lit(0.0, dtype=pl.Float64()) - operands.value(0)


def _own(operands: Operands, index: int) -> Type:
    """An argument's own type; that of a bare null is a duration."""
    return DURATION if operands.kind(index) == "null" else operands.call.arguments[index].type


def _not_zero(divisor: pl.Expr) -> pl.Expr:
    return pl.when(divisor != 0).then(divisor)


def _micros(length: pl.Expr) -> pl.Expr:
    return length.dt.total_microseconds()


def _rounded(operands: Operands, micros: pl.Expr) -> pl.Expr:
    """Float microseconds as a duration, to the nearest microsecond."""
    return checked(operands, whole(finite(operands, micros).round(0, mode="half_to_even"))).cast(pl.Duration("us"))


ARITHMETIC: Mapping[str, Lower] = {
    "add": _add,
    "subtract": _subtract,
    "multiply": _multiply,
    "divide": _divide,
    "floor_divide": _floored(operator.floordiv, floor_divide),
    "modulo": _floored(operator.mod, modulo),
    "power": _power,
    "negate": _negate,
}
"""The arithmetic operators by name."""
