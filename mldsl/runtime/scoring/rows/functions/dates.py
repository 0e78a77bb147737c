"""Functions of dates and datetimes."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import date, datetime, timedelta
from typing import Any

import polars as pl

from mldsl.catalog.types import DATE, DATETIME, STRING
from mldsl.runtime.engine.polars.text import parse_date, parse_datetime
from mldsl.runtime.scoring.rows.beyond import Beyond
from mldsl.runtime.scoring.rows.expressions import Operands, Value, midnight
from mldsl.runtime.scoring.rows.functions.arithmetic import micros
from mldsl.runtime.scoring.rows.functions.common import WHITE, Lower, applied, applied_to_both, of_one

_DAY = 86_400_000_000  # microseconds
_ISO_DATE = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_ISO = re.compile(r"([0-9]{4}-[0-9]{2}-[0-9]{2})[T ]([0-9]{2}:[0-9]{2}:[0-9]{2})(?:\.([0-9]{1,9}))?")
_DAYS: Mapping[str, Callable[[Any], Any]] = {
    "year": lambda t: t.replace(month=1, day=1),
    "quarter": lambda t: t.replace(month=(t.month - 1) // 3 * 3 + 1, day=1),
    "month": lambda t: t.replace(day=1),
    "week": lambda t: t - timedelta(days=t.weekday()),
    "day": lambda t: t,
}
_CLOCK: Mapping[str, Mapping[str, int]] = {
    "hour": {"minute": 0, "second": 0, "microsecond": 0},
    "minute": {"second": 0, "microsecond": 0},
    "second": {"microsecond": 0},
}
_MIDNIGHT = {"hour": 0, "minute": 0, "second": 0, "microsecond": 0}


def _part(operation: Callable[[datetime], int]) -> Lower:
    return of_one(operation, DATETIME)


def _truncate(operands: Operands) -> Value:
    unit = operands.constant(1)
    value = operands.value(0)
    if operands.type.kind == "date":
        return value if unit in _CLOCK else applied(_DAYS[unit], value)
    if unit in _CLOCK:
        return applied(lambda moment: moment.replace(**_CLOCK[unit]), value)
    return applied(lambda moment: _DAYS[unit](moment.replace(**_MIDNIGHT)), value)


def _days_between(operands: Operands) -> Value:
    return applied_to_both(_whole_days, operands.value(0, DATETIME), operands.value(1, DATETIME))


def _whole_days(first: datetime, second: datetime) -> int:
    """What is not a whole day is cut off, in both directions."""
    span = micros(second - first)
    return span // _DAY if span >= 0 else -(-span // _DAY)


def _date(operands: Operands) -> Value:
    match operands.kind(0):
        case "date" | "null":
            return operands.value(0, DATE)
        case "datetime":
            return applied(lambda moment: moment.date(), operands.value(0))
        case _:
            return applied(_read_date, operands.value(0, STRING))


def _datetime(operands: Operands) -> Value:
    if operands.kind(0) in ("date", "datetime", "null"):
        return operands.value(0, DATETIME)
    return applied(_read_datetime, operands.value(0, STRING))


def _read_date(text: str) -> date:
    text = text.strip(WHITE)
    if _ISO_DATE.fullmatch(text) is None:
        raise Beyond
    return date.fromisoformat(text)


def _read_datetime(text: str) -> datetime:
    text = text.strip(WHITE)
    if _ISO_DATE.fullmatch(text) is not None:
        return midnight(date.fromisoformat(text))
    found = _ISO.fullmatch(text)
    if found is None:
        raise Beyond  # the rarer forms of ISO 8601
    fraction = (found[3] or "")[:6].ljust(6, "0")
    return datetime.fromisoformat(f"{found[1]}T{found[2]}.{fraction}")


def _parse_date(operands: Operands) -> Value:
    """By the engine, which knows the layouts."""
    layout = operands.constant(1)
    if layout is None:
        return lambda row: None
    parse = parse_date if operands.type.kind == "date" else parse_datetime

    def read(text: str) -> date:
        found = pl.select(parse(pl.lit(text, pl.String()), layout)).item()
        if found is None:
            raise Beyond
        return found.replace(tzinfo=None) if isinstance(found, datetime) else found

    return applied(read, operands.value(0, STRING))


DATES: Mapping[str, Lower] = {
    "year": _part(lambda t: t.year),
    "quarter": _part(lambda t: (t.month + 2) // 3),
    "month": _part(lambda t: t.month),
    "day": _part(lambda t: t.day),
    "weekday": _part(lambda t: t.isoweekday()),
    "hour": _part(lambda t: t.hour),
    "minute": _part(lambda t: t.minute),
    "day_of_year": _part(lambda t: t.timetuple().tm_yday),
    "truncate": _truncate,
    "days_between": _days_between,
    "date": _date,
    "datetime": _datetime,
    "parse_date": _parse_date,
}
"""Functions of dates by name."""
