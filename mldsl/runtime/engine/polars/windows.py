"""Windows on Polars.

The rows are sorted as the window says (stably, nulls last), the function runs over the partition's rows in that order,
and the rows go back to where they were. `rows n` and the cumulative form count rows, so equal sort keys stay apart;
their order is that of the table.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import polars as pl

from mldsl.plan.expressions import Window
from mldsl.runtime.engine.dtypes import polars_type
from mldsl.runtime.engine.polars.aggregates import Aggregate, aggregate, finite
from mldsl.runtime.engine.polars.rolling import add_up, merge_spreads, rolled

_EVER = 2**62  # more rows than any table has
_ROW, _ALL = "\x1fw_row", "\x1fw_all"
_WORK = ("\x1fw_a", "\x1fw_b")


def window(frame: pl.LazyFrame, item: Window, names: Sequence[str], constants: Sequence[Any], out: str) -> pl.LazyFrame:
    """`frame` with the window's value in the new column `out`; `names` are the columns of its arguments."""
    frame = frame.with_columns(pl.lit(0, dtype=pl.Int8).alias(_ALL)).with_row_index(_ROW)
    if item.order:
        frame = frame.sort(
            [order.column for order in item.order],
            descending=[order.descending for order in item.order],
            nulls_last=True,
            maintain_order=True,
        )
    running = _Running(item, list(names), list(constants), list(item.partition) or [_ALL])
    frame = running.add(frame, out)
    if item.order:
        frame = frame.sort(_ROW)
    return frame.drop(_ROW, _ALL, *_WORK, strict=False)


@dataclass(frozen=True, slots=True)
class _Running:
    """A window over rows that stand in its order already."""

    item: Window
    names: list[str]
    constants: list[Any]
    partition: list[str]

    @property
    def column(self) -> pl.Expr:
        return pl.col(self.names[0])

    @property
    def kind(self) -> str:
        return self.item.arguments[0].type.kind

    def add(self, frame: pl.LazyFrame, out: str) -> pl.LazyFrame:
        function = self.item.function
        if function == "rank":
            return self._rank(frame, out)
        if function in _POSITIONS:
            return frame.with_columns(self.over(_POSITIONS[function](self)).alias(out))
        if not self.item.order and self.item.rows is None:
            given = self.item.arguments[0].type if self.item.arguments else None
            whole = Aggregate(function, self.names, given, self.item.type, self.constants)
            return frame.with_columns(self.over(aggregate(whole)).alias(out))
        return _RUNNING[function](self, frame, out)

    def over(self, value: pl.Expr) -> pl.Expr:
        return value.over(self.partition)

    def _rank(self, frame: pl.LazyFrame, out: str) -> pl.LazyFrame:
        """The position of the first of the rows with equal sort keys."""
        peers = [*self.partition, *(order.column for order in self.item.order)]
        position = self.over(pl.int_range(1, pl.len() + 1, dtype=pl.Int64))
        return frame.with_columns(position.alias(_WORK[0])).with_columns(pl.col(_WORK[0]).min().over(peers).alias(out))

    # --- what the rows of the frame up to this row hold -------------------------------------------------------------

    def total(self, value: pl.Expr) -> pl.Expr:
        """The sum of a column of ints without nulls over the frame's rows; exact."""
        so_far = value.cast(pl.Int128).cum_sum()
        return so_far if self.item.rows is None else so_far - so_far.shift(self.item.rows, fill_value=0)

    def known(self) -> pl.Expr:
        """How many values that are not null the frame has."""
        return self.total(self.column.is_not_null().cast(pl.Int64))

    def length(self) -> pl.Expr:
        """How many rows the frame has."""
        position = pl.int_range(1, pl.len() + 1, dtype=pl.Int64)
        return position if self.item.rows is None else pl.min_horizontal(position, pl.lit(self.item.rows))

    def lowest(self, value: pl.Expr, *, highest: bool = False) -> pl.Expr:
        """The smallest (greatest) number of the frame."""
        if self.item.rows is not None:
            size = self.item.rows
            return value.rolling_max(size, min_samples=1) if highest else value.rolling_min(size, min_samples=1)
        return (value.cum_max() if highest else value.cum_min()).forward_fill()


