"""Models: targets, tasks, features, options, and what predictions look like."""

from __future__ import annotations

import pytest

from mldsl.analysis.program import Threshold
from tests.support.checking import found
from tests.support.modelling import GOALS, declared, model, model_of


@pytest.mark.parametrize(
    ("target", "task", "classes", "positive"),
    [
        ("won", "binary", (False, True), True),
        ("grade", "binary", ("no", "yes"), "yes"),
        ("rank", "multiclass", ("a", "b", "c"), None),
        ("city", "multiclass", (), None),
        ("price", "regression", (), None),
        ("age", "regression", (), None),
    ],
)
def test_the_task_follows_from_the_target(target, task, classes, positive):
    result = model_of(declared(f"model m = predict {target} from data {{ features: height }}"))
    assert (result.task, result.classes, result.positive) == (task, classes, positive)
    assert (result.table, result.split) == ("data.train", "data")


def test_a_table_is_learned_from_whole_and_a_part_as_a_table():
    whole = model_of(declared("model m = predict won from people { features: age }"))
    assert (whole.table, whole.split) == ("people", None)
    text = declared("model m = cluster data.validation { features: age }")
    part = model_of(text.replace("test: 30%", "validation: 10%; test: 20%"))
    assert (part.table, part.split, part.task) == ("data.validation", None, "cluster")
    train = model_of(declared("model m = detect anomalies in data.train { features: age }"))
    assert (train.table, train.split, train.task) == ("data.train", "data", "anomaly")


def test_features_are_all_columns_but_the_target_and_those_with_a_role():
    text = declared("model m = predict won from data { algorithm gradient_boosting\n weight: height }")
    names = {column.name for column in model_of(text).features}
    assert names.isdisjoint({"id", "sex", "won", "height"})
    assert {"plan", "age", "born", "note", "face", "lost", "price"} <= names


def test_selectors_leave_out_the_target_and_roles_and_names_bring_them_in():
    numbers = model_of(declared("model m = predict price from data { features: numeric }"))
    assert [column.name for column in numbers.features] == ["age", "height", "weight"]
    named = model_of(declared("model m = predict won from data { features: sex, numeric except (age) }"))
    assert [column.name for column in named.features] == ["sex", "height", "weight", "price"]


@pytest.mark.parametrize(
    ("task", "body", "columns"),
    [
        ("binary", "", {"won_predicted": "bool", "won_probability": "float"}),
        ("binary", "algorithm ridge", {"won_predicted": "bool"}),
        ("binary", "algorithm ridge\ncalibrate: sigmoid", {"won_predicted": "bool", "won_probability": "float"}),
        ("regression", "", {"price_predicted": "float"}),
        ("cluster", "", {"cluster": "int"}),
        ("anomaly", "", {"anomaly": "bool", "anomaly_score": "float"}),
        (
            "multiclass",
            "",
            {
                "rank_predicted": 'enum("a", "b", "c")',
                "rank_probability_a": "float",
                "rank_probability_b": "float",
                "rank_probability_c": "float",
            },
        ),
    ],
)
def test_predictions(task, body, columns):
    assert {column.name: str(column.type) for column in model_of(model(body, task)).outputs} == columns


@pytest.mark.parametrize(
    ("declaration", "code", "span"),
    [
        ("model m = predict wonn from data { features: age }", "ML201", "wonn"),
        ("model m = predict people from data { features: age }", "ML201", "people"),
        ("model m = predict lost from data { features: age }", "ML202", "lost"),
        ("model m = predict born from data { features: age }", "ML202", "born"),
        ("model m = predict note from data { features: age }", "ML202", "note"),
        ("model m = predict face from data { features: age }", "ML202", "face"),
        ("model m = predict won from dat { features: age }", "ML101", "dat"),
        ("model m = predict won from floor { features: age }", "ML103", "floor"),
        ("model m = predict won from data.tests { features: age }", "ML101", "tests"),
        ("model m = predict won from data { features: age, agee }", "ML201", "agee"),
        ("model m = predict won from data { features: age, age }", "ML108", "age"),
        ("model m = predict won from data { features: all except (agee) }", "ML201", "agee"),
        ("model m = predict won from data { features: age, won }", "ML301", "won"),
        ("model m = predict won from data { features: 3 }", "ML111", "3"),
        ("model m = predict won from data { features: text except (note) }", "ML107", "text except (note)"),
        ("model m = predict won from data { features: age\n positive: false\n positive: true }", "ML108", "positive"),
        ('model m = predict grade from data { features: age\n positive: "yess" }', "ML209", '"yess"'),
        ("model m = predict grade from data { features: age\n positive: yes }", "ML111", "yes"),
        ('model m = predict won from data { features: age\n positive: "yes" }', "ML202", '"yes"'),
        ("model m = predict won from data { features: age\n weight: weigth }", "ML201", "weigth"),
        ("model m = predict won from data { features: age\n weight: weight }", "ML202", "weight"),
        ("model m = predict won from data { features: age\n weight: plan }", "ML202", "plan"),
    ],
)
def test_wrong_targets_and_columns(declaration, code, span):
    assert found(declared(declaration)) == [(code, span)]


