"""What the lowerings of several groups need."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING

import polars as pl

from mldsl.runtime.engine.failing import OVERFLOW, UNFIT
from mldsl.runtime.engine.values import INT_MAX, INT_MIN

if TYPE_CHECKING:
    from mldsl.runtime.engine.polars.lowering import Operands

Lower = Callable[["Operands"], pl.Expr]


def finite(operands: Operands, value: pl.Expr) -> pl.Expr:
    """A float without NaN and infinities: null in their place."""
    value = operands.hoisted(value)
    return pl.when(value.is_finite()).then(value)


def whole(value: pl.Expr) -> pl.Expr:
    """An int as 128 bits: two of them can be added or multiplied without going over."""
    return value.cast(pl.Int128())


def checked(operands: Operands, value: pl.Expr) -> pl.Expr:
    """A 128-bit int as an int; what 64 bits do not hold is an error, which the strict cast raises."""
    value = operands.guarded(value)
    bad = ~value.is_between(INT_MIN, INT_MAX)
    operands.risky(bad, value, OVERFLOW)
    return value.cast(pl.Int64())


def required(operands: Operands, value: pl.Expr, bad: pl.Expr, shown: pl.Expr, problem: str = UNFIT) -> pl.Expr:
    """`value`, which is null where `bad` is true; such a row is an error that names `shown`."""
    operands.risky(bad, shown, problem)
    # No text of this column is an int: casting it is what makes the query fail, and only in the bad rows.
    stop = pl.when(bad).then(pl.lit("no int")).otherwise(pl.lit(None, dtype=pl.String())).cast(pl.Int64())
    return pl.when(stop.is_null()).then(value)