def _count(running: _Running, frame: pl.LazyFrame, out: str) -> pl.LazyFrame:
    value = running.known() if running.names else running.length()
    return frame.with_columns(running.over(value).cast(pl.Int64).alias(out))


def _sum(running: _Running, frame: pl.LazyFrame, out: str) -> pl.LazyFrame:
    some = running.known() > 0
    if running.kind == "float":
        return _with_float_sum(running, frame, out).with_columns(
            finite(pl.when(running.over(some)).then(pl.col(out))).alias(out)
        )
    if running.kind == "duration":
        micros = running.total(running.column.dt.total_microseconds().fill_null(0))
        value = pl.when(some).then(micros).cast(pl.Int64).cast(pl.Duration("us"))
    else:
        value = pl.when(some).then(running.total(running.column.fill_null(0)))
    return frame.with_columns(running.over(value).alias(out))


def _mean(running: _Running, frame: pl.LazyFrame, out: str) -> pl.LazyFrame:
    known = running.known().cast(pl.Float64)
    if running.kind == "float":
        frame, total = _with_float_sum(running, frame, out), pl.col(out)
    elif running.kind == "duration":
        total = running.over(running.total(running.column.dt.total_microseconds().fill_null(0)).cast(pl.Float64))
    else:
        total = running.over(running.total(running.column.fill_null(0)).cast(pl.Float64))
    frame = frame.with_columns(total.alias(out), running.over(known).alias(_WORK[0]))
    mean = finite(pl.when(pl.col(_WORK[0]) > 0).then(pl.col(out) / pl.col(_WORK[0])))
    return frame.with_columns(_length(running, mean).alias(out))


def _with_float_sum(running: _Running, frame: pl.LazyFrame, out: str) -> pl.LazyFrame:
    values = running.column.fill_null(0.0)
    if running.item.rows is None:
        return frame.with_columns(running.over(values.cum_sum()).alias(out))
    return rolled(frame, {out: values}, add_up, running.item.rows, running.partition)


def _spread(name: str) -> Callable[[_Running, pl.LazyFrame, str], pl.LazyFrame]:
    def add(running: _Running, frame: pl.LazyFrame, out: str) -> pl.LazyFrame:
        known, mean = _WORK
        # Measured from the partition's first value, so that little is lost where all are far from 0.
        centred = running.column.cast(pl.Float64) - running.over(running.column.cast(pl.Float64).drop_nulls().first())
        frame = frame.with_columns(centred.alias(mean))
        if running.item.rows is None:
            growing = pl.col(mean).rolling_var(_EVER, min_samples=2, ddof=1).forward_fill()
            count = running.known().cast(pl.Float64)
            frame = frame.with_columns(running.over(count).alias(known), running.over(growing).alias(out))
            variance = pl.col(out)
        else:
            count = pl.col(mean).is_not_null().cast(pl.Float64)
            start = {known: count, mean: pl.col(mean).fill_null(0.0), out: pl.lit(0.0)}
            frame = rolled(frame, start, merge_spreads, running.item.rows, running.partition)
            variance = pl.col(out) / (pl.col(known) - 1)
        value = variance if name == "var" else variance.sqrt()
        return frame.with_columns(finite(pl.when(pl.col(known) > 1).then(value)).alias(out))

    return add


def _quantile(running: _Running, frame: pl.LazyFrame, out: str) -> pl.LazyFrame:
    given = running.item.arguments[0].type
    item = Aggregate(running.item.function, running.names, given, running.item.type, running.constants)
    return _rolled(running, frame, out, item)


def _distinct(running: _Running, frame: pl.LazyFrame, out: str) -> pl.LazyFrame:
    if running.item.rows is None:
        new = running.column.is_first_distinct() & running.column.is_not_null()
        return frame.with_columns(running.over(new.cast(pl.Int64).cum_sum()).alias(out))
    given = running.item.arguments[0].type
    return _rolled(running, frame, out, Aggregate("count_distinct", running.names, given, running.item.type))


