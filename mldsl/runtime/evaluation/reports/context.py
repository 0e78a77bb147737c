"""What reports are made of, and what they share."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

from mldsl.runtime.evaluation.bands import CONFIDENCE
from mldsl.runtime.evaluation.intervals import Interval, clopper_pearson, effective_size
from mldsl.runtime.evaluation.judged import Floats, Ints, Judged, Mask
from mldsl.runtime.models.artifact import FittedModel

ONE_SIDED = (1 + CONFIDENCE) / 2
"""Two bounds of this confidence are an interval of `CONFIDENCE`."""

BARS = 20
"""Of a histogram."""

_MOST_POINTS = 500


@dataclass(frozen=True, slots=True, eq=False)
class Reported:
    """The model, the rows of its table, and the answers beside the truth.

    `units` numbers the unit (the split's group) of each row where rows do not stand alone.
    """

    model: FittedModel
    frame: pl.DataFrame
    truth: pl.Series | None
    judged: Judged
    classes: tuple[str, ...]
    units: Ints | None
    seed: int
    jobs: int

    def exact(self, right: Mask, rows: Mask) -> list[float] | None:
        """The exact interval of the share of `rows` that are right; None without any."""
        if not rows.any():
            return None
        hits = right[rows]
        size = effective_size(hits, None if self.units is None else self.units[rows], ONE_SIDED)
        return list(clopper_pearson(float(hits.mean()), size, ONE_SIDED))


def plain(values: Floats) -> list[float | None]:
    """As JSON has them."""
    return [float(value) if np.isfinite(value) else None for value in values]


def thinned(count: int) -> Ints:
    """Places of at most so many points, first and last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, _MOST_POINTS)).astype(np.int64))


def two_sided(interval: Interval | None) -> list[float] | None:
    """The bounds of an interval at `ONE_SIDED`."""
    return None if interval is None else [interval.low, interval.high]
