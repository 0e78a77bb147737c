"""Parquet files read where they lie, as the schema of their source has them; and whether all of their values fit it.

Types and, where the files have statistics, nulls are judged without reading a value: Polars skips the row groups of
which the statistics say that a column has no null. Only what they cannot tell is read: whether a float that must be
there is a number, whether a text is a value of an enum.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from mldsl.catalog.types import Type
from mldsl.plan.nodes import Columns, ColumnSpec
from mldsl.runtime.engine.dtypes import polars_type
from mldsl.runtime.sources.convert import convert, finished, unfit
from mldsl.runtime.sources.parts import raw_name

_TEXTS = pl.String | pl.Categorical | pl.Enum
_SMALL_INTS = pl.Int8 | pl.Int16 | pl.Int32 | pl.UInt8 | pl.UInt16 | pl.UInt32


def read(paths: Sequence[Path], columns: Columns) -> pl.LazyFrame | None:
    """The rows; None where a conversion costs more than reading a copy would. Values have to fit (see `fits`)."""
    frames = [_read(path, columns) for path in paths]
    found = [frame for frame in frames if frame is not None]
    return pl.concat(found) if len(found) == len(paths) else None


def fits(paths: Sequence[Path], columns: Columns) -> int | None:
    """The number of rows; None where `read` gives nothing or a value does not fit, for whatever reason."""
    try:
        counts = [_fits(path, columns) for path in paths]
    except (pl.exceptions.PolarsError, OSError):
        return None
    found = [count for count in counts if count is not None]
    return sum(found) if len(found) == len(paths) else None


def _scan(path: Path) -> pl.LazyFrame:
    return pl.scan_parquet(path, glob=False, hive_partitioning=False)


def _read(path: Path, columns: Columns) -> pl.LazyFrame | None:
    frame = _scan(path)
    values = _values(frame.collect_schema(), columns)
    return None if values is None else frame.select(values)


def _values(schema: pl.Schema, columns: Columns) -> list[pl.Expr] | None:
    """Each column; what it has in the file where that is the very same, so that filters reach the file's statistics."""
    values = []
    for column in columns:
        given = schema.get(raw_name(column))
        value = None if given is None else _cheap(raw_name(column), given, column.type)
        if value is None:
            return None
        plain = given == polars_type(column.type) and (column.type.kind != "float" or not column.type.nullable)
        values.append((pl.col(raw_name(column)) if plain else finished(value, column.type)).alias(column.name))
    return values


def _cheap(name: str, given: pl.DataType, wanted: Type) -> pl.Expr | None:
    """The column as the type wanted; None where that takes reading or writing texts, or cannot be."""
    from_text, to_text = isinstance(given, _TEXTS), wanted.kind in ("string", "text", "enum")
    return convert(pl.col(name), given, wanted) if from_text == to_text else None


def _fits(path: Path, columns: Columns) -> int | None:
    frame = _scan(path)
    schema = frame.collect_schema()
    if _values(schema, columns) is None:
        return None
    forbidden = [pl.col(raw_name(column)).is_null() for column in columns if _is_told_by_nulls(schema, column)]
    if forbidden and _count(frame.filter(pl.any_horizontal(forbidden))):
        return None
    judged = [_bad(schema, column).any().alias(column.name) for column in columns if _must_be_read(schema, column)]
    if judged and any(frame.select(judged).collect(engine="streaming").row(0)):
        return None
    return _count(frame)


def _is_told_by_nulls(schema: pl.Schema, column: ColumnSpec) -> bool:
    return not column.type.nullable and not _must_be_read(schema, column)


def _must_be_read(schema: pl.Schema, column: ColumnSpec) -> bool:
    """Whether a value that is there may still be one that does not fit, or that becomes a forbidden null."""
    given, wanted = schema[raw_name(column)], column.type
    if wanted.kind == "float" and isinstance(given, pl.Float32 | pl.Float64):
        return not wanted.nullable
    same = given == polars_type(wanted) or wanted.kind in ("string", "text")
    moments = wanted.kind == "datetime" and isinstance(given, pl.Date | pl.Datetime)
    ints = wanted.kind in ("int", "float") and isinstance(given, _SMALL_INTS | pl.Int64)
    return not (same or moments or ints)


def _bad(schema: pl.Schema, column: ColumnSpec) -> pl.Expr:
    name, given = raw_name(column), schema[raw_name(column)]
    if column.type.kind == "float" and isinstance(given, pl.Float32 | pl.Float64):
        return ~pl.col(name).is_finite().fill_null(value=False)  # the same as below in half the steps
    value = _cheap(name, given, column.type)
    assert value is not None, "`_values` gave one"
    bad = unfit(pl.col(name), given, value)
    return bad if column.type.nullable else bad | finished(value, column.type).is_null()


def _count(frame: pl.LazyFrame) -> int:
    return int(frame.select(pl.len()).collect(engine="streaming").item())