def _rolled(running: _Running, frame: pl.LazyFrame, out: str, item: Aggregate) -> pl.LazyFrame:
    """Any aggregate, made anew for every row: for those that cannot be carried on from row to row."""
    position, row = _WORK
    size = running.item.rows if running.item.rows is not None else _EVER
    frame = frame.with_columns(running.over(pl.int_range(pl.len(), dtype=pl.Int64)).alias(position))
    rolled = (
        frame.sort(*running.partition, position, nulls_last=True)
        .rolling(position, period=f"{size}i", group_by=running.partition)
        .agg(pl.col(_ROW).last().alias(row), aggregate(item).alias(out))
        .select(row, out)
    )
    return frame.join(rolled, left_on=_ROW, right_on=row, how="left", maintain_order="left")


def _share(of_nulls: bool) -> Callable[[_Running, pl.LazyFrame, str], pl.LazyFrame]:
    def add(running: _Running, frame: pl.LazyFrame, out: str) -> pl.LazyFrame:
        hit = running.column.is_null() if of_nulls else running.column.fill_null(value=False)
        value = running.total(hit.cast(pl.Int64)).cast(pl.Float64) / running.length()
        return frame.with_columns(running.over(value).alias(out))

    return add


def _extreme(highest: bool) -> Callable[[_Running, pl.LazyFrame, str], pl.LazyFrame]:
    def add(running: _Running, frame: pl.LazyFrame, out: str) -> pl.LazyFrame:
        if running.kind in ("string", "text", "enum"):
            return _extreme_text(running, frame, out, highest)
        column = running.column if running.kind in ("int", "float") else running.column.to_physical().cast(pl.Int64)
        value = running.over(running.lowest(column, highest=highest))
        return frame.with_columns(value.cast(polars_type(running.item.type)).alias(out))

    return add


def _extreme_text(running: _Running, frame: pl.LazyFrame, out: str, highest: bool) -> pl.LazyFrame:
    """By the ranks of strings (or an enum's values) in the table, and back from rank to value."""
    rank, best = _WORK
    frame = frame.with_columns(running.column.rank("dense").cast(pl.Int64).alias(rank))
    words = frame.select(pl.col(rank).alias(best), running.column.alias(out)).unique()
    found = frame.with_columns(running.over(running.lowest(pl.col(rank), highest=highest)).alias(best))
    return found.join(words, on=best, how="left", maintain_order="left")


def _end(last: bool) -> Callable[[_Running, pl.LazyFrame, str], pl.LazyFrame]:
    """The first or last value of the frame that is not null, by its row's number."""

    def add(running: _Running, frame: pl.LazyFrame, out: str) -> pl.LazyFrame:
        here, there = _WORK
        frame = frame.with_row_index(here).with_columns(
            pl.when(running.column.is_not_null()).then(pl.col(here)).cast(pl.Int64).alias(here)
        )
        frame = frame.with_columns(running.over(running.lowest(pl.col(here), highest=last)).alias(there))
        values = frame.select(pl.col(here).alias(there), running.column.alias(out)).drop_nulls(there)
        return frame.join(values, on=there, how="left", maintain_order="left")

    return add


def _length(running: _Running, value: pl.Expr) -> pl.Expr:
    if running.item.type.kind != "duration":
        return value
    return value.round(0, mode="half_to_even").cast(pl.Int64).cast(pl.Duration("us"))


_POSITIONS: Mapping[str, Callable[[_Running], pl.Expr]] = {
    "lag": lambda running: running.column.shift(running.constants[0] if running.constants else 1),
    "lead": lambda running: running.column.shift(-(running.constants[0] if running.constants else 1)),
    "row_number": lambda running: pl.int_range(1, pl.len() + 1, dtype=pl.Int64),
}
_RUNNING: Mapping[str, Callable[[_Running, pl.LazyFrame, str], pl.LazyFrame]] = {
    "count": _count,
    "count_distinct": _distinct,
    "sum": _sum,
    "mean": _mean,
    "median": _quantile,
    "quantile": _quantile,
    "min": _extreme(False),
    "max": _extreme(True),
    "std": _spread("std"),
    "var": _spread("var"),
    "share": _share(False),
    "null_rate": _share(True),
    "first": _end(False),
    "last": _end(True),
}
