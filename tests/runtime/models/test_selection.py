"""Several algorithms, and tuning."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import polars as pl
import pytest

from mldsl.catalog.types import Type
from mldsl.plan.nodes import Choice, ColumnSpec, Folds, Tune
from mldsl.runtime.errors import StepFailed
from tests.support.learning import Bench, algorithm, by_path, columns, model_body

LARGE = ("large", "bool")


def tune(sampler: str = "tpe", trials: int = 6, **more: Any) -> Tune:
    return Tune(metric="roc_auc", maximize=True, trials=trials, cv=3, sampler=sampler, **more)


@pytest.mark.parametrize("sampler", ["tpe", "random", "grid"])
def test_tuning_looks_over_all_algorithms_and_ranges(
    sampler: str, bench: Bench, iris: pl.DataFrame, iris_features: Sequence[ColumnSpec]
) -> None:
    algorithms = [
        algorithm("knn", "binary", n_neighbors=(1, 30), weights=Choice(choice=("uniform", "distance"))),
        algorithm("logistic_regression", "binary", C=(0.001, 10.0, "log")),
    ]
    body = model_body("binary", iris_features, algorithms, target=LARGE, tune=tune(sampler, 12))
    fit = bench.fit(body, iris)
    selection = fit.summary["selection"]
    tried = selection["candidates"]
    assert selection["metric"] == "roc_auc"
    assert len(tried) <= 12
    assert {trial["algorithm"] for trial in tried} == {"knn", "logistic_regression"}
    for trial in tried:
        if trial["algorithm"] == "knn":
            assert 1 <= trial["parameters"]["n_neighbors"] <= 30
            assert isinstance(trial["parameters"]["n_neighbors"], int)
            assert trial["parameters"]["weights"] in ("uniform", "distance")
        else:
            assert 0.001 <= trial["parameters"]["C"] <= 10
            assert trial["parameters"]["max_iter"] == 1000, "fixed values stay"
        assert trial["score"] == pytest.approx(np.mean(trial["scores"]))
    best = max(tried, key=lambda trial: trial["score"])
    assert fit.summary["algorithm"] == best["algorithm"]
    assert fit.summary["parameters"] == best["parameters"]
    assert selection["scores"][best["algorithm"]] == best["score"]


def test_a_grid_holds_both_ends_and_every_choice(
    bench: Bench, iris: pl.DataFrame, iris_features: Sequence[ColumnSpec]
) -> None:
    chosen = algorithm(
        "logistic_regression", "binary", C=(0.01, 100.0, "log"), fit_intercept=Choice(choice=(True, False))
    )
    body = model_body("binary", iris_features, [chosen], target=LARGE, tune=tune("grid", 10))
    tried = bench.fit(body, iris).summary["selection"]["candidates"]
    points = sorted({(trial["parameters"]["C"], trial["parameters"]["fit_intercept"]) for trial in tried})
    assert [value for value, intercept in points if intercept] == pytest.approx([0.01, 0.1, 1, 10, 100])
    assert len(tried) == len(points) == 10


def test_the_scores_are_those_of_cross_validation_by_hand(
    bench: Bench, iris: pl.DataFrame, iris_features: Sequence[ColumnSpec]
) -> None:
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import StratifiedKFold, cross_val_score
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler

    algorithms = [algorithm("logistic_regression", "binary"), algorithm("naive_bayes", "binary")]
    fit = bench.fit(model_body("binary", iris_features, algorithms, target=LARGE, cv=4), iris)
    rows, target = iris.select("a", "b", "c", "d").to_numpy(), iris["large"].to_numpy()
    by_hand = cross_val_score(
        make_pipeline(StandardScaler(), LogisticRegression(max_iter=1000)), rows, target, scoring="roc_auc",
        cv=StratifiedKFold(4, shuffle=True, random_state=bench.seed),
    )  # fmt: skip
    assert fit.summary["selection"]["candidates"][0]["scores"] == pytest.approx(by_hand.tolist())
    assert fit.summary["selection"]["metric"] == "roc_auc"
    assert list(fit.summary["selection"]["scores"]) == ["logistic_regression", "naive_bayes"]


@pytest.mark.parametrize(
    ("task", "names", "target", "metric"),
    [
        ("binary", ("ridge", "logistic_regression"), LARGE, "balanced_accuracy"),
        ("multiclass", ("naive_bayes", "knn"), ("kind", Type("enum", values=("setosa", "versicolor", "virginica"))),
         "balanced_accuracy"),
        ("regression", ("ridge", "decision_tree"), ("size", "float"), "rmse"),
        ("cluster", ("kmeans", "dbscan"), None, "silhouette"),
    ],
)  # fmt: skip
def test_algorithms_are_compared_by_the_tasks_metric(
    task: str, names: tuple[str, str], target: Any, metric: str,
    bench: Bench, iris: pl.DataFrame, iris_features: Sequence[ColumnSpec],
) -> None:  # fmt: skip
    body = model_body(task, iris_features, [algorithm(name, task) for name in names], target=target)
    selection = bench.fit(body, iris).summary["selection"]
    assert selection["metric"] == metric
    assert all(score is not None for score in selection["scores"].values())


def test_a_folds_preparation_is_fitted_once_for_all_trials_that_prepare_alike(
    bench: Bench, iris: pl.DataFrame, iris_features: Sequence[ColumnSpec], monkeypatch: pytest.MonkeyPatch
) -> None:
    from mldsl.runtime.models import workbench

    calls: list[int] = []
    real = workbench.fit_preparation
    monkeypatch.setattr(workbench, "fit_preparation", lambda *given: calls.append(1) or real(*given))
    algorithms = [
        algorithm("logistic_regression", "binary", C=(0.1, 1.0)),
        algorithm("knn", "binary", n_neighbors=(2, 9)),
    ]
    bench.fit(model_body("binary", iris_features, algorithms, target=LARGE, tune=tune("random", 8)), iris)
    assert len(calls) == 3 + 1, "three folds, and all rows at the end"


def test_preparation_sees_a_folds_training_rows_only(bench: Bench) -> None:
    """The judged fold holds a value so great that scaling with it would flatten everything else."""
    rows = 60
    frame = pl.DataFrame({"x": [float(number) for number in range(rows)], "at": range(rows), "y": [2.0] * rows})
    frame = frame.with_columns(x=pl.when(pl.col("at") > 45).then(1e9).otherwise(pl.col("x")), y=pl.col("x"))
    algorithms = [algorithm("ridge", "regression", alpha=0.1), algorithm("knn", "regression")]
    body = model_body("regression", columns(x="float"), algorithms, target=("y", "float"), cv=2, folds=Folds(time="at"))
    scores = bench.fit(body, frame).summary["selection"]["candidates"][0]["scores"]
    assert scores[0] < 1, "the first fold's past does not know of the great values"


def test_folds_follow_the_groups(bench: Bench) -> None:
    """Each group's rows say nothing but the group: only folds that keep groups whole do not score well."""
    random = np.random.default_rng(0)
    house = random.integers(0, 30, 300)
    frame = pl.DataFrame(
        {"x": house + random.normal(0, 0.01, 300), "house": house, "y": (random.random(30) < 0.5)[house]}
    )
    body = model_body("binary", columns(x="float"), [algorithm("knn", "binary"), algorithm("decision_tree", "binary")],
                      target=("y", "bool"))  # fmt: skip
    plain = bench.fit(body, frame).summary["selection"]["scores"]["decision_tree"]
    grouped = bench.fit(replace(body, folds=Folds(group="house")), frame)
    assert plain > 0.95
    assert grouped.summary["selection"]["scores"]["decision_tree"] < 0.75


