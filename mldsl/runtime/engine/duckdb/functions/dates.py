"""Functions of dates and datetimes."""

from __future__ import annotations

from collections.abc import Mapping

from mldsl.catalog.types import DATE, DATETIME
from mldsl.runtime.engine.duckdb.functions.casts import texts
from mldsl.runtime.engine.duckdb.functions.common import Lower, required
from mldsl.runtime.engine.duckdb.text import cast, text
from mldsl.runtime.engine.operands import Operands

_DAY = 86_400_000_000  # microseconds
_WITHIN_A_DAY = ("day", "hour", "minute", "second")
_DATE = r"^[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])$"
_PLAIN = _DATE.removesuffix("$") + r"[T ](?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:\.[0-9]{1,6})?$"


def _part(name: str) -> Lower:
    return lambda operands: f"CAST({name}({operands.value(0, DATETIME)}) AS BIGINT)"


def _truncate(operands: Operands[str]) -> str:
    unit, value = operands.constant(1), operands.value(0)
    if operands.type.kind == "date" and unit in _WITHIN_A_DAY:
        return value
    return cast(f"date_trunc({text(unit)}, {value})", operands.type)


def _days_between(operands: Operands[str]) -> str:
    """B - a in whole days: what is not a whole day is cut off, in both directions."""
    return f"((epoch_us({operands.value(1, DATETIME)}) - epoch_us({operands.value(0, DATETIME)})) // {_DAY})"


def _date(operands: Operands[str]) -> str:
    if operands.kind(0) in ("date", "datetime", "null"):
        return cast(operands.value(0), DATE)
    given, plain = texts(operands)
    return _needed(operands, f"CASE WHEN regexp_matches({plain}, '{_DATE}') THEN TRY_CAST({plain} AS DATE) END", given)


def _datetime(operands: Operands[str]) -> str:
    if operands.kind(0) in ("date", "datetime", "null"):
        return operands.value(0, DATETIME)
    given, plain = texts(operands)
    quick = f"WHEN regexp_matches({plain}, '{_PLAIN}') THEN TRY_CAST({plain} AS TIMESTAMP)"
    return _needed(operands, f"CASE {quick} ELSE mldsl_datetime({plain}, NULL) END", given)


def _parse_date(operands: Operands[str]) -> str:
    layout = operands.constant(1)
    if layout is None:
        return cast("NULL", operands.type)
    given, plain = texts(operands)
    return _needed(operands, f"mldsl_{operands.type.kind}({plain}, {text(layout)})", given)


def _needed(operands: Operands[str], value: str, given: str) -> str:
    value = operands.hoisted(value)
    return required(operands, value, f"({value} IS NULL AND {given} IS NOT NULL)", given)


DATES: Mapping[str, Lower] = {
    "year": _part("year"),
    "quarter": _part("quarter"),
    "month": _part("month"),
    "day": _part("day"),
    "weekday": _part("isodow"),
    "hour": _part("hour"),
    "minute": _part("minute"),
    "day_of_year": _part("dayofyear"),
    "truncate": _truncate,
    "days_between": _days_between,
    "date": _date,
    "datetime": _datetime,
    "parse_date": _parse_date,
}
"""Functions of dates by name."""