@pytest.mark.parametrize(
    ("task", "body", "code", "span"),
    [
        ("binary", "clas_weight: balanced", "ML106", "clas_weight"),
        ("binary", "seed: 3", "ML106", "seed"),
        ("binary", "class_weight: balance", "ML111", "balance"),
        ("binary", 'class_weight: "balanced"', "ML111", '"balanced"'),
        ("regression", "class_weight: balanced", "ML111", "class_weight"),
        ("cluster", "weight: height", "ML111", "weight"),
        ("binary", "calibrate: platt", "ML111", "platt"),
        ("regression", "calibrate: sigmoid", "ML111", "calibrate"),
        ("multiclass", "threshold: 0.4", "ML111", "threshold"),
        ("multiclass", 'positive: "a"', "ML111", "positive"),
        ("binary", "threshold: 40", "ML111", "40"),
        ("binary", "threshold: -0.1", "ML111", "-0.1"),
        ("binary", "threshold: best", "ML111", "best"),
        ("binary", "threshold: maximize(f2)", "ML405", "f2"),
        ("binary", "threshold: maximize(rmse)", "ML405", "rmse"),
        ("binary", "threshold: maximize(roc_auc)", "ML405", "roc_auc"),
        ("binary", "threshold: maximize()", "ML204", "maximize()"),
        ("binary", "threshold: 0.4\nalgorithm ridge", "ML405", "0.4"),
        ("binary", "threshold: cost(false_positiv: 1, false_negative: 2)", "ML204", "false_positiv: 1"),
        ("binary", "threshold: cost(1, 2)", "ML204", "1"),
        ("binary", "threshold: cost(false_positive: 1)", "ML204", "cost(false_positive: 1)"),
        ("binary", "threshold: cost(false_positive: -1, false_negative: 2)", "ML111", "-1"),
        (
            "binary",
            "threshold: cost(false_positive: 0, false_negative: 0)",
            "ML111",
            "cost(false_positive: 0, false_negative: 0)",
        ),
        ("binary", "resources { cpus: 2 }", "ML106", "cpus"),
        ("binary", "resources { memory: 4 }", "ML111", "4"),
        ("binary", "resources { cpu: 0 }", "ML111", "0"),
        ("binary", "resources { gpu: 1.5 }", "ML111", "1.5"),
        ("binary", "resources { cpu: 1 }\nresources { gpu: 1 }", "ML108", "resources"),
    ],
)
def test_wrong_options(task, body, code, span):
    assert found(model(body, task)) == [(code, span)]


def test_options_become_plain_values():
    result = model_of(model("class_weight: balanced\ncalibrate: isotonic\nresources { cpu: 2; memory: 4Gi; gpu: 1 }"))
    assert (result.class_weight, result.calibrate) == ("balanced", "isotonic")
    assert (result.resources.cpu, result.resources.memory, result.resources.gpu) == (2.0, 4 * 2**30, 1)
    assert model_of(model("positive: false")).positive is False


@pytest.mark.parametrize(
    ("written", "expected"),
    [
        ("40%", Threshold(value=0.4)),
        ("0.4", Threshold(value=0.4)),
        ("1", Threshold(value=1.0)),
        ("maximize(f1)", Threshold(metric="f1")),
        (
            "cost(false_positive: 1, false_negative: 2.5)",
            Threshold(false_positive=1.0, false_negative=2.5),
        ),
    ],
)
def test_thresholds(written, expected):
    assert model_of(model(f"threshold: {written}")).threshold == expected


@pytest.mark.parametrize("task", GOALS)
def test_a_model_without_a_body_has_sound_defaults(task):
    result = model_of(model(task=task))
    assert len(result.algorithms) == 1
    assert [name for rule in result.prepare for name in rule.columns] == ["plan", "age", "height"]
    assert all(rule.default for rule in result.prepare)
