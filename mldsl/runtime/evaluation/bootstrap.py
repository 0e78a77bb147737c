"""The bootstrap: resamples of the rows (or of the units they belong to) as counts, and bounds from them.

A resample is how often each row counts, so that metrics need no copies of the rows. The same seed gives the same
resamples each time they are asked for: metrics, differences and whole conditions are looked at on one set of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from mldsl.runtime.evaluation.intervals import Interval
from mldsl.runtime.evaluation.judged import Floats, Ints

MOST_RESAMPLES = 2000
FEWEST_RESAMPLES = 400
_CELLS = 100_000_000  # resamples × rows at most, as long as that leaves enough resamples
_AT_ONCE = 4_000_000  # resamples × rows in memory at a time
_LEFT_OUT = 200  # of more units, the jackknife leaves out one of so many blocks at a time

Quantity = Callable[[Floats], Floats]
"""From counts (resamples × rows) to one number a resample."""


@dataclass(frozen=True, slots=True, eq=False)
class Resampler:
    """Resamples of `rows` rows; `units` numbers the unit of each row where rows are not drawn alone."""

    rows: int
    seed: int
    units: Ints | None = None

    @property
    def drawn(self) -> int:
        """How many rows or units are drawn."""
        return self.rows if self.units is None else int(self.units.max()) + 1

    @property
    def resamples(self) -> int:
        """How many resamples are drawn: fewer of very many rows, whose metrics vary less."""
        return max(FEWEST_RESAMPLES, min(MOST_RESAMPLES, _CELLS // max(self.rows, 1)))

    def resample(self, quantity: Quantity) -> Floats:
        """The quantity of every resample."""
        return np.concatenate([quantity(counts) for counts in self._draws()])

    def leave_out(self, quantity: Quantity) -> Floats:
        """The quantity without each row or unit in turn (without each block of them, where there are many)."""
        return np.concatenate([quantity(counts) for counts in self._gaps()])

    def exchanges(self) -> Iterator[Floats]:
        """As many times as there are resamples, some at a time: which rows are dealt to one side (1) or the other (0).

        Each with even chances; all rows of a unit to the same.
        """
        generator = np.random.default_rng(self.seed)
        at_once = max(1, _AT_ONCE // max(2 * self.rows, 1))
        for start in range(0, self.resamples, at_once):
            size = min(at_once, self.resamples - start)
            yield self._spread(generator.integers(0, 2, size=(size, self.drawn)).astype(np.float64))

    def _spread(self, counts: Floats) -> Floats:
        return counts if self.units is None else counts[:, self.units]

    def _draws(self) -> Iterator[Floats]:
        generator = np.random.default_rng(self.seed)
        at_once = max(1, _AT_ONCE // max(self.rows, 1))
        for start in range(0, self.resamples, at_once):
            size = min(at_once, self.resamples - start)
            drawn = generator.integers(0, self.drawn, size=(size, self.drawn))
            flat = (drawn + np.arange(size)[:, None] * self.drawn).ravel()
            counts = np.bincount(flat, minlength=size * self.drawn).reshape(size, self.drawn)
            yield self._spread(counts.astype(np.float64))

    def _gaps(self) -> Iterator[Floats]:
        blocks = min(self.drawn, _LEFT_OUT)
        block = np.random.default_rng(self.seed).permutation(np.arange(self.drawn) % blocks)
        at_once = max(1, _AT_ONCE // max(self.rows, 1))
        for start in range(0, blocks, at_once):
            numbers = np.arange(start, min(start + at_once, blocks))
            yield self._spread((block[None, :] != numbers[:, None]).astype(np.float64))


def bootstrap_interval(
    quantity: Quantity, resampler: Resampler, confidence: float, low: float = -np.inf, high: float = np.inf
) -> Interval | None:
    """The bias-corrected and accelerated bounds (BCa; Efron 1987), within `low` and `high`.

    None where the quantity is not defined for most resamples.
    """
    if resampler.drawn < 2:
        return None
    value = float(quantity(np.ones((1, resampler.rows)))[0])
    drawn = resampler.resample(quantity)
    drawn = np.sort(drawn[np.isfinite(drawn)])
    if not np.isfinite(value) or len(drawn) < resampler.resamples / 2:
        return None
    levels = _levels(value, drawn, resampler.leave_out(quantity), confidence)
    bounds = np.clip(np.quantile(drawn, levels), low, high)
    return Interval(float(bounds[0]), float(bounds[1]), "bootstrap")


def _levels(value: float, drawn: Floats, without: Floats, confidence: float) -> tuple[float, float]:
    """Which quantiles of the resamples are the bounds."""
    from scipy.stats import norm

    below = (np.sum(drawn < value) + np.sum(drawn == value) / 2) / len(drawn)
    bias = float(norm.ppf(np.clip(below, 0.5 / len(drawn), 1 - 0.5 / len(drawn))))
    skew = _acceleration(without)
    found = []
    for level in (1 - confidence, confidence):
        shifted = bias + float(norm.ppf(level))
        stretch = 1 - skew * shifted
        found.append(float(norm.cdf(bias + shifted / stretch)) if stretch > 0 else level)
    return found[0], found[1]


def _acceleration(without: Floats) -> float:
    offs = without[np.isfinite(without)]
    offs = offs.mean() - offs if len(offs) else offs
    spread = float((offs**2).sum())
    return 0.0 if spread == 0 else float((offs**3).sum()) / (6 * spread**1.5)
