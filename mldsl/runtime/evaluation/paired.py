"""How much better one model is than another on the same rows.

Models that agree on nearly all rows are the rule, and a bootstrap of the few on which they differ is too sure of
itself. So a difference counts as one only where also the exact test for paired rows finds it: of the right answers
(McNemar 1947, by the binomial distribution), or of any metric (the answers of the two exchanged at random: Noreen 1989,
Yeh 2000). Where it does not find it, the bound is moved beyond 0, to where the test's own p-value puts it (the
test-based limits of Miettinen 1976).
"""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mldsl.catalog.metrics import METRICS
from mldsl.runtime.evaluation.bca import Shape, bootstrap_interval
from mldsl.runtime.evaluation.bootstrap import Resampler
from mldsl.runtime.evaluation.intervals import PROPORTIONS, Interval, clopper_pearson
from mldsl.runtime.evaluation.judged import Floats, Ints, Judged, Mask
from mldsl.runtime.evaluation.metrics import METRIC_FUNCTIONS
from mldsl.runtime.evaluation.roc import difference_interval

_SAME_ROWS = ("accuracy", "recall")
"""Shares of rows that are the same whatever the model says."""
_RANKED = ("roc_auc", "average_precision", "roc_auc_ovr")
"""Metrics of the order of scores alone."""


def paired_interval(name: str, one: Judged, other: Judged, resampler: Resampler, confidence: float) -> Interval | None:
    """The one-sided bounds of a metric of `one` less that of `other`; None where there are too few rows for any."""
    if name in _SAME_ROWS and resampler.units is None:
        rows = PROPORTIONS[name].rows(one)
        right = [(item.truth == item.predicted)[rows] for item in (one, other)]
        return proportions_interval(right[0], right[1], confidence) if rows.any() else None
    if name == "roc_auc":
        found = difference_interval(one, other, resampler.units, confidence)
    else:
        function = METRIC_FUNCTIONS[name]
        shape = Shape(skewed=METRICS[name].needs != "labels")
        found = bootstrap_interval(
            lambda counts: function(one, counts) - function(other, counts), resampler, confidence, shape
        )
    if found is None:
        return None
    return _careful(found, *chance_of_exchange(name, one, other, resampler), confidence)


# --- shares of right answers -----------------------------------------------------------------------------------------


def proportions_interval(one: Mask, other: Mask, confidence: float) -> Interval:
    """Of the share of right answers of `one` less that of `other`.

    Made of the exact bounds of the two shares of rows in which only one is right (Zou and Donner 2008, with the
    covariance of the two), and no surer of a difference than McNemar's exact test.
    """
    from scipy.stats import binom

    rows = len(one)
    gained, lost = int((one & ~other).sum()), int((~one & other).sum())
    low, high = _recovered(gained, lost, rows, confidence), -_recovered(lost, gained, rows, confidence)
    found = Interval(low, high, "mcnemar")
    if gained == lost:
        return found
    more = float(binom.sf(max(gained, lost) - 1, gained + lost, 0.5))
    return _careful(found, (gained - lost) / rows, more, confidence)


def _recovered(gained: int, lost: int, rows: int, confidence: float) -> float:
    """The lower bound of a share less another, of one sample, from the bounds of both."""
    plus, minus = gained / rows, lost / rows
    down = plus - clopper_pearson(plus, rows, confidence)[0]
    up = clopper_pearson(minus, rows, confidence)[1] - minus
    spread = plus * minus * (1 - plus) * (1 - minus)
    tied = -plus * minus / np.sqrt(spread) if spread > 0 else 0.0
    return float(plus - minus - np.sqrt(down**2 + up**2 - 2 * tied * down * up))


# --- any metric ------------------------------------------------------------------------------------------------------


def chance_of_exchange(name: str, one: Judged, other: Judged, resampler: Resampler) -> tuple[float, float]:
    """The difference, and how often one as great comes of exchanging the two models' answers at random."""
    both = _stacked(name, one, other)
    function, rows = METRIC_FUNCTIONS[name], one.rows

    def differences(swapped: Floats) -> Floats:
        kept = 1 - swapped
        return function(both, np.hstack((kept, swapped))) - function(both, np.hstack((swapped, kept)))

    value = float(differences(np.zeros((1, rows)))[0])
    found = np.concatenate([differences(swapped) for swapped in resampler.exchanges()])
    found = found[np.isfinite(found)]
    sign = 1.0 if value >= 0 else -1.0
    as_great = int((found * sign >= abs(value) * (1 - 1e-9)).sum())
    return value, (1 + as_great) / (1 + len(found))


def _stacked(name: str, one: Judged, other: Judged) -> Judged:
    """The rows twice, with the answers of either; scores of which only the order counts are made comparable."""
    return replace(
        one,
        truth=_twice(one.truth, other.truth),
        predicted=_twice(one.predicted, other.predicted),
        scores=None if one.scores is None or other.scores is None else _twice(*_scores(name, one.scores, other.scores)),
        points=None if one.points is None or other.points is None else _twice(one.points, other.points),
        classes=max(one.classes, other.classes),
    )


def _twice(one: Floats | Ints, other: Floats | Ints) -> Floats:
    return np.concatenate((np.asarray(one, np.float64), np.asarray(other, np.float64)))


def _scores(name: str, one: Floats, other: Floats) -> tuple[Floats, Floats]:
    from scipy.stats import rankdata

    if name not in _RANKED:
        return one, other
    return np.asarray(rankdata(one, axis=0), np.float64), np.asarray(rankdata(other, axis=0), np.float64)


def _careful(found: Interval, value: float, chance: float, confidence: float) -> Interval:
    """No surer of a difference than the exact test, by which as great a one has that chance where there is none."""
    from scipy.stats import norm

    if value == 0 or chance <= 1 - confidence:
        return found
    reach = float(norm.ppf(confidence)) / max(float(norm.isf(chance)), 0.1)
    bounds = (value * (1 - reach), value * (1 + reach))
    return replace(found, low=min(found.low, *bounds), high=max(found.high, *bounds))
