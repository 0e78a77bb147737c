"""Casts: a value that does not fit is an error that names the row."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import polars as pl

from mldsl.catalog.types import STRING
from mldsl.runtime.engine.dtypes import polars_type
from mldsl.runtime.engine.polars.functions.common import Lower, finite, required
from mldsl.runtime.engine.polars.lacking import text_of_float
from mldsl.runtime.engine.polars.text import parse_bool, parse_float, parse_int

if TYPE_CHECKING:
    from mldsl.runtime.engine.polars.lowering import Operands

# The floats from -2⁶³ up to, but without, 2⁶³ are those that 64 bits hold.
_LOWEST, _BEYOND = -9223372036854775808.0, 9223372036854775808.0


def _int(operands: Operands) -> pl.Expr:
    match operands.kind(0):
        case "int":
            return operands.value(0)
        case "bool" | "null":
            return operands.value(0).cast(pl.Int64())
        case "float":
            value = operands.hoisted(operands.guarded(operands.value(0)))
            fits = (value == value.floor()) & (value >= _LOWEST) & (value < _BEYOND)
            return required(operands, pl.when(fits).then(value).cast(pl.Int64()), ~fits, value)
        case _:
            return _parsed(operands, parse_int)


def _float(operands: Operands) -> pl.Expr:
    if operands.kind(0) in ("int", "float", "bool", "null"):
        return operands.value(0).cast(pl.Float64())
    return finite(operands, _parsed(operands, parse_float))


def _bool(operands: Operands) -> pl.Expr:
    match operands.kind(0):
        case "bool" | "null":
            return operands.value(0).cast(pl.Boolean())
        case "int" | "float":
            value = operands.hoisted(operands.guarded(operands.value(0)))
            fits = (value == 0) | (value == 1)
            return required(operands, pl.when(fits).then(value == 1), ~fits, value)
        case _:
            return _parsed(operands, parse_bool)


def _string(operands: Operands) -> pl.Expr:
    value = operands.reused(0)
    if operands.kind(0) == "float":
        return text_of_float(value)
    if operands.kind(0) != "datetime":
        return value.cast(polars_type(operands.type))
    seconds = value.dt.to_string("%Y-%m-%dT%H:%M:%S")
    fraction = value.dt.to_string("%6f")
    return pl.when(fraction == "000000").then(seconds).otherwise(pl.concat_str(seconds, fraction, separator="."))


def _parsed(operands: Operands, parse: Callable[[pl.Expr], pl.Expr]) -> pl.Expr:
    text = operands.hoisted(operands.guarded(operands.value(0, STRING)))
    value = operands.hoisted(parse(text))
    return required(operands, value, value.is_null() & ~text.is_null(), text)


CASTS: Mapping[str, Lower] = {"int": _int, "float": _float, "bool": _bool, "string": _string}
"""Casts by name; those to dates are with the dates."""
