"""Verbs on Polars: with the order of rows that the language promises."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING

import polars as pl

from mldsl.plan.expressions import Order
from mldsl.plan.nodes import Join
from mldsl.runtime.engine.dtypes import union_type

if TYPE_CHECKING:
    from polars._typing import MaintainOrderJoin

_LEFT, _RIGHT, _ROW = "\x1fl", "\x1fr", "\x1frow"
ORDER = "\x1forder"
"""The column of ints that loose rows would stand in the order of.

It is made of the numbers of rows, each of 32 bits, since Polars counts rows in as many: its type says of how many.
"""
_WIDER: dict[pl.DataType, pl.DataType] = {pl.UInt32(): pl.UInt64(), pl.UInt64(): pl.Int128()}
_PACKED = 1 << 32


def join(left: pl.LazyFrame, right: pl.LazyFrame, verb: Join, *, loose: bool = False) -> pl.LazyFrame:
    """The join; rows in the left table's order, those of one left row in the right one's, unmatched right ones last.

    `loose`: rows in any order, which their column `ORDER` tells; for an inner, left, semi or anti join.
    """
    if loose:
        left = _numbered(left)
        right = right if verb.how in ("semi", "anti") else right.with_row_index(_ROW)
    left_keys = [key for key, _ in verb.on]
    right_keys = [key for _, key in verb.on]
    left, right = _with_keys(left, left_keys, right, right_keys)
    temporary = [f"{_LEFT}{index}" for index in range(len(verb.on))]
    if verb.how == "asof":
        return _asof(left, right, verb, temporary)
    if verb.how in ("semi", "anti"):
        joined = left.join(right, on=temporary, how=verb.how, maintain_order="none" if loose else "left")
        return joined.drop(temporary)
    right = right.drop(right_keys)
    order: MaintainOrderJoin = "none" if loose else "left_right"
    joined = left.join(right, on=temporary, how=verb.how, coalesce=True, maintain_order=order)
    if loose:
        type_ = _WIDER[left.collect_schema()[ORDER]]
        packed = pl.col(ORDER).cast(type_) * pl.lit(_PACKED, dtype=type_) + pl.col(_ROW).fill_null(0).cast(type_)
        joined = joined.with_columns(packed.alias(ORDER)).drop(_ROW)
    if verb.how == "full":
        # The temporary keys are filled from both sides, and a left key is what its temporary one was made of.
        joined = joined.with_columns(pl.col(name).alias(key) for key, name in zip(left_keys, temporary, strict=True))
    return joined.drop(temporary)


def _numbered(frame: pl.LazyFrame) -> pl.LazyFrame:
    """The frame with the column that its rows stand in the order of."""
    if ORDER in frame.collect_schema():
        return frame
    return frame.with_row_index(ORDER).with_columns(pl.col(ORDER).cast(pl.UInt32))


def wide(value: int) -> pl.Expr:
    """An int of 128 bits."""
    return pl.lit(value, dtype=pl.Int128)


def _with_keys(
    left: pl.LazyFrame, left_keys: Sequence[str], right: pl.LazyFrame, right_keys: Sequence[str]
) -> tuple[pl.LazyFrame, pl.LazyFrame]:
    """Both tables with the keys under the same temporary names, in the types that they have in common."""
    left_schema, right_schema = left.collect_schema(), right.collect_schema()
    left_columns, right_columns = [], []
    for index, (one, other) in enumerate(zip(left_keys, right_keys, strict=True)):
        dtype = union_type(left_schema[one], right_schema[other])
        left_columns.append(pl.col(one).cast(dtype).alias(f"{_LEFT}{index}"))
        right_columns.append(pl.col(other).cast(dtype).alias(f"{_LEFT}{index}"))
    return left.with_columns(left_columns), right.with_columns(right_columns)


def _asof(left: pl.LazyFrame, right: pl.LazyFrame, verb: Join, keys: list[str]) -> pl.LazyFrame:
    """Each left row with the last right row at or before its time, of the same keys; null keys and times match none."""
    assert verb.asof is not None
    time, other = verb.asof
    dtype = union_type(left.collect_schema()[time], right.collect_schema()[other])
    at, by = f"{_RIGHT}at", f"{_RIGHT}by"
    right = (
        right.drop_nulls([*keys, other])
        .with_columns(pl.col(other).cast(dtype).alias(at))
        .drop(dict.fromkeys([*(key for _, key in verb.on), other]))
        .sort(at, maintain_order=True)
    )
    left = left.with_row_index(_ROW).with_columns(pl.col(time).cast(dtype).alias(by))
    left = left.sort(by, nulls_last=True, maintain_order=True)
    joined = left.join_asof(
        right, left_on=by, right_on=at, by=keys or None, strategy="backward", coalesce=True, check_sortedness=False
    )
    return joined.sort(_ROW).drop(_ROW, by, at, *keys, strict=False)


def group(frame: pl.LazyFrame, keys: Sequence[str], columns: Sequence[pl.Expr]) -> pl.LazyFrame:
    """One row a group, in the order in which the groups appear; null is a value like any other."""
    if not keys:
        return frame.select(pl.len().alias(_ROW), *columns).drop(_ROW)  # one row also when there are no columns
    if ORDER not in frame.collect_schema():
        return frame.group_by(list(keys), maintain_order=True).agg(columns)
    return frame.group_by(list(keys)).agg(*columns, pl.col(ORDER).min()).sort(ORDER).drop(ORDER)


def sort(frame: pl.LazyFrame, keys: Sequence[Order]) -> pl.LazyFrame:
    """Sorted stably, nulls last both ways."""
    return frame.sort(
        [key.column for key in keys],
        descending=[key.descending for key in keys],
        nulls_last=True,
        maintain_order=True,
    )


def distinct(frame: pl.LazyFrame, columns: Sequence[str]) -> pl.LazyFrame:
    """The first of the rows that agree in `columns` (in all columns when there are none), in the table's order."""
    return frame.unique(list(columns) or None, keep="first", maintain_order=True)


def union(first: pl.LazyFrame, second: pl.LazyFrame) -> pl.LazyFrame:
    """The rows of both; columns by name, in the first one's order, in the wider type of the two."""
    one, other = first.collect_schema(), second.collect_schema()
    types = {name: union_type(one[name], other[name]) for name in one.names()}
    columns = [pl.col(name).cast(dtype) for name, dtype in types.items()]
    return pl.concat([first.select(columns), second.select(columns)])


def mapped(frame: pl.LazyFrame, function: Callable[[pl.DataFrame], pl.DataFrame], schema: pl.Schema) -> pl.LazyFrame:
    """A function of the whole table, as a part of the query."""
    return frame.map_batches(
        function,
        schema=schema,
        predicate_pushdown=False,
        projection_pushdown=False,
        slice_pushdown=False,
    )


def marked(frame: pl.LazyFrame, column: str, other: pl.LazyFrame, values: str, out: str) -> pl.LazyFrame:
    """`frame` with a bool column `out`: whether `column` is among the other table's `values`; null where it is null."""
    key, found = f"{out}k", f"{out}f"
    dtype = union_type(frame.collect_schema()[column], other.collect_schema()[values])
    known = (
        other.select(pl.col(values).cast(dtype).alias(key))
        .drop_nulls()
        .unique()
        .with_columns(pl.lit(True).alias(found))
    )
    joined = frame.with_columns(pl.col(column).cast(dtype).alias(key)).join(
        known, on=key, how="left", maintain_order="left"
    )
    is_known = pl.when(pl.col(column).is_not_null()).then(pl.col(found).fill_null(value=False))
    return joined.with_columns(is_known.alias(out)).drop(key, found)
