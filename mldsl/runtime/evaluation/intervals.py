"""Exact and asymptotic confidence intervals: proportions and the area under the ROC curve.

All bounds are one-sided: with confidence 95% the value lies above `low` in 95% of samples, and below `high` in 95%.
Where rows belong to units (one patient's, one customer's), the units are what was drawn at random, and both intervals
widen accordingly.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np

from mldsl.runtime.evaluation.judged import Floats, Ints, Judged, Mask


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


PROPORTIONS: Mapping[str, Callable[[Judged], Mask]] = {
    "accuracy": _all_rows,
    "precision": lambda judged: judged.predicted == 1,
    "recall": lambda judged: judged.truth == 1,
}
"""The metrics that are a share of rows predicted rightly, and of which rows."""


def proportion_interval(name: str, judged: Judged, units: Ints | None, confidence: float) -> Interval | None:
    """The interval of a metric of `PROPORTIONS`; None where no row counts."""
    rows = PROPORTIONS[name](judged)
    if not rows.any():
        return None
    right = (judged.truth == judged.predicted)[rows]
    share = float(right.mean())
    size = effective_size(right, None if units is None else units[rows], confidence)
    low, high = clopper_pearson(share, size, confidence)
    return Interval(low, high, "clopper_pearson", share, size)


# --- the area under the ROC curve ------------------------------------------------------------------------------------


def placements(truth: Ints | Floats, scores: Floats) -> tuple[Floats, Floats]:
    """For each positive row the share of negative ones below it, for each negative the share of positive ones above."""
    from scipy.stats import rankdata

    ups, downs = scores[truth == 1], scores[truth != 1]
    ranks = rankdata(np.concatenate((ups, downs)))
    above = (ranks[: len(ups)] - rankdata(ups)) / len(downs)
    below = 1 - (ranks[len(ups) :] - rankdata(downs)) / len(ups)
    return np.asarray(above), np.asarray(below)


def auc_variance(truth: Ints | Floats, scores: Floats, units: Ints | None = None) -> float:
    """The variance of the area under the ROC curve (DeLong and others 1988; with units: Obuchowski 1997).

    NaN where a class has fewer than two rows or two units.
    """
    above, below = placements(truth, scores)
    area = float(above.mean())
    ups, downs = len(above), len(below)
    first = np.arange(ups) if units is None else units[truth == 1]
    second = np.arange(ups, ups + downs) if units is None else units[truth != 1]
    there, codes = np.unique(np.concatenate((first, second)), return_inverse=True)
    off_up = np.bincount(codes[:ups], weights=above - area, minlength=len(there))
    off_down = np.bincount(codes[ups:], weights=below - area, minlength=len(there))
    up_units, down_units = len(np.unique(first)), len(np.unique(second))
    if min(up_units, down_units) < 2:
        return float("nan")
    alone = (
        up_units / (up_units - 1) * (off_up**2).sum() / ups**2
        + down_units / (down_units - 1) * (off_down**2).sum() / downs**2
    )
    shared = 2 * len(there) / (len(there) - 1) * (off_up * off_down).sum() / (ups * downs)
    return float(alone + shared)


def told_apart(positive: Mask, units: Ints | None, share: float, confidence: float) -> tuple[float, float]:
    """Bounds where the scores tell the classes apart perfectly: as for as many right answers as the rarer class has."""
    counted = [rows.sum() if units is None else len(np.unique(units[rows])) for rows in (positive, ~positive)]
    return clopper_pearson(share, float(min(counted)), confidence)


def delong_interval(judged: Judged, units: Ints | None, confidence: float) -> Interval | None:
    """The interval of `roc_auc`, made on the logit scale, on which it is nearer to normal; None where undefined.

    Where the classes are told apart perfectly the variance says nothing: then the bound is that of as many right
    answers as the rarer class has rows or units.
    """
    from scipy.special import expit, logit
    from scipy.stats import norm

    if judged.scores is None or len(np.unique(judged.truth)) < 2:
        return None
    variance = auc_variance(judged.truth, judged.scores, units)
    if not np.isfinite(variance):
        return None
    area = float(placements(judged.truth, judged.scores)[0].mean())
    if variance <= 0 or area in (0.0, 1.0):
        low, high = told_apart(judged.truth == 1, units, area, confidence)
        return Interval(low, high, "delong")
    reach = float(norm.ppf(confidence)) * np.sqrt(variance) / (area * (1 - area))
    return Interval(float(expit(logit(area) - reach)), float(expit(logit(area) + reach)), "delong")
