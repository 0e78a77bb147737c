"""Confidence intervals of the area under the ROC curve, and of how much greater one model's is than another's."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mldsl.runtime.evaluation.intervals import Interval, clopper_pearson
from mldsl.runtime.evaluation.judged import Floats, Ints, Judged, Mask

_ENOUGH = 200
"""Rows (or units) of the rarer class from which on the variance that is estimated is near enough to the true one."""


@dataclass(frozen=True, slots=True)
class Spread:
    """The variance of an area, or of a difference of areas, and the degrees of freedom with which it is known.

    `ups` and `downs` are how many positive and negative rows (or units) there are.
    """

    variance: float
    freedom: float
    ups: int
    downs: int


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
    found = spread(truth, placements(truth, scores), units)
    return float("nan") if found is None else found.variance


def spread(truth: Ints | Floats, placed: tuple[Floats, Floats], units: Ints | None) -> Spread | None:
    """The variance of the mean of `placements`, or of the mean difference of two models'.

    The degrees of freedom are Satterthwaite's, as Brunner and Munzel (2000) have them for this very estimate. None
    where a class has fewer than two rows or two units.
    """
    above, below = placed
    area = float(above.mean())
    ups, downs = len(above), len(below)
    first = np.arange(ups) if units is None else units[truth == 1]
    second = np.arange(ups, ups + downs) if units is None else units[truth != 1]
    there, codes = np.unique(np.concatenate((first, second)), return_inverse=True)
    off_up = np.bincount(codes[:ups], weights=above - area, minlength=len(there))
    off_down = np.bincount(codes[ups:], weights=below - area, minlength=len(there))
    up_units, down_units = len(np.unique(first)), len(np.unique(second))
    if min(up_units, down_units) < 2:
        return None
    of_ups = up_units / (up_units - 1) * float((off_up**2).sum()) / ups**2
    of_downs = down_units / (down_units - 1) * float((off_down**2).sum()) / downs**2
    shared = 2 * len(there) / (len(there) - 1) * float((off_up * off_down).sum()) / (ups * downs)
    below_line = of_ups**2 / (up_units - 1) + of_downs**2 / (down_units - 1)
    freedom = (of_ups + of_downs) ** 2 / below_line if below_line > 0 else 1.0
    return Spread(of_ups + of_downs + shared, freedom, up_units, down_units)


def told_apart(positive: Mask, units: Ints | None, share: float, confidence: float) -> tuple[float, float]:
    """Bounds where the scores tell the classes apart perfectly: as for as many right answers as the rarer class has."""
    counted = [rows.sum() if units is None else len(np.unique(units[rows])) for rows in (positive, ~positive)]
    return clopper_pearson(share, float(min(counted)), confidence)


def delong_interval(judged: Judged, units: Ints | None, confidence: float) -> Interval | None:
    """The interval of `roc_auc`, made on the logit scale, on which it is nearer to normal; None where undefined.

    Of few rows near 1 the estimated variance is too small as often as not. Then the bounds are also those at which the
    area would be too far away by the variance that Hanley and McNeil (1982) give for it, whichever is the more careful.
    Where the classes are told apart perfectly the variance says nothing at all: then the bound is that of as many right
    answers as the rarer class has rows or units.
    """
    from scipy.special import expit, logit
    from scipy.stats import t

    if judged.scores is None or len(np.unique(judged.truth)) < 2:
        return None
    placed = placements(judged.truth, judged.scores)
    found, area = spread(judged.truth, placed, units), float(placed[0].mean())
    if found is None:
        return None
    if found.variance <= 0 or area in (0.0, 1.0):
        low, high = told_apart(judged.truth == 1, units, area, confidence)
        return Interval(low, high, "delong")
    reach = float(t.ppf(confidence, found.freedom)) * np.sqrt(found.variance) / (area * (1 - area))
    low, high = float(expit(logit(area) - reach)), float(expit(logit(area) + reach))
    if min(found.ups, found.downs) < _ENOUGH:
        careful = _by_the_area(area, found, confidence)
        low, high = min(low, careful[0]), max(high, careful[1])
    return Interval(low, high, "delong")


def difference_interval(one: Judged, other: Judged, units: Ints | None, confidence: float) -> Interval | None:
    """The interval of how much greater the area of `one` is than that of `other`, on the same rows (DeLong 1988).

    None where the areas are not defined.
    """
    from scipy.stats import t

    if one.scores is None or other.scores is None or len(np.unique(one.truth)) < 2:
        return None
    first, second = placements(one.truth, one.scores), placements(other.truth, other.scores)
    placed = (first[0] - second[0], first[1] - second[1])
    found, value = spread(one.truth, placed, units), float(placed[0].mean())
    if found is None:
        return None
    reach = float(t.ppf(confidence, max(found.freedom, 1.0))) * np.sqrt(max(found.variance, 0.0))
    return Interval(max(value - reach, -1.0), min(value + reach, 1.0), "delong")


def _by_the_area(area: float, found: Spread, confidence: float) -> tuple[float, float]:
    """The areas from which `area` is just so far away as their own variance allows, found by halving."""
    from scipy.stats import norm

    reach = float(norm.ppf(confidence))

    def possible(true: float) -> bool:
        return bool(abs(area - true) <= reach * np.sqrt(_variance(true, found.ups, found.downs)))

    return _edge(possible, area, 0.0), _edge(possible, area, 1.0)


def _edge(possible: Callable[[float], bool], inside: float, outside: float) -> float:
    """The last possible value on the way from one that is to one that need not be."""
    for _ in range(50):
        middle = (inside + outside) / 2
        inside, outside = (middle, outside) if possible(middle) else (inside, middle)
    return inside


def _variance(area: float, ups: int, downs: int) -> float:
    """That of an area of this size where both classes' scores are exponential (Hanley and McNeil 1982)."""
    both_up, both_down = area / (2 - area), 2 * area**2 / (1 + area)
    wide = area * (1 - area) + (ups - 1) * (both_up - area**2) + (downs - 1) * (both_down - area**2)
    return wide / (ups * downs)
