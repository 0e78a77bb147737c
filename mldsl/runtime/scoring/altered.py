"""Rows as they may come one day: of rows that came, with nulls, unknown categories and values at the edge."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from datetime import date, datetime, timedelta
from typing import Any

from mldsl.catalog.types import Type
from mldsl.plan.nodes import Columns

Row = dict[str, Any]

_EACH = 5  # rows to alter in each way
_TEXTS = ("no such value", "", " Ärger 日本 ", "0", "-1.5e3", "true", "2024-02-29", "A" * 300)
_INTS = (0, -1, 1, 10**9, -(10**9), 2**62, -(2**62))
_FLOATS = (0.0, -0.0, -1.0, 0.1 + 0.2, 1e-300, 1e12, -1e12, 1e300)
_DAYS = (date(1970, 1, 1), date(1900, 2, 28), date(2024, 2, 29), date(9999, 12, 31))
_MOMENTS = (datetime(1970, 1, 1), datetime(1969, 12, 31, 23, 59, 59, 999_999), datetime(2024, 12, 31, 23, 0))
_LENGTHS = (timedelta(0), timedelta(microseconds=-1), timedelta(days=10_000))


def altered(rows: Sequence[Row], columns: Columns) -> Iterator[list[Row]]:
    """Groups of rows, each altered in one way; the columns are those that requests need."""
    if not rows:
        return
    for spec in columns:
        for value in _values(spec.type):
            yield [{**rows[place % len(rows)], spec.name: value} for place in _places(rows)]
    nullable = [spec.name for spec in columns if spec.type.nullable]
    if len(nullable) > 1:
        yield [{**rows[place], **dict.fromkeys(nullable)} for place in _places(rows)]


def _places(rows: Sequence[Row]) -> range:
    """Some of the rows, evenly."""
    return range(0, len(rows), max(1, len(rows) // _EACH))[:_EACH]


def _values(type_: Type) -> list[object]:
    """What a column of the type may hold beside what it held."""
    nothing: list[object] = [None] if type_.nullable else []
    match type_.kind:
        case "string" | "text":
            return [*nothing, *_TEXTS]
        case "enum":
            return [*nothing, *type_.values]
        case "bool":
            return [*nothing, True, False]
        case "int":
            return [*nothing, *_INTS]
        case "float":
            return [*nothing, *_FLOATS]
        case "date":
            return [*nothing, *_DAYS]
        case "datetime":
            return [*nothing, *_MOMENTS]
        case "duration":
            return [*nothing, *_LENGTHS]
        case _:
            return nothing
