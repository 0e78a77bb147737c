"""What `report:` asks for, as data; pictures are drawn from it elsewhere. One function a report."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import polars as pl

from mldsl.runtime.evaluation.importance import feature_importance
from mldsl.runtime.evaluation.judged import Floats, Judged
from mldsl.runtime.evaluation.metrics import confusion, metric_value
from mldsl.runtime.evaluation.slices import Json
from mldsl.runtime.models.artifact import FittedModel

_MOST_POINTS = 500
_BINS = 10
_BARS = 20


@dataclass(frozen=True, slots=True, eq=False)
class Reported:
    """What reports are made of: the model, the rows of its table, and the answers beside the truth."""

    model: FittedModel
    frame: pl.DataFrame
    truth: pl.Series | None
    judged: Judged
    classes: tuple[str, ...]
    seed: int
    jobs: int


def make_report(name: str, reported: Reported) -> Json:
    """The report's data."""
    return _REPORTS[name](reported)


def _plain(values: Floats) -> list[float | None]:
    return [float(value) if np.isfinite(value) else None for value in values]


def _thinned(count: int) -> Floats:
    """Places of at most so many points, first and last among them."""
    return np.unique(np.linspace(0, count - 1, min(count, _MOST_POINTS)).astype(np.int64))


def _cumulated(judged: Judged) -> tuple[Floats, Floats, Floats]:
    """For each score, from the greatest: itself, how many positive rows reach it, and how many negative ones."""
    assert judged.scores is not None
    scores, codes = np.unique(-judged.scores, return_inverse=True)
    positive = (judged.truth == 1).astype(np.float64)
    ups = np.cumsum(np.bincount(codes, positive, len(scores)), dtype=np.float64)
    downs = np.cumsum(np.bincount(codes, 1 - positive, len(scores)), dtype=np.float64)
    return -scores, ups, downs


def _roc_curve(reported: Reported) -> Json:
    scores, ups, downs = _cumulated(reported.judged)
    if not ups[-1] or not downs[-1]:
        return {"undefined": "there are rows of one class only"}
    at = _thinned(len(scores))
    return {
        "false_positive_rate": [0.0, *_plain(downs[at] / downs[-1])],
        "true_positive_rate": [0.0, *_plain(ups[at] / ups[-1])],
        "threshold": [None, *_plain(scores[at])],
        "area": metric_value("roc_auc", reported.judged),
    }


def _pr_curve(reported: Reported) -> Json:
    scores, ups, downs = _cumulated(reported.judged)
    if not ups[-1]:
        return {"undefined": "there are no positive rows"}
    at = _thinned(len(scores))
    return {
        "recall": _plain(ups[at] / ups[-1]),
        "precision": _plain(ups[at] / (ups + downs)[at]),
        "threshold": _plain(scores[at]),
        "average_precision": metric_value("average_precision", reported.judged),
    }


def _calibration_curve(reported: Reported) -> Json:
    """Rows in bins of equal width of what is said: what is said on average, how often it comes true, how many rows."""
    judged = reported.judged
    assert judged.scores is not None
    places = np.minimum((judged.scores * _BINS).astype(np.int64), _BINS - 1)
    there = np.unique(places)
    members = [places == place for place in there]
    return {
        "predicted": [float(judged.scores[rows].mean()) for rows in members],
        "observed": [float((judged.truth[rows] == 1).mean()) for rows in members],
        "rows": [int(rows.sum()) for rows in members],
        "brier": metric_value("brier", judged),
    }


def _score_histogram(reported: Reported) -> Json:
    judged = reported.judged
    assert judged.scores is not None
    ends = (0.0, 1.0) if judged.task == "binary" else (float(judged.scores.min()), float(judged.scores.max()))
    edges = np.histogram_bin_edges(judged.scores, _BARS, range=ends)
    return {
        "edges": _plain(edges),
        "negative": np.histogram(judged.scores[judged.truth != 1], edges)[0].tolist(),
        "positive": np.histogram(judged.scores[judged.truth == 1], edges)[0].tolist(),
    }


def _confusion_matrix(reported: Reported) -> Json:
    """Rows are the true classes, columns what was said."""
    found = confusion(reported.judged, np.ones((1, reported.judged.rows)))[0]
    return {"classes": list(reported.classes), "counts": found.astype(np.int64).tolist()}


def _class_report(reported: Reported) -> Json:
    found = confusion(reported.judged, np.ones((1, reported.judged.rows)))[0]
    told = []
    for number, name in enumerate(reported.classes):
        hits, said, there = found[number, number], found[:, number].sum(), found[number].sum()
        told.append(
            {
                "class": name,
                "precision": float(hits / said) if said else None,
                "recall": float(hits / there) if there else None,
                "f1": float(2 * hits / (said + there)) if said + there else None,
                "rows": int(there),
            }
        )
    return told


def _importance(reported: Reported) -> Json:
    assert reported.truth is not None
    return feature_importance(reported.model, reported.frame, reported.truth, reported.seed, reported.jobs)


def _residuals(reported: Reported) -> Json:
    judged = reported.judged
    errors = np.asarray(judged.truth - judged.predicted, np.float64)
    at = _thinned(judged.rows)
    counts, edges = np.histogram(errors, _BARS)
    return {
        "predicted": _plain(np.asarray(judged.predicted, np.float64)[at]),
        "residual": _plain(errors[at]),
        "histogram": {"edges": _plain(edges), "rows": counts.tolist()},
    }


def _predicted_actual(reported: Reported) -> Json:
    at = _thinned(reported.judged.rows)
    return {
        "actual": _plain(np.asarray(reported.judged.truth, np.float64)[at]),
        "predicted": _plain(np.asarray(reported.judged.predicted, np.float64)[at]),
    }


def _cluster_sizes(reported: Reported) -> Json:
    clusters, rows = np.unique(reported.judged.predicted, return_counts=True)
    return [
        {"cluster": int(cluster), "rows": int(count)} for cluster, count in zip(clusters, rows, strict=True)
    ]  # fmt: skip


_REPORTS: Mapping[str, Callable[[Reported], Json]] = {
    "roc_curve": _roc_curve,
    "pr_curve": _pr_curve,
    "calibration_curve": _calibration_curve,
    "score_histogram": _score_histogram,
    "confusion_matrix": _confusion_matrix,
    "class_report": _class_report,
    "feature_importance": _importance,
    "residuals": _residuals,
    "predicted_actual": _predicted_actual,
    "cluster_sizes": _cluster_sizes,
}
