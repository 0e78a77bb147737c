"""Columns as texts, where nothing holds values of their type; the connectors that read them give the same values."""

from __future__ import annotations

from collections.abc import Iterator

import polars as pl

from mldsl.runtime.engine.polars.text import chrono
from mldsl.runtime.errors import StepFailed

_SECOND = 1_000_000


def as_texts(frame: pl.LazyFrame, layout: str | None = None, decimal: str = ".", *, lists: bool = True) -> pl.LazyFrame:
    """The rows with all but numbers, bools and images as text.

    Dates and datetimes (in UTC) are written by `layout`, else as ISO 8601; durations as the language has them, vectors,
    where `lists` are to be texts, as JSON. Floats are texts where they have another decimal sign.
    """
    return frame.with_columns(_texts(frame.collect_schema(), layout, decimal, lists))


def without_images(frame: pl.LazyFrame, who: str) -> None:
    """Raises StepFailed for a table with a column of images, which are no texts."""
    for name, dtype in frame.collect_schema().items():
        if isinstance(dtype, pl.Binary):
            message = f"`{who}` cannot write `{name}`: an image is no text"
            raise StepFailed(message, "choose other `columns`, or write Parquet")


def _texts(schema: pl.Schema, layout: str | None, decimal: str, lists: bool) -> Iterator[pl.Expr]:
    for name, dtype in schema.items():
        value = pl.col(name)
        match dtype:
            case pl.Enum() | pl.Categorical():
                yield value.cast(pl.String)
            case pl.Date():
                yield value.dt.to_string("%Y-%m-%d" if layout is None else chrono(layout))
            case pl.Datetime():
                yield _iso(value) if layout is None else value.dt.to_string(chrono(layout))
            case pl.Duration():
                yield length(value)
            case pl.List() if lists:
                yield _json(value)
            case pl.Float64() if decimal != ".":
                yield value.cast(pl.String).str.replace(".", decimal, literal=True)


def _iso(value: pl.Expr) -> pl.Expr:
    return value.dt.to_string("%Y-%m-%dT%H:%M:%S%.fZ")


def length(value: pl.Expr) -> pl.Expr:
    """A duration as the language writes it."""
    micros = value.dt.total_microseconds()
    whole = micros % _SECOND == 0
    return pl.when(whole).then(pl.format("{}s", micros // _SECOND)).otherwise(pl.format("{}us", micros))


def _json(value: pl.Expr) -> pl.Expr:
    items = value.list.eval(pl.element().cast(pl.String).fill_null("null")).list.join(", ")
    return pl.format("[{}]", items)
