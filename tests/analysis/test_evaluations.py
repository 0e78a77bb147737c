"""`evaluate`: metrics and reports against tasks, slices, confidence, and the tables that a model is judged on."""

from __future__ import annotations

import pytest

from mldsl.analysis.typed import Call, Constant, MaxDifference, MetricRef
from mldsl.catalog.metrics import METRICS
from mldsl.catalog.options import REPORTS
from tests.support.checking import check_text, found
from tests.support.modelling import declared, model, program_of

AGAINST = {"anomaly": "\nagainst: odd"}
TASKS = ("binary", "multiclass", "regression", "cluster", "anomaly")


def evaluate(body: str, task: str = "binary", on: str = "data.test", algorithm: str = "") -> str:
    return model(algorithm, task, f"evaluate m on {on} {{\n{body}{AGAINST.get(task, '')}\n}}")


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", METRICS)
def test_every_metric_fits_its_tasks(name, task):
    expected = [] if task in METRICS[name].tasks else [("ML405", name)]
    assert found(evaluate(f"expect {name} >= 0.5", task)) == expected


@pytest.mark.parametrize("task", TASKS)
@pytest.mark.parametrize("name", REPORTS)
def test_every_report_fits_its_tasks(name, task):
    expected = [] if task in REPORTS[name].tasks else [("ML405", name)]
    assert found(evaluate(f"report: {name}", task)) == expected


@pytest.mark.parametrize(
    "algorithm", ["ridge", "linear_svm", '"sklearn.svm.NuSVC"', '"sklearn.linear_model.Perceptron"']
)
def test_what_needs_probabilities_asks_for_an_algorithm_that_gives_them(algorithm):
    for body in ("expect {} >= 0.5", "report: {}"):
        for name in ("roc_auc",) if body.startswith("expect") else ("roc_curve", "calibration_curve"):
            text = evaluate(body.format(name), algorithm=f"algorithm {algorithm}")
            assert found(text) == [("ML405", name)]
            calibrated = evaluate(body.format(name), algorithm=f"algorithm {algorithm}\ncalibrate: sigmoid")
            assert found(calibrated) == []
    assert found(evaluate("expect f1 >= 0.5", algorithm=f"algorithm {algorithm}")) == []


@pytest.mark.parametrize(
    ("body", "code", "span"),
    [
        # ML405: no metric
        ("expect roc_acu >= 0.5", "ML405", "roc_acu"),
        ("expect age > 3", "ML405", "age"),
        ("expect m.f1 > 0.3", "ML405", "m.f1"),
        ("expect max_difference(recal, sex) < 0.1", "ML405", "recal"),
        # other conditions
        ("expect roc_auc", "ML208", "roc_auc"),
        ('expect roc_auc >= "high"', "ML202", '"high"'),
        ("expect roc_auc >= lag(roc_auc)", "ML107", "lag(roc_auc)"),
        ("expect mean(age) > 3", "ML205", "mean"),
        ("expect max_diference(recall, sex) < 0.1", "ML203", "max_diference"),
        ("expect max_difference(recall) < 0.1", "ML204", "max_difference(recall)"),
        ("expect max_difference(recall, sexx) < 0.1", "ML201", "sexx"),
        ("expect max_difference(recall, height) < 0.1", "ML202", "height"),
        ("expect roc_auc over 30d >= 0.5", "ML504", "roc_auc over 30d"),
        # slices
        ("expect f1 > 0.1 for each plann", "ML201", "plann"),
        ("expect f1 > 0.1 for each height", "ML202", "height"),
        # confidence
        ("expect f1 > 0.1 with confidence 100%", "ML111", "100%"),
        ("expect f1 > 0.1 with confidence 0%", "ML111", "0%"),
        # what belongs elsewhere
        ("expect f1 > 0.1 for at least 90%", "ML106", "90%"),
        ("expect f1 > 0.1 else warn", "ML106", "warn"),
        ("expect f1 > champion.f1", "ML504", "champion.f1"),
        ("expect error_rate < 1%", "ML504", "error_rate"),
        # options
        ("reports: roc_curve", "ML106", "reports"),
        ("report: roc_curv", "ML101", "roc_curv"),
        ('report: "roc_curve"', "ML111", '"roc_curve"'),
        ("report: roc_curve, roc_curve", "ML108", "roc_curve"),
        ("report: roc_curve\nreport: pr_curve", "ML108", "report"),
        ("against: odd", "ML111", "against"),
    ],
)
def test_wrong_evaluations(body, code, span):
    assert found(evaluate(body)) == [(code, span)]


