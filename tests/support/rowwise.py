"""Holds the row path against an engine: wherever expressions are evaluated in tests."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from datetime import datetime

import polars as pl

from mldsl.plan.expressions import Expression, Window
from mldsl.plan.walk import descendants
from mldsl.runtime.scoring.rows.expressions import MOMENT, Compiler, moment_name


class Failed:
    """Stands for what the row path leaves to the reference path."""


def row_values(expression: Expression, table: pl.DataFrame, params: Mapping[str, object]) -> list[object] | None:
    """The expression's value in every row by the row path, `Failed` where it has none; None if it looks at others."""
    if any(isinstance(node, Window) for node in descendants(expression)):
        return None
    value = Compiler(params).value(expression)
    moments = {moment_name(name): params[name] for name in MOMENT}
    return [_value(value, {**row, **moments}) for row in rows_of(table)]


def rows_of(table: pl.DataFrame) -> list[dict[str, object]]:
    """The rows as requests have them: datetimes without a zone."""
    zones = [name for name, dtype in table.schema.items() if isinstance(dtype, pl.Datetime) and dtype.time_zone]
    return table.with_columns(pl.col(name).dt.replace_time_zone(None) for name in zones).to_dicts()


def _value(value, row):  # type: ignore[no-untyped-def]
    try:
        return value(row)
    except Exception:
        return Failed


def hold(found: Sequence[object], rows: Sequence[object]) -> None:
    """The row path says what the engine says, where it says anything."""
    for one, other in zip(found, rows, strict=True):
        assert other is Failed or same(one, other), (one, other)


def same(one: object, other: object) -> bool:
    """Equal, floats up to the last few bits (each library has its own logarithm)."""
    if isinstance(one, float) and isinstance(other, float):
        return math.isclose(one, other, rel_tol=1e-14, abs_tol=0)
    if isinstance(one, datetime) and isinstance(other, datetime):
        return one.replace(tzinfo=None) == other
    return type(one) is type(other) and one == other
