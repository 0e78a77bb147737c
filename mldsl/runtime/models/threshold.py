"""The threshold: from which probability on a row is called positive."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mldsl.plan.nodes import Threshold
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.evaluation.judged import Judged
from mldsl.runtime.evaluation.metrics import METRIC_FUNCTIONS
from mldsl.runtime.models.features import Floats, Ints

_PLAIN = 0.5

Counted = Callable[[Floats, Floats, Floats, Floats], Floats]
"""From true and false positives, false and true negatives to something to make as great as possible."""


def choose_threshold(given: Threshold, truth: Ints, probability: Floats) -> float:
    """The threshold asked for, found on rows that the model was not fitted on.

    Candidates lie half-way between neighbouring probabilities, and below and above all of them; of equally good ones
    it is the one nearest to 0.5. Raises StepFailed for a metric that no threshold changes.
    """
    if given.value is not None:
        return given.value
    levels, counts = _counts(truth, probability)
    worth = _worth(given)(*counts)
    best = np.flatnonzero(worth == worth.max())
    candidates = levels[best]
    return float(candidates[np.argmin(np.abs(candidates - _PLAIN))])


def _counts(truth: Ints, probability: Floats) -> tuple[Floats, tuple[Floats, Floats, Floats, Floats]]:
    """For every threshold worth trying: itself, and how many rows of each kind there are then."""
    values, codes = np.unique(probability, return_inverse=True)
    ups = np.bincount(codes, weights=truth == 1, minlength=len(values))
    downs = np.bincount(codes, weights=truth != 1, minlength=len(values))
    levels = np.concatenate(([min(values[0], _PLAIN)], (values[1:] + values[:-1]) / 2, [np.nextafter(values[-1], 2)]))
    missed = np.concatenate(([0], np.cumsum(ups)))
    rest = np.concatenate(([0], np.cumsum(downs)))
    return levels, (ups.sum() - missed, downs.sum() - rest, missed, rest)


def _worth(given: Threshold) -> Counted:
    if given.metric is None:
        alarm, miss = given.false_positive or 0.0, given.false_negative or 0.0
        return lambda hits, alarms, missed, rest: -(alarm * alarms + miss * missed)
    if given.metric not in _METRICS:
        raise StepFailed(f"no threshold changes `{given.metric}`", f"it can be one of: {', '.join(_METRICS)}")
    return lambda hits, alarms, missed, rest: _of_counts(given.metric or "", hits, alarms, missed, rest)


_METRICS = ("accuracy", "balanced_accuracy", "precision", "recall", "f1", "mcc")
_CELLS = Judged("binary", np.array([1, 0, 1, 0]), np.array([1, 1, 0, 0]))


def _of_counts(metric: str, hits: Floats, alarms: Floats, missed: Floats, rest: Floats) -> Floats:
    """A metric of labels, from how many rows of each kind there are."""
    return np.nan_to_num(METRIC_FUNCTIONS[metric](_CELLS, np.column_stack((hits, alarms, missed, rest))))
