"""A split: every row goes to one part, by its hash, its group, its class or its time.

What decides is worked out first (nothing for a plain split, a few thresholds otherwise); then each part is one filter
over the table, whose rows keep their order.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate

import polars as pl

from mldsl.plan.nodes import SplitBody
from mldsl.runtime.engine.hashing import below, row_hash, threshold
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.findings import report
from mldsl.runtime.steps.sides import both_sides
from mldsl.runtime.work import StepResult, Work

_HASH, _PART = "\x1fhash", "\x1fpart"


def run(work: Work) -> StepResult:
    """Write one table a part. Raises StepFailed for an empty one, and for what lies in two and must not."""
    body = work.step.body
    assert isinstance(body, SplitBody)
    frame = work.table(body.table)
    columns = frame.collect_schema().names()
    frame = assign(frame, body)
    report(work.step, [*both_sides(frame, body, _PART)])
    for index, (part, _) in enumerate(body.shares):
        stored = work.write_table(part, frame.filter(pl.col(_PART) == index).select(columns))
        if not stored.rows:
            raise _empty(work.step.name, part)
    return StepResult(details={"rows": {part: work.outputs[part].rows for part, _ in body.shares}})


def assign(frame: pl.LazyFrame, body: SplitBody) -> pl.LazyFrame:
    """`frame` with the number of each row's part in a further column."""
    if body.time is not None:
        return _by_time(frame, body, body.time)
    if body.group is not None:
        return _by_share(row_hash(frame, [body.group], body.seed, _HASH, body.cuts), body)
    hashed = row_hash(frame, body.key, body.seed, _HASH, body.cuts)
    if body.stratify is not None:
        return _by_class(hashed, body, body.stratify)
    return _by_share(hashed, body)


def bounds(body: SplitBody) -> list[float]:
    """The shares added up, without the last, which is everything."""
    sums = list(accumulate(share for _, share in body.shares))
    return [bound / sums[-1] for bound in sums[:-1]]


def _by_share(hashed: pl.LazyFrame, body: SplitBody) -> pl.LazyFrame:
    """By the hash alone, so that a row's part does not depend on the other rows."""
    beyond = [(~below(pl.col(_HASH), threshold(bound))).cast(pl.UInt8) for bound in bounds(body)]
    return hashed.with_columns(pl.sum_horizontal(pl.lit(0, dtype=pl.UInt8), *beyond).alias(_PART))


def _by_class(hashed: pl.LazyFrame, body: SplitBody, column: str) -> pl.LazyFrame:
    """Within each class the rows in the order of their hashes, cut at the shares; equal rows stay together."""
    cuts = (
        hashed.group_by(column, maintain_order=True)
        .agg(pl.col(_HASH).sort())
        .select(column, *(_cut(bound).alias(f"{_PART}{index}") for index, bound in enumerate(bounds(body))))
    )
    names = [f"{_PART}{index}" for index in range(len(body.shares) - 1)]
    joined = hashed.join(cuts, on=column, how="left", nulls_equal=True, maintain_order="left")
    beyond = [(pl.col(_HASH) >= pl.col(name)).fill_null(value=False).cast(pl.UInt8) for name in names]
    return joined.with_columns(pl.sum_horizontal(pl.lit(0, dtype=pl.UInt8), *beyond).alias(_PART)).drop(names)


def _cut(bound: float) -> pl.Expr:
    """The first hash beyond the bound in a sorted list of hashes; null when there is none."""
    count = (pl.col(_HASH).list.len().cast(pl.Float64) * bound).round(0, mode="half_to_even")
    return pl.col(_HASH).list.get(count.cast(pl.Int64), null_on_oob=True)


def _by_time(frame: pl.LazyFrame, body: SplitBody, column: str) -> pl.LazyFrame:
    """The past first; rows of equal time stay together, and each boundary is the one nearest its share."""
    times = frame.select(pl.col(column)).group_by(column).len().sort(column).collect()
    missing = times.filter(pl.col(column).is_null())["len"].sum()
    if missing:
        raise StepFailed(
            f"`{column}` is null in {missing} rows, which no part can take", f"filter {column} is not null"
        )
    part = pl.lit(0, dtype=pl.UInt8)
    for first in boundaries(times["len"].to_list(), bounds(body)):
        beyond = pl.col(column) >= pl.lit(times[column][first : first + 1]).first()
        part = part + beyond.cast(pl.UInt8)
    return frame.with_columns(part.alias(_PART))


def boundaries(counts: Sequence[int], shares: Sequence[float]) -> list[int]:
    """How many of the times, which have so many rows each, come before each boundary.

    Each boundary is the one nearest its share (the earlier one of two) that leaves a time for every part; where there
    are too few times for that, the last parts get none and lack their boundaries.
    """
    ends = [0, *accumulate(counts)]
    found: list[int] = []
    for index, share in enumerate(shares):
        lowest = found[-1] + 1 if found else 1
        highest = len(counts) - (len(shares) - index)
        if lowest >= len(counts):
            break
        candidates = range(lowest, max(highest, lowest) + 1)
        found.append(min(candidates, key=lambda first: abs(ends[first] - share * ends[-1])))
    return found


def _empty(split: str, part: str) -> StepFailed:
    return StepFailed(
        f"the part `{part}` of `{split}` has no rows",
        "the table has too few rows (or groups, or times) for its share",
    )
