"""The metrics are those of scikit-learn, for rows as they are and for rows that count several times."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sklearn import metrics

from mldsl.catalog.metrics import METRICS
from mldsl.runtime.evaluation.judged import Judged
from mldsl.runtime.evaluation.metrics import METRIC_FUNCTIONS, metric_value, why_undefined

Reference = Callable[[Judged], float]

REFERENCES: Mapping[str, Mapping[str, Reference]] = {
    "binary": {
        "accuracy": lambda j: metrics.accuracy_score(j.truth, j.predicted),
        "balanced_accuracy": lambda j: metrics.balanced_accuracy_score(j.truth, j.predicted),
        "precision": lambda j: metrics.precision_score(j.truth, j.predicted, zero_division=0),
        "recall": lambda j: metrics.recall_score(j.truth, j.predicted),
        "f1": lambda j: metrics.f1_score(j.truth, j.predicted),
        "roc_auc": lambda j: metrics.roc_auc_score(j.truth, j.scores),
        "average_precision": lambda j: metrics.average_precision_score(j.truth, j.scores),
        "log_loss": lambda j: metrics.log_loss(j.truth, j.scores, labels=[0, 1]),
        "brier": lambda j: metrics.brier_score_loss(j.truth, j.scores),
        "mcc": lambda j: metrics.matthews_corrcoef(j.truth, j.predicted),
    },
    "multiclass": {
        "accuracy": lambda j: metrics.accuracy_score(j.truth, j.predicted),
        "balanced_accuracy": lambda j: metrics.balanced_accuracy_score(j.truth, j.predicted),
        "f1_macro": lambda j: metrics.f1_score(j.truth, j.predicted, average="macro"),
        "f1_weighted": lambda j: metrics.f1_score(j.truth, j.predicted, average="weighted"),
        "roc_auc_ovr": lambda j: metrics.roc_auc_score(j.truth, j.scores, multi_class="ovr"),
        "log_loss": lambda j: metrics.log_loss(j.truth, j.scores, labels=range(j.classes)),
    },
    "regression": {
        "rmse": lambda j: metrics.root_mean_squared_error(j.truth, j.predicted),
        "mae": lambda j: metrics.mean_absolute_error(j.truth, j.predicted),
        "mape": lambda j: metrics.mean_absolute_percentage_error(j.truth, j.predicted),
        "r2": lambda j: metrics.r2_score(j.truth, j.predicted),
        "median_error": lambda j: metrics.median_absolute_error(j.truth, j.predicted),
    },
    "cluster": {
        "silhouette": lambda j: metrics.silhouette_score(j.points, j.predicted),
        "davies_bouldin": lambda j: metrics.davies_bouldin_score(j.points, j.predicted),
    },
}  # fmt: skip
CASES = [(task, name) for task, functions in REFERENCES.items() for name in functions]


def judged(task: str, rows: int, seed: int) -> Judged:
    """Rows with ties among the scores."""
    random = np.random.default_rng(seed)
    match task:
        case "binary":
            truth = np.concatenate(([0, 1], random.integers(0, 2, rows - 2)))
            scores = np.round(np.clip(0.3 * truth + 0.7 * random.random(rows), 0, 1), 1)
            return Judged("binary", truth, (scores >= 0.5).astype(int), scores)
        case "multiclass":
            truth = np.concatenate((range(4), random.integers(0, 4, rows - 4)))
            scores = np.round(random.dirichlet(np.ones(4), rows), 1) + 0.3 * np.eye(4)[truth] + 0.01
            scores /= scores.sum(axis=1, keepdims=True)
            return Judged("multiclass", truth, scores.argmax(axis=1), scores, classes=4)
        case "regression":
            truth = random.normal(1000, 3, rows)
            return Judged("regression", truth, truth + random.normal(size=rows))
        case _:
            clusters = np.concatenate((range(3), random.integers(0, 3, rows - 3)))
            return Judged("cluster", clusters, clusters, points=random.normal(size=(rows, 3)) + 2 * clusters[:, None])


def test_every_metric_has_a_reference() -> None:
    assert {name for _, name in CASES} == set(METRICS) == set(METRIC_FUNCTIONS)
    for task, name in CASES:
        assert task in METRICS[name].tasks


@pytest.mark.parametrize(("task", "name"), CASES)
@pytest.mark.parametrize("rows", [12, 501])
def test_the_value_is_scikit_learns(task: str, name: str, rows: int) -> None:
    for seed in range(5):
        found = judged(task, rows, seed)
        assert metric_value(name, found) == pytest.approx(REFERENCES[task][name](found), rel=1e-12, abs=1e-12)


@pytest.mark.parametrize(("task", "name"), [case for case in CASES if case[1] != "silhouette"])
def test_a_row_that_counts_twice_is_two_rows(task: str, name: str) -> None:
    found = judged(task, 60, 1)
    counts = np.random.default_rng(5).integers(0, 4, (3, 60))
    counts[:, :4] += 1  # every class stays
    together = METRIC_FUNCTIONS[name](found, counts.astype(float))
    for row, value in zip(counts, together, strict=True):
        repeated = found.take(np.repeat(np.arange(60), row))
        assert value == pytest.approx(REFERENCES[task][name](repeated), rel=1e-9)


@settings(max_examples=60, deadline=None)
@given(st.lists(st.tuples(st.booleans(), st.integers(0, 3)), min_size=1, max_size=12))
def test_metrics_lie_in_their_range_or_are_undefined_with_a_reason(pairs: list[tuple[bool, int]]) -> None:
    truth = np.array([int(positive) for positive, _ in pairs])
    scores = np.array([score / 3 for _, score in pairs])
    found = Judged("binary", truth, (scores > 0.5).astype(int), scores)
    for name, metric in METRICS.items():
        if "binary" in metric.tasks:
            value = metric_value(name, found)
            if value is None:
                assert why_undefined(name, found) in ("there are no positive rows", "there are no negative rows")
            else:
                assert metric.low - 1e-9 <= value <= metric.high + 1e-9


def test_rows_of_one_class_leave_some_metrics_undefined() -> None:
    ups = Judged("binary", np.ones(3, int), np.array([1, 1, 0]), np.array([0.9, 0.6, 0.2]))
    assert metric_value("roc_auc", ups) is None
    assert why_undefined("roc_auc", ups) == "there are no negative rows"
    assert metric_value("recall", ups) == pytest.approx(2 / 3)
    downs = Judged("binary", np.zeros(3, int), np.array([1, 1, 0]), np.array([0.9, 0.6, 0.2]))
    assert metric_value("recall", downs) is None
    assert metric_value("precision", downs) == 0


def test_a_model_without_probabilities_has_no_metrics_of_them() -> None:
    found = Judged("binary", np.array([0, 1]), np.array([0, 1]))
    assert metric_value("roc_auc", found) is None
    assert metric_value("accuracy", found) == 1


def test_a_constant_truth_has_the_r2_of_scikit_learn() -> None:
    for predicted in ([3.0, 3.0], [3.0, 4.0]):
        found = Judged("regression", np.array([3.0, 3.0]), np.array(predicted))
        assert metric_value("r2", found) == metrics.r2_score(found.truth, found.predicted)


def test_rows_in_no_cluster_count_as_lonely() -> None:
    points = np.array([[0.0], [0.1], [5.0], [5.1], [100.0]])
    clusters = np.array([0, 0, 1, 1, -1])
    found = Judged("cluster", clusters, clusters, points=points)
    without = metrics.silhouette_score(points[:4], clusters[:4])
    assert metric_value("silhouette", found) == pytest.approx(without * 4 / 5)
    assert metric_value("davies_bouldin", found) == pytest.approx(
        metrics.davies_bouldin_score(points[:4], clusters[:4])
    )
    one = Judged("cluster", np.zeros(5, int), np.zeros(5, int), points=points)
    assert metric_value("silhouette", one) is None
    assert why_undefined("silhouette", one) == "there are fewer than two clusters"
