"""Sums and spreads of floats over the last n rows, on Polars: without ever taking anything away.

Polars slides its window along, adding what enters and subtracting what leaves, and keeps the rounding errors of values
long gone. Here windows of 1, 2, 4, 8 … rows are each put together from two of half the size, and a window of n rows
from those of n's binary digits: log₂ n steps, each over whole columns.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

import polars as pl

Values = Mapping[str, pl.Expr]
Merge = Callable[[Values, Values], dict[str, pl.Expr]]
_PREFIX = "\x1fr"


def rolled(
    frame: pl.LazyFrame, start: Mapping[str, pl.Expr], merge: Merge, size: int, partition: Sequence[str]
) -> pl.LazyFrame:
    """`frame` with, for each name of `start`, a column for the last `size` rows of the partition.

    `start` are the columns for a row alone, which are 0 for no rows; `merge` makes of those of an earlier and of a
    later stretch of rows those of both.
    """
    frame = frame.with_columns(value.alias(_block(0, name)) for name, value in start.items())
    offset, found = 0, False
    for digit in range(size.bit_length()):
        if size >> digit & 1:
            block = _shifted(digit, start, offset, partition)
            whole = merge(block, {name: pl.col(name) for name in start}) if found else block
            frame = frame.with_columns(value.alias(name) for name, value in whole.items())
            offset, found = offset + (1 << digit), True
        if size >> digit > 1:
            newer = {name: pl.col(_block(digit, name)) for name in start}
            both = merge(_shifted(digit, start, 1 << digit, partition), newer)
            frame = frame.with_columns(value.alias(_block(digit + 1, name)) for name, value in both.items())
    return frame.drop([_block(digit, name) for digit in range(size.bit_length()) for name in start])


def add_up(older: Values, newer: Values) -> dict[str, pl.Expr]:
    """Merges sums."""
    return {name: older[name] + newer[name] for name in newer}


def merge_spreads(older: Values, newer: Values) -> dict[str, pl.Expr]:
    """Merges `count`, `mean` and `spread`, the sum of squared distances from the mean (Chan, Golub, LeVeque, 1979)."""
    names = dict(zip(("count", "mean", "spread"), newer, strict=True))
    a, b = ({role: side[name] for role, name in names.items()} for side in (older, newer))
    count = a["count"] + b["count"]
    weight = pl.when(count > 0).then(b["count"] / count).otherwise(0.0)
    gap = b["mean"] - a["mean"]
    mean = a["mean"] + gap * weight
    spread = a["spread"] + b["spread"] + gap * gap * a["count"] * weight
    return {names["count"]: count, names["mean"]: mean, names["spread"]: spread}


def _shifted(digit: int, names: Mapping[str, object], offset: int, partition: Sequence[str]) -> dict[str, pl.Expr]:
    return {name: pl.col(_block(digit, name)).shift(offset, fill_value=0.0).over(partition) for name in names}


def _block(digit: int, name: str) -> str:
    return f"{_PREFIX}{digit}{name}"
