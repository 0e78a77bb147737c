"""Functions of numbers."""

from __future__ import annotations

import functools
import operator
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

import polars as pl

from mldsl.catalog.types import FLOAT
from mldsl.runtime.engine.dtypes import literal
from mldsl.runtime.engine.polars.functions.common import Lower, checked, finite, whole
from mldsl.runtime.engine.polars.lacking import log10

if TYPE_CHECKING:
    from mldsl.runtime.engine.polars.lowering import Operands


def _float(operation: Callable[[pl.Expr], pl.Expr]) -> Lower:
    """A function of floats that may leave its domain: null there."""
    return lambda operands: finite(operands, operation(operands.value(0, FLOAT)))


def _abs(operands: Operands) -> pl.Expr:
    if operands.type.kind == "int":
        return checked(operands, whole(operands.value(0)).abs())
    return operands.value(0, FLOAT).abs()


def _round(operands: Operands) -> pl.Expr:
    value = operands.value(0, operands.type)
    if operands.type.kind == "int":
        return value
    digits = operands.constant(1) if operands.count > 1 else 0
    return finite(operands, value.round(digits, mode="half_to_even"))


def _whole_number(operation: Callable[[pl.Expr], pl.Expr]) -> Lower:
    def lower(operands: Operands) -> pl.Expr:
        value = operands.value(0, operands.type)
        return value if operands.type.kind == "int" else operation(value)

    return lower


def _sign(operands: Operands) -> pl.Expr:
    value = operands.reused(0, operands.type)
    minus, zero, plus = (literal(number, operands.type) for number in (-1, 0, 1))
    signed = pl.when(value > zero).then(plus).otherwise(pl.when(value < zero).then(minus).otherwise(zero))
    return pl.when(~value.is_null()).then(signed)


def _extreme(pick: Callable[..., pl.Expr]) -> Lower:
    def lower(operands: Operands) -> pl.Expr:
        values = [operands.reused(index, operands.type) for index in range(operands.count)]
        return _unless_null(values, pick(*values))

    return lower


def _clip(operands: Operands) -> pl.Expr:
    value, low, high = (operands.reused(index, operands.type) for index in range(3))
    return _unless_null([value, low, high], pl.min_horizontal(pl.max_horizontal(value, low), high))


def _unless_null(values: Sequence[pl.Expr], result: pl.Expr) -> pl.Expr:
    known = functools.reduce(operator.and_, (~value.is_null() for value in values))
    return pl.when(known).then(result)


NUMBERS: Mapping[str, Lower] = {
    "abs": _abs,
    "round": _round,
    "floor": _whole_number(lambda value: value.floor()),
    "ceil": _whole_number(lambda value: value.ceil()),
    "sqrt": _float(lambda value: value.sqrt()),
    "exp": _float(lambda value: value.exp()),
    "log": _float(lambda value: value.log()),
    "log1p": _float(lambda value: value.log1p()),
    "log10": _float(log10),
    "sign": _sign,
    "clip": _clip,
    "least": _extreme(pl.min_horizontal),
    "greatest": _extreme(pl.max_horizontal),
}
"""Functions of numbers by name."""
