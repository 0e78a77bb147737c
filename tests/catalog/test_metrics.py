"""The metrics of LANGUAGE.md section 5."""

from __future__ import annotations

import math

import pytest

from mldsl.catalog.metrics import DEFAULT_METRICS, FALLBACK_METRIC, METRICS

BY_TASK = {
    "binary": "accuracy balanced_accuracy precision recall f1 roc_auc average_precision log_loss brier mcc",
    "multiclass": "accuracy balanced_accuracy f1_macro f1_weighted roc_auc_ovr log_loss",
    "regression": "rmse mae mape r2 median_error",
    "cluster": "silhouette davies_bouldin",
}
SMALLER_IS_BETTER = "log_loss brier rmse mae mape median_error davies_bouldin"


@pytest.mark.parametrize("task", BY_TASK)
def test_each_task_has_its_metrics_and_no_other(task: str) -> None:
    assert {metric.name for metric in METRICS.values() if task in metric.tasks} == set(BY_TASK[task].split())


def test_anomalies_are_judged_by_the_binary_metrics_that_need_no_probabilities() -> None:
    binary = {metric.name for metric in METRICS.values() if "binary" in metric.tasks}
    anomaly = {metric.name for metric in METRICS.values() if "anomaly" in metric.tasks}
    assert binary - anomaly == {"log_loss", "brier"}, "a score is no probability"
    assert anomaly <= binary


def test_direction() -> None:
    assert {metric.name for metric in METRICS.values() if not metric.greater_is_better} == set(
        SMALLER_IS_BETTER.split()
    )


def test_intervals_fit_the_metric() -> None:
    by_interval: dict[str, set[str]] = {}
    for metric in METRICS.values():
        by_interval.setdefault(metric.interval, set()).add(metric.name)
    assert by_interval["clopper_pearson"] == {"accuracy", "precision", "recall"}
    assert by_interval["jaccard"] == {"f1"}
    assert by_interval["delong"] == {"roc_auc"}
    assert set(by_interval) == {"clopper_pearson", "jaccard", "delong", "bootstrap"}


@pytest.mark.parametrize("metric", METRICS.values(), ids=lambda metric: metric.name)
def test_the_best_value_is_a_bound(metric) -> None:
    assert math.isfinite(metric.high if metric.greater_is_better else metric.low)
    assert metric.low < metric.high
    assert metric.summary


def test_needs() -> None:
    scored = {"roc_auc", "average_precision", "log_loss", "brier", "roc_auc_ovr"}
    assert {metric.name for metric in METRICS.values() if metric.needs == "probabilities"} == scored
    for metric in METRICS.values():
        assert (metric.needs == "values") == (metric.tasks == ("regression",))
        assert (metric.needs == "clusters") == (metric.tasks == ("cluster",))


def test_comparisons_have_a_metric_that_fits() -> None:
    for task, name in DEFAULT_METRICS.items():
        assert task in METRICS[name].tasks
    assert METRICS[FALLBACK_METRIC].needs == "labels"
    assert {"binary", "multiclass"} <= set(METRICS[FALLBACK_METRIC].tasks)
