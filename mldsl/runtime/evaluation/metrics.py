"""The metrics: one function each, of the judged rows and of how often each row counts.

Every function gives one number for each row of `counts` (resamples × rows), so that a bootstrap, a jackknife and the
plain value (all counts 1) come from the same code. NaN stands for a metric that is not defined there. The values are
those of the functions of the same meaning in `sklearn.metrics`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from mldsl.catalog.metrics import METRICS
from mldsl.runtime.evaluation.clusters import davies_bouldin, silhouette
from mldsl.runtime.evaluation.judged import Floats, Ints, Judged

MetricFunction = Callable[[Judged, Floats], Floats]

_TINY = float(np.finfo(np.float64).eps)


def metric_value(name: str, judged: Judged) -> float | None:
    """The metric of these rows; None where it is not defined (see `why_undefined`)."""
    if judged.rows == 0 or not metric_fits(name, judged):
        return None
    value = float(METRIC_FUNCTIONS[name](judged, np.ones((1, judged.rows)))[0])
    return value if np.isfinite(value) else None


def metric_fits(name: str, judged: Judged) -> bool:
    """Whether the metric is one of the task and the model gives what it needs."""
    metric = METRICS[name]
    return judged.task in metric.tasks and (metric.needs != "probabilities" or judged.scores is not None)


def why_undefined(name: str, judged: Judged) -> str:
    """Why `metric_value` gives None, in plain words."""
    if judged.rows == 0:
        return "there are no rows"
    if not metric_fits(name, judged):
        return "the model does not give what it needs"
    if judged.task in ("binary", "anomaly"):
        if not np.any(judged.truth == 1):
            return "there are no positive rows"
        if np.all(judged.truth == 1):
            return "there are no negative rows"
    if judged.task == "multiclass" and len(np.unique(judged.truth)) < 2:
        return "there are rows of one class only"
    if judged.task == "cluster":
        return "there are fewer than two clusters"
    return "it is not defined for these rows"


def _ratio(above: Floats, below: Floats) -> Floats:
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.asarray(np.where(below == 0, np.nan, above / np.where(below == 0, 1, below)))


def _mean(values: Floats, counts: Floats) -> Floats:
    return _ratio(counts @ values, counts.sum(axis=1))


# --- from labels -----------------------------------------------------------------------------------------------------


def confusion(judged: Judged, counts: Floats) -> Floats:
    """Resamples × true class × predicted class: how many rows."""
    size = judged.classes
    cells = np.asarray(judged.truth, np.int64) * size + np.asarray(judged.predicted, np.int64)
    order = np.argsort(cells, kind="stable")
    there, starts = np.unique(cells[order], return_index=True)
    found = np.zeros((len(counts), size * size))
    found[:, there] = np.add.reduceat(counts[:, order], starts, axis=1)
    return found.reshape(len(counts), size, size)


def _two_classes(judged: Judged, counts: Floats) -> tuple[Floats, Floats, Floats, Floats]:
    """True positives, false positives, false negatives, true negatives."""
    found = confusion(judged, counts)
    return found[:, 1, 1], found[:, 0, 1], found[:, 1, 0], found[:, 0, 0]


def _accuracy(judged: Judged, counts: Floats) -> Floats:
    return _mean((judged.truth == judged.predicted).astype(np.float64), counts)


def _balanced_accuracy(judged: Judged, counts: Floats) -> Floats:
    found = confusion(judged, counts)
    support = found.sum(axis=2)
    recalls = np.where(support == 0, 0, np.einsum("bkk->bk", found) / np.where(support == 0, 1, support))
    return _ratio(recalls.sum(axis=1), (support > 0).sum(axis=1).astype(np.float64))


def _precision(judged: Judged, counts: Floats) -> Floats:
    hits, alarms, _, _ = _two_classes(judged, counts)
    return np.nan_to_num(_ratio(hits, hits + alarms))


def _recall(judged: Judged, counts: Floats) -> Floats:
    hits, _, missed, _ = _two_classes(judged, counts)
    return _ratio(hits, hits + missed)


def _f1(judged: Judged, counts: Floats) -> Floats:
    hits, alarms, missed, _ = _two_classes(judged, counts)
    return np.nan_to_num(_ratio(2 * hits, 2 * hits + alarms + missed))


def _mcc(judged: Judged, counts: Floats) -> Floats:
    hits, alarms, missed, rest = _two_classes(judged, counts)
    below = np.sqrt((hits + alarms) * (hits + missed) * (rest + alarms) * (rest + missed))
    return np.nan_to_num(_ratio(hits * rest - alarms * missed, below))


def _class_f1(judged: Judged, counts: Floats) -> tuple[Floats, Floats, Floats]:
    """By class: f1, rows that are of it, rows that are or were said to be of it."""
    found = confusion(judged, counts)
    support, said = found.sum(axis=2), found.sum(axis=1)
    return np.nan_to_num(_ratio(2 * np.einsum("bkk->bk", found), support + said)), support, support + said


def _f1_macro(judged: Judged, counts: Floats) -> Floats:
    scores, _, seen = _class_f1(judged, counts)
    return _ratio(scores.sum(axis=1), (seen > 0).sum(axis=1).astype(np.float64))


def _f1_weighted(judged: Judged, counts: Floats) -> Floats:
    scores, support, _ = _class_f1(judged, counts)
    return _ratio((scores * support).sum(axis=1), support.sum(axis=1))


# --- from scores -----------------------------------------------------------------------------------------------------


def _scores(judged: Judged) -> Floats:
    if judged.scores is None:
        raise ValueError("these rows have no scores")
    return judged.scores


def _ties(scores: Floats) -> tuple[Ints, Ints]:
    """The order of ascending scores, and where in it each run of equal scores begins."""
    order = np.argsort(scores, kind="stable")
    ordered = scores[order]
    return order, np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))


def _auc(positive: Floats, scores: Floats, counts: Floats) -> Floats:
    """How often a positive row scores above a negative one, ties counting half."""
    order, starts = _ties(scores)
    ups = np.add.reduceat((counts * positive)[:, order], starts, axis=1)
    downs = np.add.reduceat((counts * (1 - positive))[:, order], starts, axis=1)
    below = np.cumsum(downs, axis=1) - downs
    return _ratio((ups * (below + downs / 2)).sum(axis=1), ups.sum(axis=1) * downs.sum(axis=1))


def _roc_auc(judged: Judged, counts: Floats) -> Floats:
    return _auc(judged.truth.astype(np.float64), _scores(judged), counts)


def _roc_auc_ovr(judged: Judged, counts: Floats) -> Floats:
    scores = _scores(judged)
    total, defined = np.zeros(len(counts)), np.zeros(len(counts))
    for number in range(judged.classes):
        one = _auc((judged.truth == number).astype(np.float64), scores[:, number], counts)
        total += np.nan_to_num(one)
        defined += ~np.isnan(one)
    return _ratio(total, defined)


def _average_precision(judged: Judged, counts: Floats) -> Floats:
    positive = judged.truth.astype(np.float64)
    order, starts = _ties(-_scores(judged))
    ups = np.add.reduceat((counts * positive)[:, order], starts, axis=1)
    all_rows = np.add.reduceat(counts[:, order], starts, axis=1)
    precision = np.nan_to_num(_ratio(np.cumsum(ups, axis=1), np.cumsum(all_rows, axis=1)))
    return _ratio((precision * ups).sum(axis=1), ups.sum(axis=1))


def _log_loss(judged: Judged, counts: Floats) -> Floats:
    scores, truth = _scores(judged), judged.truth.astype(np.int64)
    given = np.where(truth == 1, scores, 1 - scores) if scores.ndim == 1 else scores[np.arange(len(truth)), truth]
    return _mean(-np.log(np.clip(given, _TINY, 1 - _TINY)), counts)


def _brier(judged: Judged, counts: Floats) -> Floats:
    return _mean(np.asarray((_scores(judged) - judged.truth) ** 2, np.float64), counts)


# --- from values -----------------------------------------------------------------------------------------------------


def _rmse(judged: Judged, counts: Floats) -> Floats:
    return np.sqrt(_mean(np.asarray((judged.truth - judged.predicted) ** 2.0, np.float64), counts))


def _mae(judged: Judged, counts: Floats) -> Floats:
    return _mean(np.abs(judged.truth - judged.predicted).astype(np.float64), counts)


def _mape(judged: Judged, counts: Floats) -> Floats:
    share = np.abs(judged.truth - judged.predicted) / np.maximum(np.abs(judged.truth), _TINY)
    return _mean(share.astype(np.float64), counts)


def _r2(judged: Judged, counts: Floats) -> Floats:
    rows = counts.sum(axis=1)
    truth = judged.truth - np.mean(judged.truth)  # shifted: the difference of squares below would lose digits
    errors = counts @ (judged.truth - judged.predicted) ** 2.0
    spread = counts @ truth**2 - _ratio((counts @ truth) ** 2, rows)
    constant = spread <= _TINY * np.maximum(counts @ truth**2, _TINY)
    found = np.where(constant, np.where(errors == 0, 1.0, 0.0), 1 - errors / np.where(constant, 1, spread))
    return np.asarray(np.where(rows < 2, np.nan, found))


def _median_error(judged: Judged, counts: Floats) -> Floats:
    errors = np.abs(judged.truth - judged.predicted)
    order = np.argsort(errors, kind="stable")
    upto = np.cumsum(counts[:, order], axis=1)
    rows = upto[:, -1]
    low = np.argmax(upto > np.floor((rows - 1) / 2)[:, None], axis=1)
    high = np.argmax(upto > np.floor(rows / 2)[:, None], axis=1)
    return np.asarray(np.where(rows == 0, np.nan, (errors[order][low] + errors[order][high]) / 2))


METRIC_FUNCTIONS: Mapping[str, MetricFunction] = {
    "accuracy": _accuracy,
    "balanced_accuracy": _balanced_accuracy,
    "precision": _precision,
    "recall": _recall,
    "f1": _f1,
    "roc_auc": _roc_auc,
    "average_precision": _average_precision,
    "log_loss": _log_loss,
    "brier": _brier,
    "mcc": _mcc,
    "f1_macro": _f1_macro,
    "f1_weighted": _f1_weighted,
    "roc_auc_ovr": _roc_auc_ovr,
    "rmse": _rmse,
    "mae": _mae,
    "mape": _mape,
    "r2": _r2,
    "median_error": _median_error,
    "silhouette": silhouette,
    "davies_bouldin": davies_bouldin,
}
"""Every metric's function by name."""
