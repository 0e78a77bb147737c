"""Aggregates on Polars: over a group, over a whole table or over a window's partition.

Sums of ints go through 128 bits and are exact. Those of a group's floats are, too (see `sums`); of a window's they are
made of its list, in the order of its rows: what Polars adds up by itself depends on the number of threads.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC
from typing import Any

import polars as pl

from mldsl.catalog.types import Type


@dataclass(frozen=True, slots=True)
class Aggregate:
    """One aggregate: the columns it looks at, the type of the first, the result's type, and its constants.

    `run_time` is the run's logical time, for `fresh`.
    """

    function: str
    columns: Sequence[str]
    given: Type | None
    type: Type
    constants: Sequence[Any] = ()
    run_time: Any = None

    @property
    def column(self) -> pl.Expr:
        """The column it looks at."""
        return pl.col(self.columns[0])


def aggregate(item: Aggregate) -> pl.Expr:
    """The aggregate as an expression for `group_by().agg`, `select` or `over`.

    An int that 64 bits do not hold comes as 128 bits: the caller casts.
    """
    return _AGGREGATES[item.function](item)


def of_total(item: Aggregate, total: str) -> pl.Expr:
    """The sum or mean of floats whose exact sum is the column `total`, and `item.column` how many there are."""
    value = pl.col(total)
    some = item.column > 0
    return finite(pl.when(some).then(value if item.function == "sum" else value / item.column))


def finite(value: pl.Expr) -> pl.Expr:
    """Null in place of NaN and infinities."""
    return pl.when(value.is_finite()).then(value)


def _count(item: Aggregate) -> pl.Expr:
    count = item.column.count() if item.columns else pl.len()
    return count.cast(pl.Int64)


def _sum(item: Aggregate) -> pl.Expr:
    assert item.given is not None
    some = item.column.count() > 0
    match item.given.kind:
        case "float":
            return finite(pl.when(some).then(item.column.implode().list.sum()))
        case "duration":
            return pl.when(some).then(_micros(item).sum())
        case _:
            return pl.when(some).then(item.column.cast(pl.Int128).sum())


def _mean(item: Aggregate) -> pl.Expr:
    assert item.given is not None
    if item.given.kind == "float":
        return finite(item.column.implode().list.mean())
    total = (_micros(item) if item.given.kind == "duration" else item.column.cast(pl.Int128)).sum()
    return _length(item, total.cast(pl.Float64) / item.column.count())


def _quantile(share: float) -> Callable[[Aggregate], pl.Expr]:
    def make(item: Aggregate) -> pl.Expr:
        wanted = item.constants[0] if item.constants else share
        values = item.column.dt.total_microseconds() if item.type.kind == "duration" else item.column
        return _length(item, values.cast(pl.Float64).quantile(float(wanted), interpolation="linear"))

    return make


def _spread(name: str) -> Callable[[Aggregate], pl.Expr]:
    def make(item: Aggregate) -> pl.Expr:
        values = item.column.cast(pl.Float64).implode().list
        value = values.std(ddof=1) if name == "std" else values.var(ddof=1)
        return finite(pl.when(item.column.count() > 1).then(value))

    return make


def _share(item: Aggregate) -> pl.Expr:
    return _rate(item.column.sum())


def _null_rate(item: Aggregate) -> pl.Expr:
    return _rate(item.column.is_null().cast(pl.Int64).sum())


def _rate(count: pl.Expr) -> pl.Expr:
    return pl.when(pl.len() > 0).then(count.cast(pl.Float64) / pl.len())


def _extreme(item: Aggregate, end: int) -> pl.Expr:
    """The first or last value in order. Some versions of Polars give null as the extremes of an enum's group."""
    if item.type.kind == "enum":
        ordered = item.column.drop_nulls().sort()
        return ordered.first() if end == 0 else ordered.last()
    found = item.column.min() if end == 0 else item.column.max()
    return found + 0.0 if item.type.kind == "float" else found  # of 0.0 and -0.0, either may be first


def _unique(item: Aggregate) -> pl.Expr:
    """Whether no two rows agree in all columns; a row with a null among them agrees with none."""
    known = pl.all_horizontal(pl.col(name).is_not_null() for name in item.columns)
    rows = pl.struct(*item.columns).filter(known)
    return rows.n_unique() == rows.len()


def _fresh(item: Aggregate) -> pl.Expr:
    limit = (item.run_time - item.constants[0]).replace(tzinfo=UTC)
    latest = item.column.cast(pl.Datetime("us", "UTC")).max()
    return (latest >= pl.lit(limit, dtype=pl.Datetime("us", "UTC"))).fill_null(value=False)


def _length(item: Aggregate, value: pl.Expr) -> pl.Expr:
    """A float result; of durations, microseconds made a duration."""
    if item.type.kind != "duration":
        return finite(value)
    return finite(value).round(0, mode="half_to_even").cast(pl.Int64).cast(pl.Duration("us"))


def _micros(item: Aggregate) -> pl.Expr:
    return item.column.dt.total_microseconds().cast(pl.Int128)


_AGGREGATES: Mapping[str, Callable[[Aggregate], pl.Expr]] = {
    "count": _count,
    "rows": _count,
    "count_distinct": lambda item: item.column.drop_nulls().n_unique().cast(pl.Int64),
    "sum": _sum,
    "mean": _mean,
    "median": _quantile(0.5),
    "quantile": _quantile(0.5),
    "min": lambda item: _extreme(item, 0),
    "max": lambda item: _extreme(item, -1),
    "std": _spread("std"),
    "var": _spread("var"),
    "share": _share,
    "null_rate": _null_rate,
    # The rows stand in the order of the preceding `sort by`, which groups keep.
    "first": lambda item: item.column.drop_nulls().first(),
    "last": lambda item: item.column.drop_nulls().last(),
    "unique": _unique,
    "fresh": _fresh,
}
AGGREGATES = frozenset(_AGGREGATES)
"""The names of all aggregates."""
IN_ORDER = frozenset({"first", "last", "std", "var"})
"""Those whose value depends on the order of the rows, be it in the last bit."""


def of_floats(function: str, given: Type | None) -> bool:
    """Whether it adds floats up."""
    return function in ("sum", "mean") and given is not None and given.kind == "float"
