"""Which interval fits which metric: exact, DeLong's or a bootstrap; and what is said where no row is wrong."""

from __future__ import annotations

import numpy as np

from mldsl.catalog.metrics import METRICS
from mldsl.runtime.evaluation.bootstrap import Resampler, bootstrap_interval
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
        case "clopper_pearson":
            return proportion_interval(name, judged, resampler.units, confidence)
        case "delong":
            return delong_interval(judged, resampler.units, confidence)
    if metric.needs == "labels" and not np.any(judged.truth != judged.predicted):
        return _without_an_error(name, judged, resampler, confidence)
    if name in _RANKED and metric_value(name, judged) == 1:
        return _ranked_perfectly(judged, resampler, confidence)
    function = METRIC_FUNCTIONS[name]
    return bootstrap_interval(lambda counts: function(judged, counts), resampler, confidence, metric.low, metric.high)


def _ranked_perfectly(judged: Judged, resampler: Resampler, confidence: float) -> Interval:
    """Each class against the others: as for as many right answers as the rarer side has; over classes the mean."""
    positives = [1] if judged.task in ("binary", "anomaly") else np.unique(judged.truth)
    lows = [told_apart(judged.truth == number, resampler.units, 1.0, confidence)[0] for number in positives]
    return Interval(float(np.mean(lows)), 1.0, "clopper_pearson")


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