def test_the_same_search_whatever_the_number_of_workers(
    bench: Bench, people: pl.DataFrame, people_features: Sequence[ColumnSpec]
) -> None:
    algorithms = [
        algorithm("gradient_boosting", "binary", learning_rate=(0.02, 0.3, "log"), max_iter=10),
        algorithm("logistic_regression", "binary", C=(0.01, 10.0, "log")),
    ]
    body = model_body("binary", people_features, algorithms, target=("stays", "bool"), tune=tune(trials=6))
    one, two = (bench.fit(body, people, jobs=jobs) for jobs in (1, 2))
    assert one.summary == two.summary
    assert one.data == two.data


def test_a_dry_run_tries_little(bench: Bench, iris: pl.DataFrame, iris_features: Sequence[ColumnSpec]) -> None:
    chosen = algorithm("logistic_regression", "binary", C=(0.1, 1.0))
    body = model_body("binary", iris_features, [chosen], target=LARGE, tune=tune(trials=40))
    assert len(bench.fit(body, iris, rows=100).summary["selection"]["candidates"]) == 2


def test_a_search_ends_in_time(bench: Bench, iris: pl.DataFrame, iris_features: Sequence[ColumnSpec]) -> None:
    chosen = algorithm("logistic_regression", "binary", C=(0.1, 1.0))
    body = model_body("binary", iris_features, [chosen], target=LARGE, tune=tune(trials=10_000, timeout=0.5))
    tried = bench.fit(body, iris).summary["selection"]["candidates"]
    assert 1 <= len(tried) < 10_000


# --- failures --------------------------------------------------------------------------------------------------------


