"""The bootstrap: resamples of the rows (or of the units they belong to) as counts. `bca` makes bounds of them.

A resample is how often each row counts, so that metrics need no copies of the rows. The same seed gives the same
resamples each time they are asked for: metrics, differences and whole conditions are looked at on one set of them.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass

import numpy as np

from mldsl.runtime.evaluation.judged import Floats, Ints

MOST_RESAMPLES = 2000
FEWEST_RESAMPLES = 400
_CELLS = 100_000_000  # resamples × rows at most, as long as that leaves enough resamples
_AT_ONCE = 4_000_000  # resamples × rows in memory at a time
_FEWEST_GAPS = 200
_MOST_GAPS = 1000  # of more rows or units, the jackknife leaves out one of so many blocks at a time
_GAP_CELLS = 20_000_000  # blocks × rows at most, as long as that leaves enough blocks

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
        blocks = min(self.drawn, max(_FEWEST_GAPS, min(_MOST_GAPS, _GAP_CELLS // max(self.rows, 1))))
        block = np.random.default_rng(self.seed).permutation(np.arange(self.drawn) % blocks)
        at_once = max(1, _AT_ONCE // max(self.rows, 1))
        for start in range(0, blocks, at_once):
            numbers = np.arange(start, min(start + at_once, blocks))
            yield self._spread((block[None, :] != numbers[:, None]).astype(np.float64))
