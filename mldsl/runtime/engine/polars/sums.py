"""Exact sums of floats on Polars; see `mldsl.runtime.engine.exact`."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import polars as pl

from mldsl.runtime.engine import exact
from mldsl.runtime.engine.polars.frames import mapped, wide

_PIECE = 1 << 48


@dataclass(frozen=True, slots=True)
class Limbs:
    """A column of floats, and those of its limbs; `odd` is true where a value does not fit into them."""

    value: str
    high: str
    low: str
    odd: str

    def cut(self, rows: pl.LazyFrame) -> pl.LazyFrame:
        """`rows` with the limbs of `value`. What is left of an odd one below the last limb is added in the end.

        Limbs are whole floats until they are added up: ints of 128 bits made floats again take most of the time.
        """
        high, low = exact.UNITS
        value, fits = pl.col(self.value), pl.col(self.value).abs() < exact.LARGEST
        rows = rows.with_columns(_whole(pl.when(fits).then(value * 2.0**-high)).alias(self.high))
        rest = (value - pl.col(self.high) * 2.0**high) * 2.0**-low
        rows = rows.with_columns(rest.alias(self.odd)).with_columns(_whole(pl.col(self.odd)).alias(self.low))
        cut_off = pl.col(self.odd) != pl.col(self.low)
        return rows.with_columns((cut_off | ~fits).fill_null(value=False).alias(self.odd))

    @property
    def aggregates(self) -> list[pl.Expr]:
        """What to compute of a group, under the same names: the limbs' sums, and whether there is an odd one."""
        sums = [pl.col(name).cast(pl.Int128).sum() for name in (self.high, self.low)]
        return [*sums, pl.col(self.odd).any()]


def totals(grouped: pl.LazyFrame, rows: pl.LazyFrame, keys: Sequence[str], limbs: Sequence[Limbs]) -> pl.LazyFrame:
    """The groups with the sum of each limbs' value in its column `high`: null where it is no float.

    `rows` are those that are grouped, by `keys`: a group's odd values are looked up in them, if there are any.
    """
    if not limbs:
        return grouped
    schema = grouped.collect_schema()
    after = {
        name: pl.Float64() if any(name == item.high for item in limbs) else type_ for name, type_ in schema.items()
    }
    for item in limbs:
        del after[item.low], after[item.odd]

    def put_together(found: pl.DataFrame) -> pl.DataFrame:
        for item in limbs:
            exactly = _with_odd(found, rows, keys, item) if found[item.odd].any() else None
            found = found.with_columns(_total(item) if exactly is None else exactly).drop(item.low, item.odd)
        return found

    return mapped(grouped, put_together, pl.Schema(after))


def _whole(value: pl.Expr) -> pl.Expr:
    """A float without its fraction."""
    return value.sign() * value.abs().floor()


def _total(item: Limbs) -> pl.Expr:
    """The limbs' sums as floats without overlap, added from the greatest down, as on every engine."""
    high, low = exact.UNITS
    above = wide(1 << exact.BITS)
    carried = {high: pl.col(item.high) + pl.col(item.low) // above, low: pl.col(item.low) % above}
    total: pl.Expr | None = None
    for shift, unit in exact.PIECES:
        bits = carried[unit] // wide(1 << shift)
        whole = bits if shift == exact.BITS else bits % wide(_PIECE)
        piece = whole.cast(pl.Float64) * math.ldexp(1.0, unit + shift)
        total = piece if total is None else total + piece
    assert total is not None
    return total.alias(item.high)


def _with_odd(found: pl.DataFrame, rows: pl.LazyFrame, keys: Sequence[str], item: Limbs) -> pl.Series:
    """The sums as fractions, with those odd values that `rows` have for each group."""
    odd = rows.filter(pl.col(item.odd)).select(*keys, pl.col(item.value))
    if keys:
        listed = odd.group_by(list(keys)).agg(pl.col(item.value)).collect()
        values = found.select(keys).join(listed, on=list(keys), how="left", nulls_equal=True, maintain_order="left")
        lists = values[item.value].to_list()
    else:
        lists = [odd.collect()[item.value].to_list()]
    sums = zip(found[item.high], found[item.low], lists, strict=True)
    return pl.Series(item.high, [exact.total([high, low], values or ()) for high, low, values in sums], pl.Float64)
