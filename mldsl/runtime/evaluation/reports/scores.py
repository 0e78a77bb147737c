"""Reports on scores: ROC, precision against recall, calibration, how the scores lie."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mldsl.runtime.evaluation.bands import CONFIDENCE, PLACES, RESAMPLES, Drawn, band, resampled
from mldsl.runtime.evaluation.bootstrap import Resampler
from mldsl.runtime.evaluation.judged import Floats, Ints
from mldsl.runtime.evaluation.metric_intervals import metric_interval
from mldsl.runtime.evaluation.metrics import metric_value
from mldsl.runtime.evaluation.reports.context import BARS, ONE_SIDED, Reported, plain, thinned, two_sided
from mldsl.runtime.evaluation.roc import delong_interval
from mldsl.runtime.evaluation.slices import Json

_BINS = 10


@dataclass(frozen=True, slots=True, eq=False)
class _Curve:
    """For each score, from the greatest: itself, how many positive rows reach it, how many negative ones.

    `at` are the places that are told, `drawn` the resamples of the rows between two of them.
    """

    scores: Floats
    ups: Floats
    downs: Floats
    at: Ints
    drawn: Drawn


def _curve(reported: Reported) -> _Curve:
    judged = reported.judged
    assert judged.scores is not None
    scores, codes = np.unique(-judged.scores, return_inverse=True)
    positive = (judged.truth == 1).astype(np.int64)
    ups = np.cumsum(np.bincount(codes, positive, len(scores)), dtype=np.float64)
    downs = np.cumsum(np.bincount(codes, 1 - positive, len(scores)), dtype=np.float64)
    at = thinned(len(scores))
    drawn = resampled(np.searchsorted(at, codes), positive, len(at), reported.units, reported.seed)
    return _Curve(-scores, ups, downs, at, drawn)


def _band(
    reported: Reported, curve: _Curve, along: str, places: Floats, path: Callable[[Floats, Floats], Floats | None]
) -> Json:
    found = band(curve.drawn, path)
    if found is None:
        return None
    unit = "rows" if reported.units is None else "groups"
    told = {"confidence": CONFIDENCE, "resamples": RESAMPLES, "drawn": unit}
    return {along: plain(places), "low": plain(found[0]), "high": plain(found[1]), **told}


def roc_curve(reported: Reported) -> Json:
    """True against false positives at every threshold, with the area's interval (DeLong) and a band."""
    curve = _curve(reported)
    ups, downs, at = curve.ups, curve.downs, curve.at
    if not ups[-1] or not downs[-1]:
        return {"undefined": "there are rows of one class only"}
    places = np.linspace(0, 1, PLACES)

    def path(down: Floats, up: Floats) -> Floats | None:
        if not down[-1] or not up[-1]:
            return None
        return np.asarray(np.interp(places, np.append(0, down / down[-1]), np.append(0, up / up[-1])))

    return {
        "false_positive_rate": [0.0, *plain(downs[at] / downs[-1])],
        "true_positive_rate": [0.0, *plain(ups[at] / ups[-1])],
        "threshold": [None, *plain(curve.scores[at])],
        "area": metric_value("roc_auc", reported.judged),
        "interval": two_sided(delong_interval(reported.judged, reported.units, ONE_SIDED)),
        "confidence": CONFIDENCE,
        "band": _band(reported, curve, "false_positive_rate", places, path),
        "positive_rows": int(ups[-1]),
    }


def pr_curve(reported: Reported) -> Json:
    """Precision against recall at every threshold, with the average's interval and a band."""
    curve = _curve(reported)
    ups, downs, at = curve.ups, curve.downs, curve.at
    if not ups[-1]:
        return {"undefined": "there are no positive rows"}
    places = np.linspace(0, 1, PLACES)

    def path(down: Floats, up: Floats) -> Floats | None:
        """The precision at the first threshold that reaches the recall: between points the curve is a step."""
        if not up[-1]:
            return None
        first = np.maximum(np.searchsorted(up / up[-1], places - 1e-12), np.flatnonzero(up + down)[0])
        return np.asarray(up[first] / (up + down)[first])

    judged = reported.judged
    resampler = Resampler(judged.rows, reported.seed, reported.units)
    return {
        "recall": plain(ups[at] / ups[-1]),
        "precision": plain(ups[at] / (ups + downs)[at]),
        "threshold": plain(curve.scores[at]),
        "average_precision": metric_value("average_precision", judged),
        "interval": two_sided(metric_interval("average_precision", judged, resampler, ONE_SIDED)),
        "confidence": CONFIDENCE,
        "band": _band(reported, curve, "recall", places, path),
        "positive_rows": int(ups[-1]),
    }


def calibration_curve(reported: Reported) -> Json:
    """Rows in bins of equal width of what is said: what is said on average, how often it comes true, how many rows."""
    judged = reported.judged
    assert judged.scores is not None
    places = np.minimum((judged.scores * _BINS).astype(np.int64), _BINS - 1)
    there = np.unique(places)
    members = [places == place for place in there]
    bounds = [reported.exact(judged.truth == 1, rows) or [0.0, 1.0] for rows in members]
    return {
        "predicted": [float(judged.scores[rows].mean()) for rows in members],
        "observed": [float((judged.truth[rows] == 1).mean()) for rows in members],
        "low": [low for low, _ in bounds],
        "high": [high for _, high in bounds],
        "confidence": CONFIDENCE,
        "method": "clopper_pearson",
        "rows": [int(rows.sum()) for rows in members],
        "brier": metric_value("brier", judged),
    }


def score_histogram(reported: Reported) -> Json:
    """How many rows of each class have which score."""
    judged = reported.judged
    assert judged.scores is not None
    ends = (0.0, 1.0) if judged.task == "binary" else (float(judged.scores.min()), float(judged.scores.max()))
    edges = np.histogram_bin_edges(judged.scores, BARS, range=ends)
    return {
        "edges": plain(edges),
        "negative": np.histogram(judged.scores[judged.truth != 1], edges)[0].tolist(),
        "positive": np.histogram(judged.scores[judged.truth == 1], edges)[0].tolist(),
    }
