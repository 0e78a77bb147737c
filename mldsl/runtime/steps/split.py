"""A split: every row goes to one part, by its hash, its group, its class or its time.

What decides is worked out first (nothing for a plain split, a few thresholds otherwise); then each part is one filter
over the table, whose rows keep their order.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Any

import polars as pl

from mldsl.plan.nodes import SplitBody
from mldsl.runtime.engine.hashing import below, row_hash, threshold
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.findings import report
from mldsl.runtime.steps.sides import both_sides
from mldsl.runtime.tables import visible
from mldsl.runtime.work import StepResult, Work

_HASH, _PART, _OUT, _LAST, _CLASS = "\x1fhash", "\x1fpart", "\x1fout", "\x1flast", "\x1fclass"


def run(work: Work) -> StepResult:
    """Write one table a part. Raises StepFailed for an empty one, and for what lies in two and must not."""
    body = work.step.body
    assert isinstance(body, SplitBody)
    frame = work.table(body.table)
    columns = frame.collect_schema().names()
    frame = assign(frame, body)
    report(work.step, [*both_sides(frame, body, _PART)])
    left_out = _left_out(frame, body)
    for index, (part, _) in enumerate(body.shares):
        rows = frame.filter((pl.col(_PART) == index) & ~pl.col(_OUT)).select(columns)
        if not work.write_table(part, rows).rows:
            raise _empty(work.step.name, part, left_out.get(part, 0))
    details: dict[str, Any] = {"rows": {part: work.outputs[part].rows for part, _ in body.shares}}
    if left_out:
        work.log(_told(left_out))
        details["left_out"] = left_out
    return StepResult(details=details)


def assign(frame: pl.LazyFrame, body: SplitBody) -> pl.LazyFrame:
    """`frame` with two further columns: the number of each row's part, and whether it is left out of it."""
    if body.time is not None:
        return _by_time(frame, body, body.time)
    return _at_random(frame, body).with_columns(pl.lit(False).alias(_OUT))


def _at_random(frame: pl.LazyFrame, body: SplitBody) -> pl.LazyFrame:
    if body.group is not None and body.stratify is not None:
        return _by_class_of_group(frame, body, body.group, body.stratify)
    if body.group is not None:
        return _by_share(row_hash(frame, [body.group], body.seed, _HASH, body.cuts), body)
    hashed = row_hash(frame, body.key or visible(frame), body.seed, _HASH, body.cuts)
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


def _by_class_of_group(frame: pl.LazyFrame, body: SplitBody, group: str, column: str) -> pl.LazyFrame:
    """Whole groups; those of one class (the most frequent of their rows, of several the first) cut at the shares."""
    counted = frame.group_by(group, column).len()
    ranked = counted.sort("len", column, descending=[True, False], nulls_last=True, maintain_order=True)
    classes = ranked.group_by(group, maintain_order=True).first().select(group, pl.col(column).alias(_CLASS))
    hashed = row_hash(classes, [group], body.seed, _HASH, body.cuts)
    parts = _by_class(hashed, body, _CLASS).select(group, _PART)
    return frame.join(parts, on=group, how="left", nulls_equal=True, maintain_order="left")


def _by_time(frame: pl.LazyFrame, body: SplitBody, column: str) -> pl.LazyFrame:
    """The past first; rows of equal time stay together, and each boundary is the one nearest its share.

    Left out of a part are rows whose target is made of rows of a later one, and rows of a group that a later one has.
    """
    times = frame.select(pl.col(column)).group_by(column).len().sort(column).collect()
    missing = times.filter(pl.col(column).is_null())["len"].sum()
    if missing:
        raise StepFailed(
            f"`{column}` is null in {missing} rows, which no part can take", f"filter {column} is not null"
        )
    part, out = pl.lit(0, dtype=pl.UInt8), pl.lit(False)
    for first in boundaries(times["len"].to_list(), bounds(body)):
        begin = pl.lit(times[column][first : first + 1]).first()
        part = part + (pl.col(column) >= begin).cast(pl.UInt8)
        for reach in body.reach:
            out = out | ((pl.col(column) < begin) & (pl.col(reach) >= begin).fill_null(value=False))
    parted = frame.with_columns(part.alias(_PART), out.alias(_OUT))
    return parted if body.group is None else _without_later_groups(parted, body.group)


def _without_later_groups(frame: pl.LazyFrame, group: str) -> pl.LazyFrame:
    last = frame.group_by(group).agg(pl.col(_PART).max().alias(_LAST))
    joined = frame.join(last, on=group, how="left", nulls_equal=True, maintain_order="left")
    return joined.with_columns(pl.col(_OUT) | (pl.col(_PART) < pl.col(_LAST))).drop(_LAST)


def _left_out(frame: pl.LazyFrame, body: SplitBody) -> dict[str, int]:
    """How many rows are left out of each part, of those that some are left out of."""
    if body.time is None or not (body.reach or body.group is not None):
        return {}
    counts = frame.filter(pl.col(_OUT)).group_by(_PART).len().collect()
    found = dict(zip(counts[_PART].to_list(), counts["len"].to_list(), strict=True))
    return {part: found[index] for index, (part, _) in enumerate(body.shares) if index in found}


def _told(left_out: Mapping[str, int]) -> str:
    counts = ", ".join(f"{rows:,} of `{part}`" for part, rows in left_out.items())
    return f"left out, since they reach into a later part: {counts}"


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


def _empty(split: str, part: str, left_out: int) -> StepFailed:
    if left_out:
        message = f"the part `{part}` of `{split}` has no rows: all {left_out:,} reach into a later part"
        return StepFailed(message, "the target is made of rows of later parts, or the group of each row is in one, too")
    return StepFailed(
        f"the part `{part}` of `{split}` has no rows",
        "the table has too few rows (or groups, or times) for its share",
    )
