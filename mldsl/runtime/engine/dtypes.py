"""The language's types as column types, and its values as literals."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import polars as pl

from mldsl.catalog.types import Type
from mldsl.runtime.engine.values import in_utc, micros
from mldsl.runtime.errors import StepFailed

_POLARS: dict[str, pl.DataType] = {
    "bool": pl.Boolean(),
    "int": pl.Int64(),
    "float": pl.Float64(),
    "string": pl.String(),
    "text": pl.String(),
    "date": pl.Date(),
    "datetime": pl.Datetime("us", "UTC"),
    "duration": pl.Duration("us"),
    "vector": pl.List(pl.Float64()),
    "image": pl.Binary(),
    "null": pl.String(),
}


def polars_type(type_: Type) -> pl.DataType:
    """How a column of that type is stored: datetimes in microseconds and UTC, enums as Enum in declared order."""
    if type_.kind == "enum":
        return pl.Enum(list(type_.values))
    if type_.kind not in _POLARS:
        raise StepFailed(f"a column cannot be of the type `{type_}`")
    return _POLARS[type_.kind]


def literal(value: Any, type_: Type) -> pl.Expr:  # noqa: ANN401 - any Python value of the language
    """A Python value as an expression of the type; datetimes are in UTC, with a zone or without."""
    if isinstance(value, datetime):
        value = in_utc(value)
    if type_.kind == "null":
        return pl.lit(None)
    if type_.kind == "enum":
        return pl.lit(value, dtype=pl.String()).cast(polars_type(type_))
    if isinstance(value, timedelta):
        return pl.lit(micros(value), dtype=pl.Int64()).cast(pl.Duration("us"))
    if type_.kind == "float" and isinstance(value, int):
        value = float(value)
    return pl.lit(value, dtype=polars_type(type_))


def widen(expression: pl.Expr, given: Type, wanted: Type) -> pl.Expr:
    """`expression` of type `given` as `wanted`, which it widens to (or a literal that the wanted enum has)."""
    if given.kind == wanted.kind and given.values == wanted.values:
        return expression
    if {given.kind, wanted.kind} <= {"string", "text"}:
        return expression
    return expression.cast(polars_type(wanted))


def union_type(first: pl.DataType, second: pl.DataType) -> pl.DataType:
    """The type that columns of both types have in a union: the wider one."""
    if first == second:
        return first
    pair = {type(first), type(second)}
    if pair == {pl.Int64, pl.Float64}:
        return pl.Float64()
    if pair == {pl.Date, pl.Datetime}:
        return _POLARS["datetime"]
    if pair <= {pl.Enum, pl.String}:
        return pl.String()
    raise StepFailed(f"columns of the types {first} and {second} have no type in common")
