"""The algorithms against the libraries themselves: classes, tasks, missing values, probabilities."""

from __future__ import annotations

import importlib
import warnings

import pytest
from sklearn.base import is_classifier, is_clusterer, is_outlier_detector, is_regressor
from sklearn.utils import get_tags

from mldsl.catalog.algorithms import ALGORITHMS, FIXED, facts, known_classes, parameters
from mldsl.catalog.metrics import DEFAULT_METRICS

LANGUAGE = {
    "logistic_regression": "binary multiclass",
    "linear_regression": "regression",
    "ridge": "binary multiclass regression",
    "lasso": "regression",
    "elastic_net": "regression",
    "gradient_boosting": "binary multiclass regression",
    "random_forest": "binary multiclass regression",
    "extra_trees": "binary multiclass regression",
    "decision_tree": "binary multiclass regression",
    "knn": "binary multiclass regression",
    "svm": "binary multiclass regression",
    "naive_bayes": "binary multiclass",
    "mlp": "binary multiclass regression",
    "xgboost": "binary multiclass regression",
    "lightgbm": "binary multiclass regression",
    "kmeans": "cluster",
    "dbscan": "cluster",
    "gaussian_mixture": "cluster",
    "isolation_forest": "anomaly",
}
USES = [(algorithm, task) for algorithm in ALGORITHMS.values() for task in algorithm.classes]
CLASSES = [path for library in ("sklearn", "xgboost", "lightgbm") for path in known_classes(library)]
IDS = [f"{algorithm.name}-{task}" for algorithm, task in USES]


def load(path: str) -> type:
    module, _, name = path.rpartition(".")
    return getattr(importlib.import_module(module), name)


def made(algorithm, task):
    """An instance as a run makes it where the program sets nothing."""
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return load(algorithm.classes[task])(**algorithm.defaults, **algorithm.sets)


@pytest.mark.parametrize("name", LANGUAGE)
def test_the_language_names_it(name: str) -> None:
    assert set(ALGORITHMS[name].classes) == set(LANGUAGE[name].split())


def test_names_whose_class_the_language_fixes() -> None:
    assert ALGORITHMS["gradient_boosting"].classes["binary"] == "sklearn.ensemble.HistGradientBoostingClassifier"
    assert ALGORITHMS["naive_bayes"].classes["multiclass"] == "sklearn.naive_bayes.GaussianNB"


@pytest.mark.parametrize(("algorithm", "task"), USES, ids=IDS)
def test_the_class_does_the_task(algorithm, task: str) -> None:
    estimator = made(algorithm, task)
    match task:
        case "binary" | "multiclass":
            assert is_classifier(estimator)
        case "regression":
            assert is_regressor(estimator)
        case "cluster":
            assert is_clusterer(estimator) or hasattr(estimator, "fit_predict")
        case "anomaly":
            assert is_outlier_detector(estimator)
            assert hasattr(estimator, "score_samples")
    found = facts(algorithm.classes[task])
    assert found is not None and task in found.tasks


@pytest.mark.parametrize(("algorithm", "task"), USES, ids=IDS)
def test_what_it_copes_with(algorithm, task: str) -> None:
    estimator = made(algorithm, task)
    assert get_tags(estimator).input_tags.allow_nan == (task in algorithm.takes_missing)
    assert hasattr(estimator, "predict") == algorithm.predicts
    if task in ("binary", "multiclass"):
        has_them = hasattr(estimator, "predict_proba")
        assert (task in algorithm.probabilities) == (has_them or task in algorithm.calibrated)
        assert not (has_them and task in algorithm.calibrated)


@pytest.mark.parametrize("algorithm", ALGORITHMS.values(), ids=lambda algorithm: algorithm.name)
def test_defaults_are_allowed_and_what_is_set_is_explained(algorithm) -> None:
    known = {name: spec for path in algorithm.classes.values() for name, spec in (parameters(path) or {}).items()}
    for name, value in {**algorithm.defaults, **algorithm.sets}.items():
        assert name not in known or known[name].problem(value) is None
    assert set(algorithm.defaults) <= set(known)
    for name in algorithm.sets:
        assert algorithm.why_fixed(name)
    assert not set(algorithm.defaults) & {*algorithm.fixed, *FIXED}
    assert algorithm.summary


def test_what_comes_from_elsewhere_cannot_be_set() -> None:
    forest = ALGORITHMS["random_forest"]
    assert forest.why_fixed("random_state") == "it comes from the pipeline's `seed`"
    assert forest.why_fixed("max_depth") is None
    assert "probabilities" in (ALGORITHMS["svm"].why_fixed("probability") or "")
    assert ALGORITHMS["local_outlier_factor"].why_fixed("novelty")


def test_boosting_libraries_are_an_extra() -> None:
    assert {name for name, algorithm in ALGORITHMS.items() if algorithm.extra} == {"xgboost", "lightgbm"}


def test_every_task_has_algorithms() -> None:
    tasks = {task for _, task in USES}
    assert tasks == {"binary", "multiclass", "regression", "cluster", "anomaly"}
    assert set(DEFAULT_METRICS) < tasks


@pytest.mark.parametrize(
    "path", [path for library in ("sklearn", "xgboost", "lightgbm") for path in known_classes(library)]
)
def test_known_classes_exist(path: str) -> None:
    assert isinstance(load(path), type)


def test_unknown_classes_have_no_facts() -> None:
    assert parameters("sklearn.svm.NoSuchThing") is None
    assert parameters("catboost.CatBoostClassifier") is None
    assert parameters("nonsense") is None
    assert facts("catboost.CatBoostClassifier") is None
    assert known_classes("catboost") == ()
