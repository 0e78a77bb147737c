"""Bounds from resamples: bias-corrected and accelerated (BCa), no narrower than so few rows allow.

The bootstrap's own bounds are too narrow in two ways, and both are mended here. Resamples vary as the rows at hand do,
which is less than rows do, and how much is not known for certain: so the levels are those of Student's t (Hesterberg
2015, section 5.3, "expanded percentiles"). And of losses, the great ones of which the mean is made are
mostly not among few rows: so for them the bounds go at least as far as those made of the estimate's variance
and skewness (the quadratic form of DiCiccio and Efron 1992), with a skewness that is freed of its bias and degrees of
freedom that a heavy tail lowers.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mldsl.runtime.evaluation.bootstrap import Quantity, Resampler
from mldsl.runtime.evaluation.intervals import Interval
from mldsl.runtime.evaluation.judged import Floats

_LEAST_STRETCH = 0.3  # of the quadratic form, which goes to infinity where the rows say next to nothing


@dataclass(frozen=True, slots=True)
class Shape:
    """What is known of a quantity: it lies between `low` and `high`.

    `skewed`: it is made of losses, few of which may make most of it. `best` is given where the logarithm of its
    distance from `best` is nearer to normal than itself.
    """

    low: float = -np.inf
    high: float = np.inf
    skewed: bool = False
    best: float | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Influence:
    """How far off the estimate is without each of `count` rows, units or blocks: its jackknife."""

    count: int
    error: float
    """The standard error."""
    acceleration: float
    """A sixth of the skewness of the estimate (Efron 1987)."""
    freedom: float
    """With how many degrees of freedom the variance is known (Satterthwaite's, by the kurtosis)."""


def bootstrap_interval(
    quantity: Quantity, resampler: Resampler, confidence: float, shape: Shape = Shape()
) -> Interval | None:
    """The one-sided bounds of a quantity; None where it is not defined for most resamples."""
    if resampler.drawn < 2:
        return None
    value = float(quantity(np.ones((1, resampler.rows)))[0])
    drawn = resampler.resample(quantity)
    drawn = np.sort(drawn[np.isfinite(drawn)])
    if not np.isfinite(value) or len(drawn) < resampler.resamples / 2:
        return None
    influence = influence_of(resampler.leave_out(quantity))
    drawn_levels = levels(value, drawn, influence.acceleration, _reach(resampler.drawn, confidence))
    low, high = (float(bound) for bound in np.quantile(drawn, drawn_levels))
    if shape.skewed and influence.error > 0:
        careful = _quadratic(value, influence, confidence, shape.best)
        low, high = min(low, careful[0]), max(high, careful[1])
    return Interval(max(low, shape.low), min(high, shape.high), "bootstrap")


def _reach(drawn: int, confidence: float) -> float:
    """How many standard deviations the bound is away, where the variance comes from so many rows or units."""
    from scipy.special import stdtrit

    return float(stdtrit(drawn - 1, confidence) * np.sqrt(drawn / (drawn - 1)))


def levels(value: float, drawn: Floats, skew: float, reach: float) -> tuple[float, float]:
    """Which quantiles of the resamples are the bounds (Efron 1987)."""
    from scipy.special import ndtr, ndtri

    below = (np.sum(drawn < value) + np.sum(drawn == value) / 2) / len(drawn)
    bias = float(ndtri(np.clip(below, 0.5 / len(drawn), 1 - 0.5 / len(drawn))))
    found = []
    for side in (-reach, reach):
        stretch = 1 - skew * (bias + side)
        found.append(float(ndtr(bias + (bias + side) / stretch)) if stretch > 0 else float(side > 0))
    return found[0], found[1]


def _quadratic(value: float, found: Influence, confidence: float, best: float | None) -> tuple[float, float]:
    """The bounds of a mean with this skewness (DiCiccio and Efron 1992, whose bias is the acceleration for a mean).

    With `best`, on the logarithm of the distance from it.
    """
    from scipy.special import stdtrit

    skew = _unbiased_skewness(6 * found.acceleration * np.sqrt(found.count), found.count) / (6 * np.sqrt(found.count))
    reach = float(stdtrit(found.freedom, confidence)) * np.sqrt(found.count / (found.count - 1))
    steps = []
    for side in (-reach, reach):
        step = skew + side
        steps.append(found.error * step / max(1 - skew * step, _LEAST_STRETCH) ** 2)
    if best is None or value == best:
        return value + steps[0], value + steps[1]
    away = value - best
    low, high = (best + away * float(np.exp(step / away)) for step in steps)
    return low, high


def _unbiased_skewness(skewness: float, count: int) -> float:
    """A sample's skewness is too small, the more so the fewer rows (Bobée and Robitaille 1975)."""
    linear = 1 + 6.51 / count + 20.2 / count**2
    return float(skewness * linear + (1.48 / count + 6.77 / count**2) * skewness**3)


def influence_of(without: Floats) -> Influence:
    """From the quantity without each row, unit or block."""
    there = without[np.isfinite(without)]
    count = max(len(there), 2)
    offs = there.mean() - there if len(there) else there
    spread = float((offs**2).sum())
    if spread == 0:
        return Influence(count, 0.0, 0.0, count - 1)
    kurtosis = count * float((offs**4).sum()) / spread**2
    freedom = min(max(2 * count / max(kurtosis - 1, 1e-9), 2.0), count - 1)
    return Influence(
        count,
        float(np.sqrt((count - 1) / count * spread)),
        float((offs**3).sum()) / (6 * spread**1.5),
        freedom,
    )