@pytest.mark.parametrize(
    ("text", "code", "span"),
    [
        ("evaluate mm on data.test {}", "ML101", "mm"),
        ("evaluate data on data.test {}", "ML103", "data"),
        ("evaluate m on data {}", "ML103", "data"),
        ("evaluate m on data.tests {}", "ML101", "tests"),
        ("evaluate m on floor {}", "ML103", "floor"),
        ("transform bare = people { select won }\nevaluate m on bare {}", "ML507", "bare"),
        ("transform blind = people { drop won }\nevaluate m on blind {}", "ML201", "blind"),
        ("transform other = people { derive won = 3 }\nevaluate m on other {}", "ML202", "other"),
    ],
)
def test_wrong_models_and_tables(text, code, span):
    assert found(model(rest=text)) == [(code, span)]


@pytest.mark.parametrize(
    ("body", "code", "span"),
    [
        ("expect f1 > 0.1", "ML107", "m"),
        ("expect f1 > 0.1\nagainst: oddd", "ML201", "oddd"),
        ("expect f1 > 0.1\nagainst: plan", "ML202", "plan"),
        ("expect f1 > 0.1\nagainst: lost", "ML202", "lost"),
    ],
)
def test_anomalies_are_judged_against_a_bool_column(body, code, span):
    assert found(model("", "anomaly", f"evaluate m on data.test {{ {body} }}")) == [(code, span)]
    assert found(model("", "anomaly", "evaluate m on data.test { against: odd }")) == []


def test_an_evaluation_in_the_typed_program():
    body = """
        expect roc_auc >= floor with confidence 95%
        expect max_difference(recall, sex) <= 10%
        expect  f1>0.1   for each plan
        report: roc_curve, confusion_matrix
    """
    grouped = "split groups = people { train: 50%; test: 50%; group: city }\n"
    text = model(rest=f"{grouped}evaluate m on groups.test {{{body}}}").replace("from data", "from groups")
    (result,) = program_of(text).evaluations
    assert (result.name, result.model, result.table, result.unit) == ("m on groups.test", "m", "groups.test", "city")
    assert result.reports == ("roc_curve", "confusion_matrix")
    assert [item.text for item in result.expectations] == [
        "roc_auc >= floor",
        "max_difference(recall, sex) <= 10%",
        "f1 > 0.1",
    ]
    assert [(item.confidence, item.each, item.level) for item in result.expectations] == [
        (0.95, None, "table"),
        (None, None, "table"),
        (None, "plan", "table"),
    ]
    condition = result.expectations[1].condition
    assert isinstance(condition, Call)
    gap, limit = condition.arguments
    assert isinstance(gap, MaxDifference) and (gap.metric, gap.column) == ("recall", "sex")
    assert isinstance(limit, Constant) and limit.value == 0.1
    first = result.expectations[0].condition
    assert isinstance(first, Call) and isinstance(first.arguments[0], MetricRef)


def test_a_model_with_a_mistake_has_one_diagnostic_and_its_evaluation_none():
    rest = "evaluate m on data.test { expect roc_auc > 0.5\nreport: roc_curve }"
    text = declared(f"model m = predict wonn from data {{ features: age }}\n{rest}")
    assert found(text) == [("ML201", "wonn")]
    assert found(model("algorithm logistic_regresion", rest=rest)) == [("ML401", "logistic_regresion")]


@pytest.mark.parametrize("algorithm", ["dbscan", "agglomerative", '"sklearn.cluster.DBSCAN"'])
def test_an_algorithm_that_labels_only_its_own_rows_predicts_no_others(algorithm):
    body = f"algorithm {algorithm}"
    assert found(model(body, "cluster", "evaluate m on data.train { expect silhouette > 0.1 }")) == []
    assert found(model(body, "cluster", "evaluate m on data.test { expect silhouette > 0.1 }")) == [
        ("ML404", "data.test")
    ]
    assert found(model(body, "cluster", "transform t = people { predict with m }")) == [("ML404", "m")]
    assert found(model(body, "cluster", 'deploy d = m to endpoint("x") {}')) == [("ML404", "m")]


def test_a_metric_has_no_brackets():
    text = model("", "binary", "evaluate m on data.test { expect f1(plan) >= 0.5 }")
    (problem,) = [item for item in check_text(text) if item.code == "ML203"]
    assert problem.help == "a metric has no brackets: write `f1`"
