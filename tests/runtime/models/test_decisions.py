"""Calibration, thresholds, weights and early stopping: never from rows that the model was fitted on, nor the test's."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import polars as pl
import pytest

from mldsl.plan.nodes import Folds, Threshold
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.models.calibration import fit_calibrator
from mldsl.runtime.models.threshold import choose_threshold
from tests.support.learning import Bench, algorithm, by_path, columns, model_body

LARGE = ("large", "bool")


@pytest.fixture(scope="module")
def cancer() -> pl.DataFrame:
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer()
    names = [f"x{number}" for number in range(5)]
    frame = pl.DataFrame(data.data[:, :5], schema=names).with_columns(y=pl.Series(data.target == 1))
    return frame.sample(fraction=1, shuffle=True, seed=1)


FIVE = columns(x0="float", x1="float", x2="float", x3="float", x4="float")


@pytest.mark.parametrize("method", ["isotonic", "sigmoid"])
@pytest.mark.parametrize("name", ["naive_bayes", "linear_svm"])
def test_calibration_on_the_validation_part_is_scikit_learns(
    method: str, name: str, bench: Bench, cancer: pl.DataFrame
) -> None:
    from sklearn.calibration import CalibratedClassifierCV
    from sklearn.frozen import FrozenEstimator
    from sklearn.naive_bayes import GaussianNB
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import StandardScaler
    from sklearn.svm import LinearSVC

    train, valid, test = cancer[:300], cancer[300:450], cancer[450:]
    body = model_body(
        "binary", FIVE, [algorithm(name, "binary")], target=("y", "bool"), calibrate=method,
        outputs=columns(y_predicted="bool", y_probability="float"),
    )  # fmt: skip
    found = bench.fit(body, train, valid).model.predict_columns(test)["y_probability"]

    estimator = make_pipeline(StandardScaler(), LinearSVC(max_iter=10_000, random_state=bench.seed)) \
        if name == "linear_svm" else GaussianNB()  # fmt: skip
    fitted = estimator.fit(train.drop("y").to_numpy(), train["y"].to_numpy())
    by_hand = CalibratedClassifierCV(FrozenEstimator(fitted), method=method)
    by_hand.fit(valid.drop("y").to_numpy(), valid["y"].to_numpy())
    expected = by_hand.predict_proba(test.drop("y").to_numpy())[:, 1]
    assert found.to_numpy() == pytest.approx(expected, abs=2e-3)


def test_without_a_validation_part_calibration_uses_rows_out_of_fold(bench: Bench, cancer: pl.DataFrame) -> None:
    body = model_body("binary", FIVE, [algorithm("decision_tree", "binary")], target=("y", "bool"))
    raw = bench.fit(body, cancer[:400]).evaluate(cancer[400:])[1]["metrics"]
    calibrated = bench.fit(replace(body, calibrate="sigmoid"), cancer[:400])
    assert calibrated.evaluate(cancer[400:])[1]["metrics"]["log_loss"] < raw["log_loss"] / 2, "a deep tree is too sure"


@pytest.mark.parametrize("method", ["isotonic", "sigmoid"])
def test_calibrated_probabilities_of_several_classes_add_up(method: str) -> None:
    random = np.random.default_rng(0)
    truth = random.integers(0, 3, 200)
    scores = random.normal(size=(200, 3)) + 2 * np.eye(3)[truth]
    found = fit_calibrator(method, scores, truth, None).probabilities(scores)
    assert found.sum(axis=1) == pytest.approx(1)
    assert (found.argmax(axis=1) == truth).mean() > 0.8


def test_scores_of_any_size_are_calibrated_alike() -> None:
    random = np.random.default_rng(0)
    truth = random.integers(0, 2, 300)
    scores = random.normal(size=300) + truth
    small, large = (
        fit_calibrator("sigmoid", scores * size, truth, None).probabilities(scores * size) for size in (1e-8, 1e8)
    )
    assert small == pytest.approx(large, abs=1e-6)


# --- thresholds ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("metric", ["f1", "accuracy", "balanced_accuracy", "mcc"])
def test_the_threshold_is_the_best_of_all(metric: str) -> None:
    from sklearn import metrics

    functions = {
        "f1": metrics.f1_score, "accuracy": metrics.accuracy_score, "mcc": metrics.matthews_corrcoef,
        "balanced_accuracy": metrics.balanced_accuracy_score,
    }  # fmt: skip
    random = np.random.default_rng(2)
    truth = random.integers(0, 2, 80)
    probability = np.round(np.clip(random.normal(0.3 + 0.2 * truth, 0.15), 0, 1), 2)
    chosen = choose_threshold(Threshold(metric=metric), truth, probability)
    worth = [functions[metric](truth, probability >= level) for level in np.unique(probability)]
    assert functions[metric](truth, probability >= chosen) == pytest.approx(max(worth))


def test_a_cost_says_which_mistakes_matter() -> None:
    truth = np.array([0, 0, 0, 1, 0, 1, 1, 1])
    probability = np.array([0.1, 0.2, 0.3, 0.35, 0.5, 0.6, 0.7, 0.8])
    misses = choose_threshold(Threshold(false_positive=1, false_negative=5), truth, probability)
    alarms = choose_threshold(Threshold(false_positive=5, false_negative=1), truth, probability)
    assert misses == pytest.approx((0.3 + 0.35) / 2)
    assert alarms == pytest.approx((0.5 + 0.6) / 2)


def test_a_fixed_threshold_is_kept(bench: Bench, cancer: pl.DataFrame) -> None:
    body = model_body(
        "binary", FIVE, [algorithm("naive_bayes", "binary")], target=("y", "bool"), threshold=Threshold(value=0.9)
    )
    fit = bench.fit(body, cancer)
    found = fit.model.predict_columns(cancer)
    assert fit.summary["threshold"] == 0.9
    assert (found["y_predicted"] == (found["y_probability"] >= 0.9)).all()


def test_the_threshold_comes_from_the_validation_part_where_there_is_one(bench: Bench, cancer: pl.DataFrame) -> None:
    body = model_body(
        "binary", FIVE, [algorithm("naive_bayes", "binary")], target=("y", "bool"), threshold=Threshold(metric="f1")
    )
    train, valid = cancer[:300], cancer[300:450]
    fit = bench.fit(body, train, valid)
    plain = bench.fit(replace(body, threshold=None), train).model
    probability = plain.predict_columns(valid)["y_probability"].to_numpy()
    assert fit.summary["threshold"] == choose_threshold(
        Threshold(metric="f1"), valid["y"].cast(int).to_numpy(), probability
    )
    assert fit.summary["rows"] == {"train": 300, "validation": 150}


def test_a_model_without_probabilities_has_no_threshold(bench: Bench, cancer: pl.DataFrame) -> None:
    body = model_body(
        "binary", FIVE, [algorithm("ridge", "binary")], target=("y", "bool"), threshold=Threshold(metric="f1")
    )
    with pytest.raises(StepFailed, match="`ridge` gives no probabilities"):
        bench.fit(body, cancer)
    assert bench.fit(replace(body, threshold=None), cancer).summary["threshold"] is None


def test_the_positive_class_is_the_one_named(bench: Bench, cancer: pl.DataFrame) -> None:
    body = model_body("binary", FIVE, [algorithm("naive_bayes", "binary")], target=("y", "bool"))
    yes = bench.fit(body, cancer).model
    no = bench.fit(replace(body, positive=False), cancer).model
    assert no.classes_ == (True, False)
    assert no.predict_columns(cancer)["y_probability"].to_numpy() == pytest.approx(
        1 - yes.predict_columns(cancer)["y_probability"].to_numpy()
    )
    assert no.predict_columns(cancer)["y_predicted"].equals(yes.predict_columns(cancer)["y_predicted"])


# --- weights ---------------------------------------------------------------------------------------------------------


def test_a_row_of_weight_two_counts_as_two_rows(bench: Bench, cancer: pl.DataFrame) -> None:
    weighted = cancer.with_columns(w=pl.when(pl.col("y")).then(2).otherwise(1))
    twice = pl.concat([cancer, cancer.filter("y")])
    body = model_body(
        "binary", FIVE, [by_path("sklearn.linear_model.LogisticRegression", max_iter=5000, tol=1e-9)],
        target=("y", "bool"), prepare=(), outputs=columns(y_predicted="bool", y_probability="float"),
    )  # fmt: skip
    from tests.support.learning import rule

    body = replace(body, prepare=(rule("x0 x1 x2 x3 x4", "pass"),))
    by_weight = bench.fit(replace(body, weight="w"), weighted).model.predict_columns(cancer)
    by_rows = bench.fit(body, twice).model.predict_columns(cancer)
    assert by_weight["y_probability"].to_numpy() == pytest.approx(by_rows["y_probability"].to_numpy(), abs=1e-3)


@pytest.mark.parametrize("name", ["logistic_regression", "naive_bayes", "gradient_boosting", "xgboost"])
def test_balanced_classes_find_more_of_the_rare_one(name: str, bench: Bench) -> None:
    random = np.random.default_rng(0)
    y = random.random(500) < 0.08
    frame = pl.DataFrame({"x": random.normal(size=500) + y, "y": y})
    body = model_body("binary", columns(x="float"), [algorithm(name, "binary")], target=("y", "bool"))
    plain, balanced = (
        bench.fit(replace(body, class_weight=weight), frame).model.predict_columns(frame)["y_predicted"].sum()
        for weight in (None, "balanced")
    )
    assert balanced > plain + 50


@pytest.mark.parametrize("option", ["class_weight", "weight"])
def test_an_algorithm_that_cannot_weigh_is_named(option: str, bench: Bench, cancer: pl.DataFrame) -> None:
    value = {"class_weight": "balanced", "weight": "x0"}[option]
    body = model_body("binary", FIVE[1:], [algorithm("knn", "binary")], target=("y", "bool"), **{option: value})
    with pytest.raises(StepFailed, match="`knn` cannot weigh") as caught:
        bench.fit(body, cancer)
    assert option in (caught.value.help or "")


@pytest.mark.parametrize(
    ("weights", "message"),
    [([1.0, -1.0], "negative in 1"), ([1.0, None], "missing or not finite in 1"), ([0.0, 0.0], "0 in every row")],
)
def test_bad_weights_are_named(weights: list[float | None], message: str, bench: Bench) -> None:
    frame = pl.DataFrame({"x": [1.0, 2.0], "w": weights, "y": [True, False]})
    body = model_body(
        "binary", columns(x="float"), [algorithm("naive_bayes", "binary")], target=("y", "bool"), weight="w"
    )
    with pytest.raises(StepFailed, match=f"the weight `w` is {message}"):
        bench.fit(body, frame)


# --- early stopping --------------------------------------------------------------------------------------------------

STOPPING = {
    "gradient_boosting": {"early_stopping": True, "n_iter_no_change": 2, "max_iter": 300},
    "xgboost": {"early_stopping_rounds": 2, "n_estimators": 300},
    "lightgbm": {"early_stopping_round": 2, "n_estimators": 300},
}
ROUNDS = {"gradient_boosting": "n_iter_", "xgboost": "best_iteration", "lightgbm": "best_iteration_"}


@pytest.mark.parametrize("name", STOPPING)
@pytest.mark.parametrize("validation", [True, False])
def test_early_stopping_looks_at_the_validation_part_or_a_fold(
    name: str, validation: bool, bench: Bench, cancer: pl.DataFrame
) -> None:
    body = model_body("binary", FIVE, [algorithm(name, "binary", **STOPPING[name])], target=("y", "bool"))
    fit = bench.fit(body, cancer[:300], cancer[300:] if validation else None)
    assert getattr(fit.model.learner.estimator, ROUNDS[name]) < 290
    assert fit.evaluate(cancer[300:])[1]["metrics"]["roc_auc"] > 0.9


def test_boosting_does_not_stop_early_on_rows_of_its_own(bench: Bench) -> None:
    random = np.random.default_rng(0)
    frame = pl.DataFrame({"x": random.normal(size=10_500), "y": random.normal(size=10_500)})
    body = model_body("regression", columns(x="float"), [algorithm("gradient_boosting", "regression", max_iter=30)],
                      target=("y", "float"))  # fmt: skip
    assert bench.fit(body, frame).model.learner.estimator.n_iter_ == 30


def test_rows_held_out_at_random_are_refused_where_the_split_is_not_random(bench: Bench, cancer: pl.DataFrame) -> None:
    frame = cancer.with_row_index("at")
    own = by_path("sklearn.ensemble.GradientBoostingClassifier", n_iter_no_change=3)
    body = model_body("binary", FIVE, [own], target=("y", "bool"), folds=Folds(time="at"))
    with pytest.raises(StepFailed, match="GradientBoostingClassifier` would hold out random rows for early stopping"):
        bench.fit(body, frame)
    assert bench.fit(replace(body, folds=Folds()), frame).model.classes_ == (False, True)
