"""Distances between two distributions over the same cells, for many pairs at once (pairs × cells, counts of rows).

- Numbers: the Wasserstein distance, the area between the two distribution functions, divided by the standard deviation
  of the training rows: 0.2 is a column that has moved by a fifth of what it spreads.
- Categories: the Jensen-Shannon distance, the root of the divergence to base 2. It is a metric (Endres and Schindelin,
  "A new metric for probability distributions", 2003) from 0 (equal) to 1 (nothing in common).
- `psi`: the population stability index Σ (q - p)·ln(q / p) over bins (Siddiqi, "Credit Risk Scorecards", 2006, where
  0.1 is a slight and 0.25 a large change). Shares below 0.0001 count as that, so that an empty bin is no infinity.
- `ks`: the largest difference in probability: of numbers that between the distribution functions (Kolmogorov and
  Smirnov), of categories that of any set of them, which is the total variation.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Counts = npt.NDArray[np.int64]
Distance = Callable[[Floats, Floats], Floats]
"""Of the shares p of the training rows and q of the batch's (pairs × cells) to one number for each pair."""

_LEAST_SHARE = 1e-4


def shares(counts: Counts) -> Floats:
    """Counts as shares of their sum; nothing but NaN where there are no rows."""
    total = counts.sum(axis=-1, keepdims=True)
    return np.asarray(np.where(total > 0, counts / np.maximum(total, 1), np.nan), np.float64)


def wasserstein(positions: Floats, scale: float) -> Distance:
    """The area between the distribution functions of cells at these (ascending) positions, in units of `scale`."""
    gaps = np.diff(positions) / scale

    def distance(p: Floats, q: Floats) -> Floats:
        return np.asarray(np.abs(np.cumsum(p - q, axis=-1)[..., :-1]) @ gaps, np.float64)

    return distance


def jensen_shannon(p: Floats, q: Floats) -> Floats:
    """The root of the mean divergence of both from their middle, in bits."""
    middle = (p + q) / 2
    divergence = (_relative_entropy(p, middle) + _relative_entropy(q, middle)) / 2
    return np.sqrt(np.clip(divergence, 0, 1))


def _relative_entropy(p: Floats, q: Floats) -> Floats:
    ratio = np.divide(p, q, out=np.ones_like(p), where=p > 0)
    return np.asarray((p * np.log2(ratio)).sum(axis=-1))


def stability_index(p: Floats, q: Floats) -> Floats:
    """The population stability index."""
    p, q = np.maximum(p, _LEAST_SHARE), np.maximum(q, _LEAST_SHARE)
    return np.asarray(((q - p) * np.log(q / p)).sum(axis=-1))


def kolmogorov_smirnov(p: Floats, q: Floats) -> Floats:
    """The largest difference of the distribution functions of ordered cells."""
    return np.asarray(np.abs(np.cumsum(p - q, axis=-1)).max(axis=-1))


def total_variation(p: Floats, q: Floats) -> Floats:
    """The largest difference in the probability of any set of cells."""
    return np.asarray(np.abs(p - q).sum(axis=-1) / 2)
