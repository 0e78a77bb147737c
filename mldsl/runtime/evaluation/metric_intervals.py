"""Which interval fits which metric: exact, DeLong's or a bootstrap; and what is said where no row is wrong."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from mldsl.catalog.metrics import METRICS, Metric
from mldsl.runtime.evaluation.bca import Shape, bootstrap_interval
from mldsl.runtime.evaluation.bootstrap import Resampler
from mldsl.runtime.evaluation.intervals import Interval, clopper_pearson, proportion_interval
from mldsl.runtime.evaluation.judged import Judged
from mldsl.runtime.evaluation.metrics import METRIC_FUNCTIONS, metric_value
from mldsl.runtime.evaluation.roc import delong_interval, told_apart

_RANKED = ("average_precision", "roc_auc_ovr")
"""Metrics of the order of scores, 1 where it is perfect, whose resamples then are all perfect as well."""


def metric_interval(name: str, judged: Judged, resampler: Resampler, confidence: float) -> Interval | None:
    """The one-sided bounds of a metric; None where there are too few rows for any."""
    metric = METRICS[name]
    match metric.interval:
        case "clopper_pearson" | "jaccard":
            return proportion_interval(name, judged, resampler.units, confidence)
        case "delong":
            return delong_interval(judged, resampler.units, confidence)
    if metric.needs == "labels" and not np.any(judged.truth != judged.predicted):
        return _without_an_error(name, judged, resampler, confidence)
    if name in _RANKED and metric_value(name, judged) == 1:
        return _ranked_perfectly(judged, resampler, confidence)
    function = METRIC_FUNCTIONS[name]
    found = bootstrap_interval(lambda counts: function(judged, counts), resampler, confidence, _shape(metric))
    return found if metric.needs != "labels" else _with_hits_unseen(found, name, judged, resampler, confidence)


def _shape(metric: Metric) -> Shape:
    return Shape(metric.low, metric.high, metric.needs != "labels", metric.best if metric.on_logs else None)


def _ranked_perfectly(judged: Judged, resampler: Resampler, confidence: float) -> Interval:
    """Each class against the others: as for as many right answers as the rarer side has; over classes the mean."""
    positives = [1] if judged.task in ("binary", "anomaly") else np.unique(judged.truth)
    lows = [told_apart(judged.truth == number, resampler.units, 1.0, confidence)[0] for number in positives]
    return Interval(float(np.mean(lows)), 1.0, "clopper_pearson")


def _with_hits_unseen(
    found: Interval | None, name: str, judged: Judged, resampler: Resampler, confidence: float
) -> Interval | None:
    """Where no row of a class is right no resample has one that is: the upper bound is that with as many as may be.

    That is the share which the exact interval of the class's recall leaves possible.
    """
    if found is None:
        return None
    right, rows = judged.truth == judged.predicted, np.ones(judged.rows)
    missed = [label for label in np.unique(judged.truth) if not right[judged.truth == label].any()]
    hits = np.zeros(len(missed))
    for number, label in enumerate(missed):
        of_class = judged.truth == label
        units = of_class.sum() if resampler.units is None else len(np.unique(resampler.units[of_class]))
        share = clopper_pearson(0.0, float(units), confidence)[1]
        rows[of_class], hits[number] = 1 - share, share * of_class.sum()
    added = Judged(
        judged.task,
        np.concatenate((judged.truth, missed)),
        np.concatenate((judged.predicted, missed)),
        classes=judged.classes,
    )
    possible = float(METRIC_FUNCTIONS[name](added, np.concatenate((rows, hits))[None])[0])
    return replace(found, high=max(found.high, possible))


def _without_an_error(name: str, judged: Judged, resampler: Resampler, confidence: float) -> Interval:
    """Where every row is right no resample has an error: the bound is the metric with as many as may still be there.

    That is the share of errors which the exact interval of the accuracy leaves possible, spread over all pairs of
    classes that occur.
    """
    share, _ = clopper_pearson(1.0, float(resampler.drawn), confidence)
    there = np.unique(judged.truth)
    pairs = [(a, b) for a in there for b in there if a != b] or [(there[0], 1 - min(int(there[0]), 1))]
    weight = judged.rows * (1 - share) / len(pairs)
    added = Judged(
        judged.task,
        np.concatenate((judged.truth, [a for a, _ in pairs])),
        np.concatenate((judged.predicted, [b for _, b in pairs])),
        classes=judged.classes,
    )
    counts = np.concatenate((np.full(judged.rows, share), np.full(len(pairs), weight)))
    value = METRIC_FUNCTIONS[name](judged, np.ones((1, judged.rows)))[0]
    return Interval(float(METRIC_FUNCTIONS[name](added, counts[None])[0]), float(value), "bootstrap")
