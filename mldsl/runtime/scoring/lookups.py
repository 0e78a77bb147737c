"""Tables that requests look into: at most one row for what a request carries."""

from __future__ import annotations

import polars as pl

from mldsl.plan.nodes import Join


def first_of_each(table: pl.DataFrame, verb: Join) -> pl.DataFrame:
    """The rows that a join can find, one for each key: the first, and for an asof join the last of each time.

    The compiler has seen to it that there is a key; where the data does not hold to it, a request still is one row.
    """
    keys = [right for _, right in verb.on]
    if verb.asof is not None:
        return table.unique([*keys, verb.asof[1]], keep="last", maintain_order=True)
    return table.unique(keys, keep="first", maintain_order=True)
