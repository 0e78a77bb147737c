"""The metrics that a model is judged by: for which tasks, from what, in which range, with which interval."""

from __future__ import annotations

from collections.abc import Mapping
from math import inf
from typing import Literal

from mldsl.catalog.tasks import Task
from mldsl.records import record

Needs = Literal["labels", "probabilities", "values", "clusters"]
Interval = Literal["clopper_pearson", "jaccard", "delong", "bootstrap"]


@record
class Metric:
    """One metric.

    `needs` is what of the model's output it looks at (for an anomaly model, probabilities are its scores and labels
    its flags). It lies between `low` and `high`, both inclusive, infinite where it has no bound. `interval` is the
    confidence interval that fits it (`jaccard`: the exact one of the share of rows of which it is made). `on_logs` says
    that the logarithm of its distance from its best value is nearer to normal than itself.
    """

    name: str
    tasks: tuple[Task, ...]
    needs: Needs
    greater_is_better: bool
    low: float
    high: float
    interval: Interval
    summary: str
    on_logs: bool = False

    @property
    def best(self) -> float:
        """The value of a model that makes no mistake."""
        return self.high if self.greater_is_better else self.low


_BINARY: tuple[Task, ...] = ("binary", "anomaly")
_CLASSES: tuple[Task, ...] = ("binary", "multiclass", "anomaly")
_MULTI: tuple[Task, ...] = ("multiclass",)
_NUMBER: tuple[Task, ...] = ("regression",)
_CLUSTER: tuple[Task, ...] = ("cluster",)

_ROWS: tuple[Metric, ...] = (
    Metric("accuracy", _CLASSES, "labels", True, 0, 1, "clopper_pearson", "the share of rows predicted rightly"),
    Metric("balanced_accuracy", _CLASSES, "labels", True, 0, 1, "bootstrap", "the mean of every class's recall"),
    Metric(
        "precision", _BINARY, "labels", True, 0, 1, "clopper_pearson", "of the rows called positive, the share that is"
    ),
    Metric("recall", _BINARY, "labels", True, 0, 1, "clopper_pearson", "of the positive rows, the share that is found"),
    Metric("f1", _BINARY, "labels", True, 0, 1, "jaccard", "the harmonic mean of precision and recall"),
    Metric(
        "roc_auc",
        _BINARY,
        "probabilities",
        True,
        0,
        1,
        "delong",
        "how often a positive row scores above a negative one",
    ),
    Metric(
        "average_precision",
        _BINARY,
        "probabilities",
        True,
        0,
        1,
        "bootstrap",
        "precision, averaged over recall",
        on_logs=True,
    ),
    Metric(
        "log_loss",
        ("binary", "multiclass"),
        "probabilities",
        False,
        0,
        inf,
        "bootstrap",
        "the cross-entropy of the probabilities, in nats",
    ),
    Metric(
        "brier", ("binary",), "probabilities", False, 0, 1, "bootstrap", "the mean squared error of the probability"
    ),
    Metric("mcc", _BINARY, "labels", True, -1, 1, "bootstrap", "the correlation of prediction and truth (Matthews)"),
    Metric("f1_macro", _MULTI, "labels", True, 0, 1, "bootstrap", "the mean of every class's f1"),
    Metric(
        "f1_weighted", _MULTI, "labels", True, 0, 1, "bootstrap", "the mean of every class's f1, by its number of rows"
    ),
    Metric(
        "roc_auc_ovr",
        _MULTI,
        "probabilities",
        True,
        0,
        1,
        "bootstrap",
        "the mean of every class's roc_auc against the rest",
    ),
    Metric("rmse", _NUMBER, "values", False, 0, inf, "bootstrap", "the root of the mean squared error", on_logs=True),
    Metric("mae", _NUMBER, "values", False, 0, inf, "bootstrap", "the mean absolute error"),
    Metric(
        "mape", _NUMBER, "values", False, 0, inf, "bootstrap", "the mean absolute error as a share of the true value"
    ),
    Metric(
        "r2", _NUMBER, "values", True, -inf, 1, "bootstrap", "the share of the variance that is explained", on_logs=True
    ),
    Metric("median_error", _NUMBER, "values", False, 0, inf, "bootstrap", "the median absolute error"),
    Metric(
        "silhouette",
        _CLUSTER,
        "clusters",
        True,
        -1,
        1,
        "bootstrap",
        "how much nearer rows are to their own cluster than to the next",
    ),
    Metric(
        "davies_bouldin",
        _CLUSTER,
        "clusters",
        False,
        0,
        inf,
        "bootstrap",
        "how alike each cluster is to the one most like it",
    ),
)

METRICS: Mapping[str, Metric] = {metric.name: metric for metric in _ROWS}
"""Every metric by name."""

DEFAULT_METRICS: Mapping[Task, str] = {
    "binary": "roc_auc",
    "multiclass": "balanced_accuracy",
    "regression": "rmse",
    "cluster": "silhouette",
}
"""By what several algorithms are compared where no `tune` says it. For a binary target with an algorithm that gives no
probabilities, it is `FALLBACK_METRIC`; anomaly models cannot be compared without labels."""

FALLBACK_METRIC = "balanced_accuracy"
