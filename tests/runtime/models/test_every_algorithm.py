"""Every algorithm of the catalog does every task that it is said to do, and survives being saved."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest

from mldsl.catalog.algorithms import ALGORITHMS
from mldsl.catalog.types import Type
from mldsl.plan.nodes import ColumnSpec
from mldsl.runtime.models.storage import dump
from tests.support.learning import Bench, algorithm, model_body

TARGETS = {
    "binary": ("large", "bool"),
    "multiclass": ("kind", Type("enum", values=("setosa", "versicolor", "virginica"))),
    "regression": ("size", "float"),
}
CASES = [(name, task) for name, entry in ALGORITHMS.items() for task in entry.classes]
SMALL = {
    "random_forest": {"n_estimators": 10},
    "extra_trees": {"n_estimators": 10},
    "isolation_forest": {"n_estimators": 10},
    "gradient_boosting": {"max_iter": 10},
    "ada_boost": {"n_estimators": 10},
    "mlp": {"max_iter": 300},
    "xgboost": {"n_estimators": 10},
    "lightgbm": {"n_estimators": 10},
    "affinity_propagation": {"preference": -50},
}
# What these learn from the four lengths of iris is not better than always saying the same.
WEAK = ("multinomial_naive_bayes", "complement_naive_bayes", "quantile_regression")


@pytest.mark.parametrize(("name", "task"), CASES)
def test_fits_saves_loads_and_predicts_the_same(
    name: str, task: str, bench: Bench, iris: pl.DataFrame, iris_features: Sequence[ColumnSpec]
) -> None:
    chosen = algorithm(name, task, **SMALL.get(name, {}))
    body = model_body(task, iris_features, [chosen], target=TARGETS.get(task))

    fit = bench.fit(body, iris[:90])
    model = fit.model
    assert dump(model) == fit.data, "saving what was loaded gives the same bytes"
    found = model.predict_columns(iris[90:])

    assert found.columns == [spec.name for spec in body.outputs]
    assert found.null_count().sum_horizontal().item() == 0
    assert found.equals(fit.model.predict_columns(iris[90:]))
    if task in TARGETS and name not in WEAK:
        _result, judged = fit.evaluate(iris[90:])
        metric, sign = {"binary": ("balanced_accuracy", 1), "multiclass": ("accuracy", 1)}.get(task, ("rmse", -1))
        assert sign * judged["metrics"][metric] > sign * judged["baseline"][metric], "better than the baseline"
    if task == "anomaly":
        normal, strange = (found.filter(pl.col("anomaly") == flag)["anomaly_score"] for flag in (False, True))
        assert normal.is_empty() or strange.is_empty() or normal.max() <= strange.min()


@pytest.mark.parametrize("name", [name for name, entry in ALGORITHMS.items() if not entry.predicts])
def test_an_algorithm_that_only_labels_its_own_rows_labels_new_ones_by_the_nearest(
    name: str, bench: Bench, iris: pl.DataFrame, iris_features: Sequence[ColumnSpec]
) -> None:
    model = bench.fit(model_body("cluster", iris_features, [algorithm(name, "cluster")]), iris).model
    clusters = model.predict_columns(iris)["cluster"]
    moved = iris.with_columns(pl.col("a", "b", "c", "d") + 1e-9)
    assert model.predict_columns(moved)["cluster"].equals(clusters)


def test_predictions_are_those_of_scikit_learn(
    bench: Bench, iris: pl.DataFrame, iris_features: Sequence[ColumnSpec]
) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    body = model_body(
        "multiclass", iris_features, [algorithm("logistic_regression", "multiclass")], target=TARGETS["multiclass"]
    )
    found = bench.fit(body, iris[:90]).model.predict_columns(iris[90:])

    rows = iris.select("a", "b", "c", "d").to_numpy()
    by_hand = make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000))
    by_hand.fit(rows[:90], iris["kind"][:90].to_list())
    assert found["kind_predicted"].to_list() == by_hand.predict(rows[90:]).tolist()
    assert found["kind_predicted"].dtype == iris["kind"].dtype
    for number, name in enumerate(("setosa", "versicolor", "virginica")):
        assert found[f"kind_probability_{name}"].to_list() == pytest.approx(by_hand.predict_proba(rows[90:])[:, number])


def test_a_class_by_its_path(bench: Bench, iris: pl.DataFrame, iris_features: Sequence[ColumnSpec]) -> None:
    from tests.support.learning import by_path

    body = model_body("binary", iris_features, [by_path("sklearn.svm.NuSVC", nu=0.2)], target=("large", "bool"))
    fit = bench.fit(body, iris)
    assert fit.summary["algorithm"] == "sklearn.svm.NuSVC"
    assert fit.evaluate(iris)[1]["metrics"]["accuracy"] > 0.9
