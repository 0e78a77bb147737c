"""`prepare`: steps against types, lines against columns, and defaults that cover every feature."""

from __future__ import annotations

import pytest

from mldsl.analysis.program import PrepareRule, StepUse
from mldsl.catalog.algorithms import ALGORITHMS
from mldsl.catalog.prepare import STEPS
from tests.support.checking import found
from tests.support.modelling import declared, model, model_of

# A column of each kind, and one of the same kind that may be missing where the prelude has one.
COLUMNS = {
    "int": "age",
    "float": "height",
    "bool": "odd",
    "enum": "plan",
    "string": "code",
    "text": "note",
    "date": "born",
    "duration": "spent",
    "vector": "face",
    "image": "photo",
}
ARGUMENTS = {
    "impute": "(most_frequent)",
    "scale": "(standard)",
    "encode": "(onehot)",
    "bin": "(5)",
    "parts": "(year)",
    "polynomial": "(2)",
    "pca": "(1)",
    "select": "(1)",
}
FINISH = {"enum": " | encode(onehot)", "string": " | encode(onehot)", "text": " | tfidf", "image": " | embed"} | {
    "date": " | parts(year)"
}


def with_prepare(lines: str, features: str = "plan, age, height", algorithm: str = "gradient_boosting") -> str:
    body = f"features: {features}\nprepare {{\n{lines}\n}}\nalgorithm {algorithm}"
    return declared(f"model m = predict won from data {{\n{body}\n}}")


@pytest.mark.parametrize("kind", COLUMNS)
@pytest.mark.parametrize("name", STEPS)
def test_every_step_takes_its_kinds_and_no_others(name, kind):
    step = STEPS[name]
    column = COLUMNS[kind]
    written = name + ARGUMENTS.get(name, "")
    finish = FINISH.get(kind, "") if step.gives == "same" else ""
    result = found(with_prepare(f"{column}: {written}{finish}", f"{column}, weight"))
    assert result == ([] if kind in step.accepts else [("ML406", written)])


@pytest.mark.parametrize(
    ("lines", "code", "span"),
    [
        # ML101
        ("age: scal(standard)", "ML101", "scal"),
        ("age: impute(median) | normalise", "ML101", "normalise"),
        # ML111
        ("age: scale(standart)", "ML111", "standart"),
        ('age: scale("standard")', "ML111", '"standard"'),
        ("age: bin(1)", "ML111", "1"),
        ("age: bin(many)", "ML111", "many"),
        ("plan: encode(one_hot)", "ML111", "one_hot"),
        # ML204
        ("age: scale", "ML204", "scale"),
        ("age: impute()", "ML204", "impute()"),
        ("age: scale(standard, minmax)", "ML204", "minmax"),
        ("age: scale(metod: standard)", "ML204", "metod"),
        ("age: pass(1)", "ML204", "1"),
        ("age: impute(constant)", "ML204", "constant"),
        ("age: impute(median(3))", "ML204", "median(3)"),
        # values of `constant`
        ('age: impute(constant("x"))', "ML202", '"x"'),
        ('plan: impute(constant("gold")) | encode(onehot)', "ML209", '"gold"'),
        # ML406 along the way
        ("plan: scale(standard)", "ML406", "scale(standard)"),
        ("plan: impute(mean) | encode(onehot)", "ML406", "impute(mean)"),
        ("plan: encode(onehot) | encode(ordinal)", "ML406", "encode(ordinal)"),
        ("plan: pass", "ML406", "pass"),
        ("plan: impute(most_frequent)", "ML406", "impute(most_frequent)"),
        ("age: drop | scale(standard)", "ML406", "scale(standard)"),
        ("all: scale(standard)", "ML406", "scale(standard)"),
        # columns
        ("agee: pass", "ML201", "agee"),
        ("city: encode(onehot)", "ML201", "city"),
        ("won: pass", "ML201", "won"),
        ("numeric except (agee): pass", "ML201", "agee"),
        ("age: pass; age: scale(standard)", "ML108", "age"),
        ("age, age: pass", "ML108", "age"),
        ("numeric: pass; numeric except (age): scale(standard)", "ML108", "numeric except (age)"),
    ],
)
def test_wrong_lines(lines, code, span):
    assert found(with_prepare(lines)) == [(code, span)]


