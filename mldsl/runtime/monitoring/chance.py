"""What distances chance gives between rows of one kind, for several columns at once.

It is asked twice, and the larger answer counts:

- Of the training rows: a part of them is held against the others. The n rows of a batch differ from the N training rows
  as m of these from the other N - m where 1/m + 1/(N - m) = 1/n + 1/N; so many are drawn, without putting back. A batch
  of more than a third of the training rows is like their halves: more cannot be told from them.
- Of the training rows and the batch's together, of which n are drawn to stand for the batch (a permutation test). Where
  tails are long, or categories many, the training rows alone do not show all that may come: with amounts that are
  distributed log-normally a tenth of all checks would alarm for nothing.

Rows are drawn whole, so that columns go together as they do. A column's level stands as many of its standard deviations
above its mean as every other's, so many that in 1% of the draws any column at all is above its level: the maximum of
Westfall and Young ("Resampling-Based Multiple Testing", 1993), of standardised distances. For the second question that
bounds the share of false alarms exactly, whatever the columns hold and however they depend on each other.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from mldsl.runtime.monitoring.cells import Coded, Ints
from mldsl.runtime.monitoring.distances import Floats, shares

FALSE_ALARMS = 0.01
"""In so many checks of rows like those of the training any column is above its level: once in a hundred days."""
DRAWS = 299
"""For each question; 3 of 300 are 1%."""
_AT_ONCE = 23  # draws whose counts are held in memory at a time


@dataclass(frozen=True, slots=True, eq=False)
class Distances:
    """For each of what was compared: the distance found, and the level up to which chance explains it."""

    found: Floats
    chance: Floats


def compare(coded: Sequence[Coded], training: int, batch: int, seed: int) -> Distances:
    """The distances between the first `training` rows and the `batch` rows behind them, and what chance gives."""
    layout = _Layout.of(coded)
    old, new = layout.counts(slice(training)), layout.counts(slice(training, None))
    found = layout.distances(old[None, :], new[None, :])[0]
    generator = np.random.default_rng(seed)
    alone = _draw(layout, generator, old, training, part_size(training, batch))
    together = _draw(layout, generator, old + new, training + batch, batch)
    return Distances(found, np.maximum(levels(alone), levels(together)))


def part_size(training: int, batch: int) -> int:
    """How many of the training rows differ from the others as the batch's rows would from all of them."""
    inner = max(0.0, 1 - 4 * batch / (training + batch))
    return max(1, round(training / 2 * (1 - math.sqrt(inner))))


def levels(drawn: Floats) -> Floats:
    """Each column's level, from distances that chance gave (draws × columns); NaN counts as no distance."""
    drawn = np.nan_to_num(drawn)
    mean, spread = drawn.mean(axis=0), drawn.std(axis=0, ddof=1)
    highest = np.sort(((drawn - mean) / np.where(spread > 0, spread, 1)).max(axis=1))
    rank = min(len(highest), int(np.ceil(round((1 - FALSE_ALARMS) * (len(highest) + 1), 9))))
    return np.asarray(mean + highest[rank - 1] * spread)


def _draw(layout: _Layout, generator: np.random.Generator, whole: Ints, rows: int, size: int) -> Floats:
    """Distances between `size` of the first `rows` rows and the rest of them (draws × columns); `whole` counts all."""
    drawn = []
    for start in range(0, DRAWS, _AT_ONCE):
        count = min(_AT_ONCE, DRAWS - start)
        chosen = (generator.choice(rows, size, replace=False, shuffle=False) for _ in range(count))
        parts = np.stack([layout.counts(part) for part in chosen])
        drawn.append(layout.distances(whole - parts, parts))
    return np.concatenate(drawn)


@dataclass(frozen=True, slots=True, eq=False)
class _Layout:
    """All cells side by side: those of each column, and one for the rows that it leaves out."""

    coded: Sequence[Coded]
    starts: tuple[int, ...]
    cells: int
    codes: Ints  # rows × columns

    @classmethod
    def of(cls, coded: Sequence[Coded]) -> _Layout:
        ends = np.cumsum([item.cells + 1 for item in coded])
        starts = (0, *ends[:-1].tolist())
        codes = np.stack([item.codes + start for item, start in zip(coded, starts, strict=True)], axis=1)
        return cls(coded, starts, int(ends[-1]), codes)

    def counts(self, rows: Ints | slice) -> Ints:
        """How many of these rows each cell has."""
        return np.bincount(self.codes[rows].ravel(), minlength=self.cells)

    def distances(self, training: Ints, batch: Ints) -> Floats:
        """Pairs × columns."""
        found = []
        for item, start in zip(self.coded, self.starts, strict=True):
            p, q = (shares(counts[:, start : start + item.cells]) for counts in (training, batch))
            found.append(item.distance(p, q))
        return np.stack(found, axis=1)
