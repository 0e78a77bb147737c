"""Exact confidence intervals of proportions, and what an interval is.

All bounds are one-sided: with confidence 95% the value lies above `low` in 95% of samples, and below `high` in 95%.
Where rows belong to units (one patient's, one customer's), the units are what was drawn at random, and both intervals
widen accordingly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from mldsl.runtime.evaluation.judged import Ints, Judged, Mask


@dataclass(frozen=True, slots=True)
class Interval:
    """One-sided bounds. `share` and `size` are given for a proportion: what `clopper_pearson` was asked."""

    low: float
    high: float
    method: str
    share: float | None = None
    size: float | None = None


# --- proportions -----------------------------------------------------------------------------------------------------


def clopper_pearson(share: float, size: float, confidence: float) -> tuple[float, float]:
    """The exact one-sided bounds of a proportion (Clopper and Pearson 1934); `size` need not be whole."""
    from scipy.stats import beta

    hits = share * size
    low = 0.0 if hits <= 0 else float(beta.ppf(1 - confidence, hits, size - hits + 1))
    high = 1.0 if hits >= size else float(beta.ppf(confidence, hits + 1, size - hits))
    return low, high


def effective_size(right: Mask, units: Ints | None, confidence: float) -> float:
    """How many independent rows these rows are worth (Korn and Graubard 1998).

    Rows of one unit that agree are worth fewer than they are, never more. Where all rows agree nothing can be
    estimated, and each unit counts as one row.
    """
    if units is None:
        return float(len(right))
    from scipy.stats import norm, t

    there, codes = np.unique(units, return_inverse=True)
    if len(there) < 2:
        return 1.0
    share = float(right.mean())
    if share in (0.0, 1.0):
        return float(len(there))
    offs = np.bincount(codes, weights=right - share)
    variance = len(there) / (len(there) - 1) * float((offs**2).sum()) / len(right) ** 2
    if variance == 0:
        return float(len(right))
    few_units = (norm.ppf(confidence) / t.ppf(confidence, len(there) - 1)) ** 2
    return float(min(share * (1 - share) / variance * few_units, len(right)))


def _all_rows(judged: Judged) -> Mask:
    return np.ones(judged.rows, bool)


@dataclass(frozen=True, slots=True)
class Proportion:
    """A metric that tells the share of `rows` that are predicted rightly: as `metric` makes it of the share."""

    rows: Callable[[Judged], Mask]
    metric: Callable[[float], float] | None = None


def _found_or_said(judged: Judged) -> Mask:
    """The rows that are positive or are said to be. The share of them that is both is the Jaccard index."""
    return np.asarray((judged.truth == 1) | (judged.predicted == 1))


PROPORTIONS: Mapping[str, Proportion] = {
    "accuracy": Proportion(_all_rows),
    "precision": Proportion(lambda judged: np.asarray(judged.predicted == 1)),
    "recall": Proportion(lambda judged: np.asarray(judged.truth == 1)),
    "f1": Proportion(_found_or_said, lambda jaccard: 2 * jaccard / (1 + jaccard)),
}
"""The metrics that are such a share, or grow with one."""


def proportion_interval(name: str, judged: Judged, units: Ints | None, confidence: float) -> Interval | None:
    """The interval of a metric of `PROPORTIONS`; None where no row counts."""
    proportion = PROPORTIONS[name]
    rows = proportion.rows(judged)
    if not rows.any():
        return None
    right = (judged.truth == judged.predicted)[rows]
    share = float(right.mean())
    size = effective_size(right, None if units is None else units[rows], confidence)
    low, high = clopper_pearson(share, size, confidence)
    if proportion.metric is not None:
        return Interval(proportion.metric(low), proportion.metric(high), "clopper_pearson")
    return Interval(low, high, "clopper_pearson", share, size)
