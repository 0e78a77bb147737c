"""`tune`: its metric, its options, and whether there is anything to search."""

from __future__ import annotations

from datetime import timedelta

import pytest

from mldsl.analysis.program import Tune
from mldsl.catalog.metrics import METRICS
from tests.support.checking import check_text, found
from tests.support.modelling import model, model_of

RANGED = {
    "binary": "algorithm random_forest { max_depth: 2..8 }",
    "multiclass": "algorithm random_forest { max_depth: 2..8 }",
    "regression": "algorithm random_forest { max_depth: 2..8 }",
    "cluster": "algorithm kmeans { n_clusters: 2..8 }",
}


@pytest.mark.parametrize("task", RANGED)
@pytest.mark.parametrize("name", METRICS)
def test_every_metric_fits_its_tasks_in_its_own_direction(name, task):
    metric = METRICS[name]
    right, wrong = ("maximize", "minimize") if metric.greater_is_better else ("minimize", "maximize")
    fine = found(model(f"{RANGED[task]}\ntune {{ {right}: {name} }}", task))
    if task not in metric.tasks:
        assert fine == [("ML405", name)]
        return
    assert fine == []
    assert found(model(f"{RANGED[task]}\ntune {{ {wrong}: {name} }}", task)) == [("ML111", wrong)]


def test_options_become_plain_values():
    text = "tune { minimize: log_loss; trials: 7; cv: 3; timeout: 10m; sampler: grid; parallel: 2 }"
    result = model_of(model(f"{RANGED['binary']}\n{text}"))
    assert result.tune == Tune("log_loss", False, 7, 3, timedelta(minutes=10), "grid", 2)
    assert result.cv == 3
    assert model_of(model(f"{RANGED['binary']}\ntune {{ maximize: f1 }}")).tune == Tune("f1", True)


@pytest.mark.parametrize(
    ("task", "body", "code", "span"),
    [
        # the metric
        ("binary", f"{RANGED['binary']}\ntune {{ maximize: roc_acu }}", "ML405", "roc_acu"),
        ("binary", f"{RANGED['binary']}\ntune {{ maximize: rmse }}", "ML405", "rmse"),
        ("binary", "algorithm ridge { alpha: 0.1..1.0 }\ntune { maximize: roc_auc }", "ML405", "roc_auc"),
        ("multiclass", "algorithm linear_svm { C: 0.1..1.0 }\ntune { minimize: log_loss }", "ML405", "log_loss"),
        ("anomaly", "algorithm isolation_forest { max_samples: 0.1..1.0 }\ntune { maximize: f1 }", "ML405", "f1"),
        ("anomaly", "algorithm isolation_forest\nalgorithm one_class_svm", "ML405", "one_class_svm"),
        ("binary", f"{RANGED['binary']}\ntune {{ trials: 3 }}", "ML107", "tune"),
        ("binary", f"{RANGED['binary']}\ntune {{ }}", "ML107", "tune"),
        ("binary", f"{RANGED['binary']}\ntune {{ maximize: f1; minimize: log_loss }}", "ML108", "minimize"),
        ("binary", f"{RANGED['binary']}\ntune {{ maximize: f1 }}\ntune {{ maximize: mcc }}", "ML108", "tune"),
        # the options
        ("binary", f"{RANGED['binary']}\ntune {{ maximize: f1; folds: 3 }}", "ML106", "folds"),
        ("binary", f"{RANGED['binary']}\ntune {{ maximize: f1; cv: 1 }}", "ML111", "1"),
        ("binary", f"{RANGED['binary']}\ntune {{ maximize: f1; trials: 2.5 }}", "ML111", "2.5"),
        ("binary", f"{RANGED['binary']}\ntune {{ maximize: f1; timeout: 10 }}", "ML111", "10"),
        ("binary", f"{RANGED['binary']}\ntune {{ maximize: f1; sampler: bayes }}", "ML111", "bayes"),
        # ML407
        ("binary", RANGED["binary"], "ML407", "2..8"),
        ("binary", 'algorithm svm { kernel: choice("rbf", "linear") }', "ML407", 'choice("rbf", "linear")'),
        # ML408
        ("binary", "algorithm svm\ntune { maximize: f1 }", "ML408", "tune"),
        ("regression", "tune { minimize: rmse }", "ML408", "tune"),
    ],
)
def test_wrong_searches(task, body, code, span):
    assert found(model(body, task)) == [(code, span)]


def test_ranges_without_tune_are_one_mistake_that_shows_them_all():
    text = model("algorithm random_forest { max_depth: 2..8; n_estimators: 10..100 }")
    (diagnostic,) = [item for item in check_text(text) if item.code == "ML407"]
    assert [label.span.text for label in diagnostic.labels] == ["10..100"]


def test_several_algorithms_are_something_to_tune_and_to_compare():
    assert found(model("algorithm svm\nalgorithm knn\ntune { maximize: f1 }")) == []
    assert found(model("algorithm svm\nalgorithm knn")) == []
    assert found(model("algorithm ridge { alpha: 0.1..1.0 }\ncalibrate: sigmoid\ntune { maximize: roc_auc }")) == []
