"""What `report:` asks for, as data, from which pictures are drawn (`pictures`). One function a report.

Intervals and bands of reports are two-sided, those of expectations are one-sided.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np

from mldsl.runtime.evaluation.importance import feature_importance
from mldsl.runtime.evaluation.reports import classes, scores, values
from mldsl.runtime.evaluation.reports.context import Reported
from mldsl.runtime.evaluation.slices import Json

__all__ = ["Reported", "make_report"]


def make_report(name: str, reported: Reported) -> Json:
    """The report's data; an object with `undefined` (the reason) where the rows do not allow it."""
    return _REPORTS[name](reported)


def _importance(reported: Reported) -> Json:
    assert reported.truth is not None
    return feature_importance(reported.model, reported.frame, reported.truth, reported.seed, reported.jobs)


def _cluster_sizes(reported: Reported) -> Json:
    clusters, rows = np.unique(reported.judged.predicted, return_counts=True)
    return [
        {"cluster": int(cluster), "rows": int(count)} for cluster, count in zip(clusters, rows, strict=True)
    ]  # fmt: skip


_REPORTS: Mapping[str, Callable[[Reported], Json]] = {
    "roc_curve": scores.roc_curve,
    "pr_curve": scores.pr_curve,
    "calibration_curve": scores.calibration_curve,
    "score_histogram": scores.score_histogram,
    "confusion_matrix": classes.confusion_matrix,
    "class_report": classes.class_report,
    "feature_importance": _importance,
    "residuals": values.residuals,
    "predicted_actual": values.predicted_actual,
    "cluster_sizes": _cluster_sizes,
}
