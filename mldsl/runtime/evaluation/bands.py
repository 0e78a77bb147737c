"""Bands around curves: the pointwise spread of a curve over bootstrap resamples of the rows, or of their units.

A curve depends on its rows only through how many of each class lie between two thresholds. These cells are resampled,
not the rows: the same distribution, at a cost that does not grow with the rows (Efron and Tibshirani 1993, chapter 6).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mldsl.runtime.evaluation.judged import Floats, Ints

CONFIDENCE = 0.95
"""The two-sided confidence of the intervals and bands of reports."""

RESAMPLES = 400
PLACES = 101  # where along a curve the band is told
FEWEST = 10  # of each class: of fewer rows no resample shows what else there may be


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """How many negative and positive rows each resample has in each cell (resamples × cells, from the best score)."""

    negative: Floats
    positive: Floats


def resampled(cells: Ints, positive: Ints, count: int, units: Ints | None, seed: int) -> Drawn:
    """Resamples of rows, of which `cells` has the cell and `positive` is 1 for those of the positive class."""
    codes = cells * 2 + positive
    generator = np.random.default_rng(seed)
    if units is None:
        there = np.bincount(codes, minlength=2 * count)
        drawn = generator.multinomial(len(codes), there / len(codes), RESAMPLES)
    else:
        from scipy.sparse import csr_array

        number = int(units.max()) + 1
        rows = csr_array((np.ones(len(codes)), (units, codes)), shape=(number, 2 * count))
        drawn = generator.multinomial(number, np.full(number, 1 / number), RESAMPLES) @ rows
    return Drawn(np.asarray(drawn[:, 0::2], np.float64), np.asarray(drawn[:, 1::2], np.float64))


def band(drawn: Drawn, curve: Callable[[Floats, Floats], Floats | None]) -> tuple[Floats, Floats] | None:
    """The bounds of a curve at `PLACES` places; `curve` gives it from the cumulated negative and positive rows of one.

    None where there are too few rows of a class, or the curve is not defined for most resamples.
    """
    if min(float(np.median(part.sum(axis=1))) for part in (drawn.negative, drawn.positive)) < FEWEST:
        return None
    downs, ups = np.cumsum(drawn.negative, axis=1), np.cumsum(drawn.positive, axis=1)
    curves = [found for down, up in zip(downs, ups, strict=True) if (found := curve(down, up)) is not None]
    if len(curves) < RESAMPLES / 2:
        return None
    tail = (1 - CONFIDENCE) / 2
    low, high = np.quantile(np.array(curves), [tail, 1 - tail], axis=0)
    return low, high
