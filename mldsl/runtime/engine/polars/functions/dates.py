"""Functions of dates and datetimes."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import polars as pl

from mldsl.catalog.types import DATE, DATETIME, STRING
from mldsl.runtime.engine.dtypes import polars_type
from mldsl.runtime.engine.polars.functions.common import Lower, required
from mldsl.runtime.engine.polars.text import parse_date, parse_datetime

if TYPE_CHECKING:
    from mldsl.runtime.engine.polars.lowering import Operands

_DAY = 86_400_000_000  # microseconds
_EVERY = {"year": "1y", "quarter": "1q", "month": "1mo", "day": "1d", "hour": "1h", "minute": "1m", "second": "1s"}
_WITHIN_A_DAY = ("day", "hour", "minute", "second")


def _part(operation: Callable[[pl.Expr], pl.Expr]) -> Lower:
    return lambda operands: operation(operands.value(0, DATETIME)).cast(pl.Int64())


def _truncate(operands: Operands) -> pl.Expr:
    unit = operands.constant(1)
    value = operands.value(0)
    if operands.type.kind == "date" and unit in _WITHIN_A_DAY:
        return value
    if unit == "week":
        return value.dt.truncate("1w")
    return value.dt.truncate(_EVERY[unit])


def _days_between(operands: Operands) -> pl.Expr:
    """B - a in whole days: what is not a whole day is cut off, in both directions."""
    span = operands.value(1, DATETIME) - operands.value(0, DATETIME)
    length = operands.hoisted(span.dt.total_microseconds())
    days = pl.when(length >= 0).then(length // _DAY).otherwise(0 - (0 - length) // _DAY)
    return pl.when(~length.is_null()).then(days)


def _date(operands: Operands) -> pl.Expr:
    match operands.kind(0):
        case "date" | "null":
            return operands.value(0, DATE)
        case "datetime":
            return operands.value(0).dt.date()
        case _:
            return _parsed(operands, parse_date)


def _datetime(operands: Operands) -> pl.Expr:
    if operands.kind(0) in ("date", "datetime", "null"):
        return operands.value(0, DATETIME)
    return _parsed(operands, parse_datetime)


def _parse_date(operands: Operands) -> pl.Expr:
    layout = operands.constant(1)
    if layout is None:
        return pl.lit(None, dtype=polars_type(operands.type))
    return _parsed(operands, parse_date if operands.type.kind == "date" else parse_datetime, layout)


def _parsed(operands: Operands, parse: Callable[[pl.Expr, str | None], pl.Expr], layout: str | None = None) -> pl.Expr:
    text = operands.hoisted(operands.guarded(operands.value(0, STRING)))
    value = operands.hoisted(parse(text, layout))
    return required(operands, value, value.is_null() & ~text.is_null(), text)


DATES: Mapping[str, Lower] = {
    "year": _part(lambda value: value.dt.year()),
    "quarter": _part(lambda value: (value.dt.month().cast(pl.Int64()) + 2) // 3),
    "month": _part(lambda value: value.dt.month()),
    "day": _part(lambda value: value.dt.day()),
    "weekday": _part(lambda value: value.dt.weekday()),
    "hour": _part(lambda value: value.dt.hour()),
    "minute": _part(lambda value: value.dt.minute()),
    "day_of_year": _part(lambda value: value.dt.ordinal_day()),
    "truncate": _truncate,
    "days_between": _days_between,
    "date": _date,
    "datetime": _datetime,
    "parse_date": _parse_date,
}
"""Functions of dates by name."""
