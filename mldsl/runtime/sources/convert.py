"""Raw columns as columns of the schema's types: what does not fit is an error, never a silent null.

NaN and infinities are read as null. Datetimes without a zone are in UTC.
"""

from __future__ import annotations

from dataclasses import dataclass

import polars as pl

from mldsl.catalog.types import Type
from mldsl.runtime.engine.dtypes import polars_type
from mldsl.runtime.engine.polars import text as polars_text
from mldsl.runtime.engine.polars.aggregates import finite
from mldsl.runtime.errors import StepFailed

_INTS = pl.Int8 | pl.Int16 | pl.Int32 | pl.Int64 | pl.Int128 | pl.UInt8 | pl.UInt16 | pl.UInt32 | pl.UInt64
_FLOATS = pl.Float32 | pl.Float64 | pl.Decimal
_TEXTS = pl.String | pl.Categorical | pl.Enum
_NUMBERS = _INTS | _FLOATS


@dataclass(frozen=True, slots=True)
class Reader:
    """How text is read: the layout of dates (None: ISO 8601) and the decimal sign.

    `names_nulls` says that the connector takes texts that mean null.
    """

    layout: str | None = None
    decimal: str = "."
    names_nulls: bool = False


PLAIN = Reader()


def convert(raw: pl.Expr, given: pl.DataType, wanted: Type, reader: Reader = PLAIN) -> pl.Expr | None:
    """`raw`, of the type `given`, as `wanted`, with null where a value does not fit; None when no value of it can.

    NaN and infinities are still there: `finished` makes null of them.
    """
    value = _value(raw, given, wanted, reader)
    return None if value is None else value.cast(polars_type(wanted))


def _value(raw: pl.Expr, given: pl.DataType, wanted: Type, reader: Reader) -> pl.Expr | None:
    if isinstance(given, pl.Null):
        return raw
    if isinstance(given, _TEXTS):
        return _from_text(raw.cast(pl.String), wanted, reader)
    match wanted.kind:
        case "bool" if isinstance(given, pl.Boolean):
            return raw
        case "bool" if isinstance(given, _NUMBERS):
            return pl.when(raw.is_in([0, 1])).then(raw == 1)
        case "int" if isinstance(given, _INTS):
            return raw.cast(pl.Int64, strict=False)
        case "int" if isinstance(given, _FLOATS):
            return _whole(raw.cast(pl.Float64))
        case "float" if isinstance(given, _NUMBERS):
            return raw.cast(pl.Float64)
        case "string" | "text" | "enum" if isinstance(given, pl.Boolean | pl.Date | _NUMBERS):
            return raw.cast(pl.String).cast(polars_type(wanted), strict=False)
        case "date" | "datetime":
            return _moment(raw, given, wanted)
        case "duration" if isinstance(given, pl.Duration):
            return raw.dt.cast_time_unit("us")
        case "vector" if isinstance(given, pl.List | pl.Array):
            return _vector(raw, given, wanted)
        case "image" if isinstance(given, pl.Binary):
            return raw
        case _:
            return None


def _from_text(text: pl.Expr, wanted: Type, reader: Reader) -> pl.Expr | None:
    match wanted.kind:
        case "string" | "text":
            return text
        case "enum":
            return text.cast(polars_type(wanted), strict=False)
        case "bool":
            return polars_text.parse_bool(text)
        case "int":
            return polars_text.parse_int(text)
        case "float":
            return polars_text.parse_float(_point(text, reader))
        case "date":
            return polars_text.parse_date(text, reader.layout)
        case "datetime":
            return polars_text.parse_datetime(text, reader.layout)
        case "duration":
            return polars_text.parse_duration(text)
        case _:
            return None


def _point(text: pl.Expr, reader: Reader) -> pl.Expr:
    """A decimal comma as a point; a point beside it makes the number unreadable."""
    if reader.decimal == ".":
        return text
    return text.str.replace_all(".", "?", literal=True).str.replace_all(reader.decimal, ".", literal=True)


def _whole(value: pl.Expr) -> pl.Expr:
    fits = (value == value.floor()) & (value >= -(2.0**63)) & (value < 2.0**63)
    return pl.when(fits).then(value).cast(pl.Int64, strict=False)


def _moment(raw: pl.Expr, given: pl.DataType, wanted: Type) -> pl.Expr | None:
    if isinstance(given, pl.Date):
        return raw
    if not isinstance(given, pl.Datetime):
        return None
    zoned = raw.dt.convert_time_zone("UTC") if given.time_zone else raw.dt.replace_time_zone("UTC")
    moment = zoned.dt.cast_time_unit("us")
    if wanted.kind == "datetime":
        return moment
    return pl.when(moment == moment.dt.truncate("1d")).then(moment.dt.date())


def _vector(raw: pl.Expr, given: pl.DataType, wanted: Type) -> pl.Expr:
    values = raw.arr.to_list() if isinstance(given, pl.Array) else raw
    return pl.when(values.list.len() == wanted.size).then(values.cast(pl.List(pl.Float64)))


def unfit(raw: pl.Expr, given: pl.DataType, value: pl.Expr) -> pl.Expr:
    """Where a value is there and does not fit: null came of it, and it was no NaN and no infinity."""
    there = raw.is_finite().fill_null(value=False) if isinstance(given, pl.Float32 | pl.Float64) else raw.is_not_null()
    return there & value.is_null()


def finished(value: pl.Expr, wanted: Type) -> pl.Expr:
    """A converted value as the column has it."""
    return finite(value) if wanted.kind == "float" else value


def refused(column: str, given: pl.DataType, wanted: Type) -> StepFailed:
    """The error for a column none of whose values can be of the type."""
    return StepFailed(f"`{column}` holds {_words(given)}, which cannot be read as `{wanted}`", None, "ML212")


def _words(dtype: pl.DataType) -> str:
    if isinstance(dtype, _INTS):
        return "ints"
    if isinstance(dtype, _FLOATS):
        return "floats"
    return {"List": "lists", "Array": "lists", "Struct": "records", "Binary": "bytes", "String": "text"}.get(
        type(dtype).__name__, f"{type(dtype).__name__.lower()}s"
    )
