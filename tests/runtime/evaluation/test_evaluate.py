"""Evaluations of fitted models: metrics beside the baseline's, expectations, slices, reports."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn import metrics

from mldsl.catalog.types import Type
from mldsl.catalog.vocabulary import REPORTS
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.evaluation import importance as importance_module
from mldsl.runtime.models.answers import Answers
from mldsl.runtime.models.artifact import FittedModel
from tests.support.conditions import at_least, at_most, expect, gap
from tests.support.learning import Bench, Fit, algorithm, columns, model_body

PLAN = Type("enum", values=("basic", "pro"))


@pytest.fixture(scope="module")
def frame() -> pl.DataFrame:
    random = np.random.default_rng(1)
    rows = 500
    x, noise = random.normal(size=rows), random.normal(size=rows)
    plan = np.where(random.random(rows) < 0.9, "basic", "pro")
    return pl.DataFrame({
        "x": x, "z": random.normal(size=rows), "plan": pl.Series(plan.tolist()).cast(pl.Enum(["basic", "pro"])),
        "house": random.integers(0, 60, rows), "y": x + noise > 0.5, "amount": 10 + 3 * x + noise,
        "kind": pl.Series(np.array(["low", "mid", "high"])[np.digitize(x + noise, [-0.5, 0.5])].tolist()),
        "odd": np.abs(x) > 2.2,
    })  # fmt: skip


FEATURES = columns(x="float", z="float")


@pytest.fixture
def binary(bench: Bench, frame: pl.DataFrame) -> Fit:
    body = model_body("binary", FEATURES, [algorithm("logistic_regression", "binary")], target=("y", "bool"))
    return bench.fit(body, frame[:250])


def test_metrics_of_a_binary_model_are_scikit_learns(binary: Fit, frame: pl.DataFrame) -> None:
    test = frame[250:]
    result, found = binary.evaluate(test)
    said = binary.model.predict_columns(test)
    truth, probability = test["y"].to_numpy(), said["y_probability"].to_numpy()
    assert found["metrics"]["roc_auc"] == pytest.approx(metrics.roc_auc_score(truth, probability))
    assert found["metrics"]["f1"] == pytest.approx(metrics.f1_score(truth, said["y_predicted"].to_numpy()))
    assert found["metrics"]["log_loss"] == pytest.approx(metrics.log_loss(truth, probability))
    assert found["rows"] == 250
    share = frame[:250]["y"].mean()
    assert found["baseline"]["brier"] == pytest.approx(((truth - share) ** 2).mean())
    assert found["baseline"]["accuracy"] == pytest.approx(1 - truth.mean())
    assert result.passed
    assert result.details["metrics"] == found["metrics"]


def test_an_expectation_that_fails_or_is_inconclusive_fails_the_evaluation(binary: Fit, frame: pl.DataFrame) -> None:
    good, bad, open_ = (
        expect(at_least("roc_auc", bound), confidence) for bound, confidence in ((0.6, 0.95), (0.99, None), (0.8, 0.99))
    )
    assert binary.evaluate(frame[250:], expectations=(good,))[0].passed
    result, found = binary.evaluate(frame[250:], expectations=(good, bad, open_))
    assert not result.passed
    assert [item["outcome"] for item in found["expectations"]] == ["passed", "failed", "inconclusive"]
    assert result.details["message"].startswith("2 of 3 expectations were not met; `it holds` failed with 0.8")
    shown = found["expectations"][2]
    assert shown["interval"][0] < shown["value"] < shown["interval"][1]
    assert (shown["threshold"], shown["confidence"], shown["method"]) == (0.8, 0.99, "delong")
    assert shown["rows_needed"] > 250
    alone = binary.evaluate(frame[250:], expectations=(open_,))[0]
    assert "is inconclusive with 0.8" in alone.details["message"]


def test_each_slice_is_asked_and_small_ones_are_reported(binary: Fit, frame: pl.DataFrame) -> None:
    test = frame[250:]
    assert 0 < test.filter(plan="pro").height < 30
    _, found = binary.evaluate(test, expectations=(expect(at_least("accuracy", 0.99), each="plan"),))
    told = found["expectations"][0]
    assert told["outcome"] == "failed"
    assert [(part["slice"], part["outcome"]) for part in told["slices"]] == [("basic", "failed"), ("pro", "not judged")]
    for part in told["slices"]:
        rows = test.filter(plan=part["slice"])
        right = (binary.model.predict_columns(rows)["y_predicted"] == rows["y"]).mean()
        assert (part["rows"], part["value"]) == (rows.height, pytest.approx(right))
    assert told["value"] == told["slices"][0]["value"], "the slice that decides is shown"
    _, none = binary.evaluate(test[:20], expectations=(expect(at_least("accuracy", 0.1), each="plan"),))
    assert none["expectations"][0]["outcome"] == "inconclusive"
    assert none["expectations"][0]["reason"] == "no slice of `plan` has 30 rows"


def test_missing_values_are_a_slice_of_their_own(binary: Fit, frame: pl.DataFrame) -> None:
    test = frame[250:].with_columns(seen=pl.when(pl.col("house") < 30).then(pl.lit(True)))
    _, found = binary.evaluate(test, expectations=(expect(at_least("accuracy", 0.5), each="seen"),))
    assert [part["slice"] for part in found["expectations"][0]["slices"]] == [True, None]


def test_the_largest_gap_between_groups(binary: Fit, frame: pl.DataFrame) -> None:
    test = frame[250:].with_columns(side=pl.col("house") < 30)
    _, found = binary.evaluate(test, expectations=(expect(at_most(gap("recall", "side"), 0.0)),))
    said = binary.model.predict_columns(test)["y_predicted"]
    by_hand = [
        metrics.recall_score(test.filter(side)["y"].to_numpy(), said.filter(side).to_numpy())
        for side in (test["side"], ~test["side"])
    ]
    assert found["expectations"][0]["value"] == pytest.approx(abs(by_hand[0] - by_hand[1]))


def test_units_are_resampled_whole(binary: Fit, frame: pl.DataFrame) -> None:
    """Every row ten times over: by rows that looks like much more evidence than it is."""
    test = pl.concat([frame[250:]] * 10).with_columns(row=pl.concat([pl.Series(range(250))] * 10))
    for name in ("f1", "accuracy", "roc_auc"):
        wanted = (expect(at_least(name, 0.01), 0.95),)
        by_rows, by_units, once = (
            binary.evaluate(given, expectations=wanted, unit=unit)[1]["expectations"][0]["interval"]
            for given, unit in ((test, None), (test, "row"), (frame[250:], None))
        )
        width = {key: high - low for key, (low, high) in (("rows", by_rows), ("units", by_units), ("once", once))}
        assert width["rows"] < 0.5 * width["units"]
        assert width["units"] == pytest.approx(width["once"], rel=0.1)


def test_the_same_inputs_give_the_same_findings(binary: Fit, frame: pl.DataFrame) -> None:
    wanted: dict[str, Any] = {
        "expectations": (expect(at_least("f1", 0.5), 0.9),), "reports": ("feature_importance", "roc_curve")
    }  # fmt: skip
    one, two = (binary.evaluate(frame[250:], jobs=jobs, **wanted)[1] for jobs in (1, 2))
    assert one == two


# --- other tasks -----------------------------------------------------------------------------------------------------


def test_a_model_of_several_classes(bench: Bench, frame: pl.DataFrame) -> None:
    kinds = Type("enum", values=("low", "mid", "high"))
    typed = frame.with_columns(pl.col("kind").cast(pl.Enum(list(kinds.values))))
    body = model_body("multiclass", FEATURES, [algorithm("logistic_regression", "multiclass")], target=("kind", kinds))
    fit = bench.fit(body, typed[:250])
    _, found = fit.evaluate(typed[250:], reports=("confusion_matrix", "class_report"))
    said = fit.model.predict_columns(typed[250:])["kind_predicted"].cast(pl.String).to_list()
    truth = typed[250:]["kind"].cast(pl.String).to_list()
    assert found["metrics"]["f1_macro"] == pytest.approx(metrics.f1_score(truth, said, average="macro"))
    matrix = found["reports"]["confusion_matrix"]
    assert matrix["classes"] == ["low", "mid", "high"]
    assert matrix["counts"] == metrics.confusion_matrix(truth, said, labels=["low", "mid", "high"]).tolist()
    by_hand = metrics.classification_report(truth, said, output_dict=True)
    for told in found["reports"]["class_report"]["classes"]:
        assert told["recall"] == pytest.approx(by_hand[told["class"]]["recall"])
        assert told["rows"] == by_hand[told["class"]]["support"]


def test_a_class_that_training_did_not_have_is_wrong_not_an_error(bench: Bench, frame: pl.DataFrame) -> None:
    body = model_body("multiclass", FEATURES, [algorithm("naive_bayes", "multiclass")], target=("kind", "string"))
    fit = bench.fit(body, frame[:250].filter(pl.col("kind") != "mid"))
    assert fit.summary["classes"] == ["high", "low"]
    _, found = fit.evaluate(frame[250:], reports=("confusion_matrix",))
    matrix = found["reports"]["confusion_matrix"]
    assert matrix["classes"] == ["high", "low", "mid"]
    assert sum(row[2] for row in matrix["counts"]) == 0
    assert found["metrics"]["log_loss"] > 5, "what never was expected costs much"
    json.dumps(found, allow_nan=False)


def test_a_regression(bench: Bench, frame: pl.DataFrame) -> None:
    body = model_body("regression", FEATURES, [algorithm("ridge", "regression")], target=("amount", "float"))
    fit = bench.fit(body, frame[:250])
    _, found = fit.evaluate(frame[250:], reports=("residuals", "predicted_actual", "feature_importance"))
    truth = frame[250:]["amount"].to_numpy()
    said = fit.model.predict_columns(frame[250:])["amount_predicted"].to_numpy()
    assert found["metrics"]["r2"] == pytest.approx(metrics.r2_score(truth, said))
    assert found["baseline"]["mae"] == pytest.approx(np.abs(truth - frame[:250]["amount"].mean()).mean())
    assert found["reports"]["residuals"]["residual"] == pytest.approx((truth - said).tolist())
    assert sum(found["reports"]["residuals"]["histogram"]["rows"]) == 250
    importance = found["reports"]["feature_importance"]
    assert importance["metric"] == "rmse"
    assert [item["feature"] for item in importance["features"]] == ["x", "z"]
    assert importance["features"][0]["importance"] > 1 > abs(importance["features"][1]["importance"])


def test_a_clustering(bench: Bench, frame: pl.DataFrame) -> None:
    fit = bench.fit(model_body("cluster", FEATURES, [algorithm("kmeans", "cluster", n_clusters=3)]), frame)
    _, found = fit.evaluate(frame, reports=("cluster_sizes",), expectations=(expect(at_least("silhouette", 0.1), 0.9),))
    clusters = fit.model.predict_columns(frame)["cluster"]
    points = fit.model.prepare(frame)
    assert found["metrics"]["silhouette"] == pytest.approx(metrics.silhouette_score(points, clusters.to_numpy()))
    assert found["baseline"] is None
    sizes = {part["cluster"]: part["rows"] for part in found["reports"]["cluster_sizes"]}
    assert sizes == dict(clusters.value_counts().iter_rows())
    assert found["expectations"][0]["outcome"] == "passed"


def test_anomalies_are_judged_against_a_column(bench: Bench, frame: pl.DataFrame) -> None:
    fit = bench.fit(model_body("anomaly", columns(x="float"), [algorithm("isolation_forest", "anomaly")]), frame)
    given = frame.with_columns(odd=pl.when(pl.col("house") > 1).then(pl.col("odd")))
    _, found = fit.evaluate(given, against="odd", reports=("roc_curve", "score_histogram", "confusion_matrix"))
    known = given.drop_nulls("odd")
    assert found["rows"] == known.height < given.height, "rows that nobody knows of are left out"
    said = fit.model.predict_columns(known)
    assert found["metrics"]["roc_auc"] == pytest.approx(metrics.roc_auc_score(known["odd"], said["anomaly_score"]))
    assert found["metrics"]["roc_auc"] > 0.95
    assert found["metrics"]["recall"] == pytest.approx(metrics.recall_score(known["odd"], said["anomaly"]))
    assert "brier" not in found["metrics"]
    with pytest.raises(StepFailed, match="judged against a bool column"):
        fit.evaluate(frame)


# --- reports ---------------------------------------------------------------------------------------------------------


def test_every_report_of_a_binary_model(binary: Fit, frame: pl.DataFrame) -> None:
    names = tuple(name for name, report in REPORTS.items() if "binary" in report.tasks)
    _, found = binary.evaluate(frame[250:], reports=names)
    assert set(found["reports"]) == set(names)
    said = binary.model.predict_columns(frame[250:])["y_probability"].to_numpy()
    truth = frame[250:]["y"].to_numpy()
    curve = found["reports"]["roc_curve"]
    assert np.trapezoid(curve["true_positive_rate"], curve["false_positive_rate"]) == pytest.approx(
        metrics.roc_auc_score(truth, said)
    )
    assert curve["threshold"][0] is None
    precision, recall, thresholds = metrics.precision_recall_curve(truth, said)
    drawn = found["reports"]["pr_curve"]
    assert drawn["precision"] == pytest.approx(precision[:-1][::-1].tolist())
    assert drawn["recall"] == pytest.approx(recall[:-1][::-1].tolist())
    assert drawn["threshold"] == pytest.approx(thresholds[::-1].tolist())
    calibration = found["reports"]["calibration_curve"]
    assert sum(calibration["rows"]) == 250
    assert np.average(calibration["observed"], weights=calibration["rows"]) == pytest.approx(truth.mean())
    histogram = found["reports"]["score_histogram"]
    assert sum(histogram["positive"]) == truth.sum()
    assert found["reports"]["confusion_matrix"]["classes"] == ["false", "true"]


def test_rows_of_one_class_leave_gaps_with_reasons_never_nan(binary: Fit, frame: pl.DataFrame) -> None:
    names = tuple(name for name, report in REPORTS.items() if "binary" in report.tasks)
    _, found = binary.evaluate(frame[250:].filter("y"), reports=names)
    json.dumps(found, allow_nan=False)
    assert found["metrics"]["roc_auc"] is None
    assert found["undefined"]["roc_auc"] == "there are no negative rows"
    assert found["reports"]["roc_curve"] == {"undefined": "there are rows of one class only"}


def test_a_long_curve_is_thinned(bench: Bench) -> None:
    random = np.random.default_rng(0)
    frame = pl.DataFrame({"x": random.normal(size=3000), "y": random.random(3000) < 0.5})
    body = model_body("binary", columns(x="float"), [algorithm("logistic_regression", "binary")], target=("y", "bool"))
    curve = bench.fit(body, frame).evaluate(frame, reports=("roc_curve",))[1]["reports"]["roc_curve"]
    assert len(curve["threshold"]) <= 501
    assert (curve["true_positive_rate"][-1], curve["false_positive_rate"][-1]) == (1, 1)


def test_no_rows_are_told(binary: Fit, frame: pl.DataFrame) -> None:
    with pytest.raises(StepFailed, match="there are no rows to judge `m` on"):
        binary.evaluate(frame[:0])


def test_the_model_is_asked_about_many_columns_at_once(
    binary: Fit, frame: pl.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of a wide table each question costs more than its rows do; the numbers are those of one column at a time."""
    asked: list[int] = []
    answer = FittedModel.answer

    def counted(model: FittedModel, rows: pl.DataFrame) -> Answers:
        asked.append(rows.height)
        return answer(model, rows)

    monkeypatch.setattr(FittedModel, "answer", counted)
    _, together = binary.evaluate(frame[250:], reports=("feature_importance",), jobs=1)
    times = len(asked)
    monkeypatch.setattr(importance_module, "_CELLS", 1)
    _, apart = binary.evaluate(frame[250:], reports=("feature_importance",), jobs=1)
    assert together["reports"] == apart["reports"]
    assert len(asked) - times == times + 1  # two columns: one question more