def test_a_trial_that_fails_is_told_and_the_others_count(
    bench: Bench, iris: pl.DataFrame, iris_features: Sequence[ColumnSpec]
) -> None:
    chosen = algorithm("knn", "binary", n_neighbors=Choice(choice=(3, 1000)))
    body = model_body("binary", iris_features, [chosen], target=LARGE, tune=tune("grid", 4))
    tried = bench.fit(body, iris).summary["selection"]["candidates"]
    failed = next(trial for trial in tried if trial["parameters"]["n_neighbors"] == 1000)
    assert failed["score"] is None
    assert "cannot predict" in failed["error"]
    json.dumps(tried, allow_nan=False)


def test_where_all_trials_fail_the_first_cause_is_named(
    bench: Bench, iris: pl.DataFrame, iris_features: Sequence[ColumnSpec]
) -> None:
    chosen = algorithm("knn", "binary", n_neighbors=(1000, 2000))
    body = model_body("binary", iris_features, [chosen], target=LARGE, tune=tune(trials=4))
    with pytest.raises(StepFailed, match=r"all 4 trials failed; the first: `knn` cannot predict: Expected n_neighbors"):
        bench.fit(body, iris)


def test_a_fold_without_positive_rows_is_named(bench: Bench) -> None:
    frame = pl.DataFrame(
        {"x": [float(number) for number in range(40)], "at": range(40), "y": [True, False] * 10 + [False] * 20}
    )
    body = model_body(
        "binary", columns(x="float"), [algorithm("knn", "binary"), algorithm("naive_bayes", "binary")],
        target=("y", "bool"), cv=3, folds=Folds(time="at"),
    )  # fmt: skip
    with pytest.raises(StepFailed, match="`roc_auc` is not defined in fold 2: there are no positive rows"):
        bench.fit(body, frame)


@pytest.mark.parametrize(
    ("target", "message"),
    [
        ([True], "the target `y` is `true` in the only training row"),
        ([True] * 10, "the target `y` is always `true` in the 10 training rows"),
        ([None] + [True, False] * 4 + [True], "the target `y` is missing in 1 row"),
    ],
)
def test_a_target_that_cannot_be_learned_is_told(target: list[bool | None], message: str, bench: Bench) -> None:
    frame = pl.DataFrame({"x": [float(number) for number in range(len(target))], "y": target})
    body = model_body("binary", columns(x="float"), [algorithm("knn", "binary")], target=("y", "bool"))
    with pytest.raises(StepFailed) as caught:
        bench.fit(body, frame)
    assert caught.value.message == message


def test_no_rows_are_told(bench: Bench) -> None:
    frame = pl.DataFrame({"x": [1.0], "y": [True]})[:0]
    body = model_body("binary", columns(x="float"), [algorithm("knn", "binary")], target=("y", "bool"))
    with pytest.raises(StepFailed, match="there are no rows to fit `m` on"):
        bench.fit(body, frame)


@pytest.mark.parametrize(
    ("factory", "message", "help_"),
    [
        ("xgboost.NoSuchClass", "`xgboost` has no class `NoSuchClass`", None),
        ("no_such_library.Model", "`no_such_library.Model` cannot be imported", "install `no_such_library`"),
        ("sklearn.metrics.f1_score", "`sklearn.metrics.f1_score` is not a class", None),
    ],
)
def test_a_class_that_cannot_be_had_is_named(
    factory: str, message: str, help_: str | None, bench: Bench, iris: pl.DataFrame, iris_features: Sequence[ColumnSpec]
) -> None:
    with pytest.raises(StepFailed) as caught:
        bench.fit(model_body("binary", iris_features, [by_path(factory)], target=LARGE), iris)
    assert caught.value.message.startswith(message)
    assert help_ is None or help_ in (caught.value.help or "")


def test_an_extra_that_is_not_installed_is_named(
    bench: Bench, iris: pl.DataFrame, iris_features: Sequence[ColumnSpec], monkeypatch: pytest.MonkeyPatch
) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "xgboost", None)
    body = model_body("binary", iris_features, [algorithm("xgboost", "binary")], target=LARGE)
    with pytest.raises(StepFailed) as caught:
        bench.fit(body, iris)
    assert caught.value.message.startswith("`xgboost.XGBClassifier` cannot be imported")
    assert caught.value.help == 'install it: `pip install "mldsl[boost]"`'


def test_what_a_library_warns_of_is_told_once_in_plain_words(
    bench: Bench, iris: pl.DataFrame, iris_features: Sequence[ColumnSpec], recwarn: pytest.WarningsRecorder
) -> None:
    chosen = algorithm("logistic_regression", "binary", max_iter=1)
    fit = bench.fit(model_body("binary", iris_features, [chosen], target=LARGE), iris)
    expected = "`logistic_regression` stopped before it had converged: raise its `max_iter`, or scale the features"
    assert fit.result.warnings == (expected,)
    assert not recwarn.list