def test_a_step_that_needs_the_target_cannot_stand_without_one():
    assert found(model("prepare { age: select(1) }", "cluster")) == [("ML406", "select(1)")]
    assert found(model("prepare { plan: encode(target) }", "anomaly")) == [("ML406", "encode(target)")]
    assert found(model("prepare { age, height: select(1) }")) == []


def test_two_prepare_blocks():
    assert found(model("prepare { age: pass }\nprepare { height: pass }")) == [("ML108", "prepare")]


@pytest.mark.parametrize("name", [name for name, entry in ALGORITHMS.items() if "binary" in entry.classes])
def test_missing_values_reach_only_algorithms_that_take_them(name):
    text = with_prepare("weight: scale(standard)", "weight", name)
    takes = "binary" in ALGORITHMS[name].takes_missing
    assert found(text) == ([] if takes else [("ML409", "scale(standard)")])
    assert found(with_prepare("weight: impute(median) | scale(standard)", "weight", name)) == []


@pytest.mark.parametrize(
    ("lines", "features", "span"),
    [
        ("weight: bin(5)", "weight", "bin(5)"),
        ("numeric: pca(1)", "weight, age", "pca(1)"),
        ("numeric: impute(median) | pca(1)", "weight, age", None),
        ("seen: parts(year)", "seen", None),
        ("active: encode(onehot)", "active", None),
    ],
)
def test_steps_that_cannot_take_missing_values(lines, features, span):
    expected = [("ML409", span)] if span is not None else []
    assert found(with_prepare(lines, features)) == expected


def test_a_vector_that_may_be_missing_has_no_default():
    text = declared("model m = predict won from data { features: look\n algorithm logistic_regression }")
    assert found(text) == [("ML409", "logistic_regression")]
    assert found(text.replace("logistic_regression", "gradient_boosting")) == []


def test_a_column_named_on_its_own_wins_over_its_group_and_a_group_over_all():
    lines = "all: encode(onehot)\nnumeric: scale(standard)\nage: bin(3)"
    rules = model_of(with_prepare(lines, "plan, odd, age, height")).prepare
    assert [(rule.columns, rule.steps[0].name) for rule in rules] == [
        (("plan", "odd"), "encode"),
        (("height",), "scale"),
        (("age",), "bin"),
    ]
    assert not any(rule.default for rule in rules)


def test_arguments_by_the_catalogs_names():
    lines = """
        age: impute(constant(0)) | scale(minmax)
        born: parts(year, month)
        note: tfidf(max_features: 100, ngrams: 1..2, lowercase: false)
    """
    rules = model_of(with_prepare(lines, "age, born, note")).prepare
    assert [rule.steps for rule in rules] == [
        (StepUse("impute", {"with": "constant", "value": 0}), StepUse("scale", {"method": "minmax"})),
        (StepUse("parts", {"parts": ("year", "month")}),),
        (StepUse("tfidf", {"max_features": 100, "ngrams": (1, 2), "lowercase": False}),),
    ]


def test_defaults_depend_on_the_algorithm_and_say_for_which():
    text = declared(
        "model m = predict won from data {\nfeatures: plan, weight\nalgorithm gradient_boosting\nalgorithm knn\n}"
    )
    assert model_of(text).prepare == (
        PrepareRule(("plan",), (StepUse("encode", {"method": "onehot"}),), True),
        PrepareRule(("weight",), (StepUse("pass", {}),), True, (0,)),
        PrepareRule(
            ("weight",), (StepUse("impute", {"with": "median"}), StepUse("scale", {"method": "standard"})), True, (1,)
        ),
    )


@pytest.mark.parametrize("name", ["gradient_boosting", "logistic_regression", "naive_bayes"])
def test_the_rules_cover_every_feature_once(name):
    text = declared(
        f"model m = predict won from data {{\nfeatures: all except (look)\nprepare {{ numeric: impute(mean) }}\n"
        f"algorithm {name}\n}}"
    )
    result = model_of(text)
    covered = [column for rule in result.prepare for column in rule.columns]
    assert sorted(covered) == sorted(column.name for column in result.features)
