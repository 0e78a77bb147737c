"""Reports on a regression's answers: how far off they are, and beside the truth."""

from __future__ import annotations

import numpy as np

from mldsl.runtime.evaluation.judged import Floats
from mldsl.runtime.evaluation.reports.context import BARS, Reported, plain, thinned
from mldsl.runtime.evaluation.slices import Json

_MOST_GROUPS, _FEWEST = 12, 12  # groups of rows whose medians show where a regression is off; rows that each has


def residuals(reported: Reported) -> Json:
    """The errors (truth less prediction) beside the predictions, and how they lie."""
    judged = reported.judged
    predicted = np.asarray(judged.predicted, np.float64)
    errors = np.asarray(judged.truth - judged.predicted, np.float64)
    at = thinned(judged.rows)
    counts, edges = np.histogram(errors, BARS)
    return {
        "predicted": plain(predicted[at]),
        "residual": plain(errors[at]),
        "trend": _trend(predicted, errors),
        "histogram": {"edges": plain(edges), "rows": counts.tolist()},
    }


def _trend(predicted: Floats, errors: Floats) -> Json:
    """The median of the errors, and of the predictions, in groups of rows of similar predictions and equal size."""
    order = np.argsort(predicted, kind="stable")
    count = min(_MOST_GROUPS, len(order) // _FEWEST)
    groups = np.array_split(order, count) if count else []
    return {
        "predicted": [float(np.median(predicted[part])) for part in groups],
        "residual": [float(np.median(errors[part])) for part in groups],
    }


def predicted_actual(reported: Reported) -> Json:
    """The predictions beside the truth; `baseline` is what the trivial baseline always says."""
    at = thinned(reported.judged.rows)
    baseline = reported.model.baseline
    return {
        "actual": plain(np.asarray(reported.judged.truth, np.float64)[at]),
        "predicted": plain(np.asarray(reported.judged.predicted, np.float64)[at]),
        "baseline": None if baseline is None else float(baseline.answers(1).predicted[0]),
    }
