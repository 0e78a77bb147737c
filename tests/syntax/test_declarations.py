"""Every declaration and statement, from its text to its node."""

# ruff: noqa: SIM905
from __future__ import annotations

import pytest

from mldsl.syntax import tree
from tests.support.syntax import LANGUAGE, module, only, shape, verbs


def test_the_whole_pipeline_of_the_description() -> None:
    found = module(LANGUAGE)
    assert [type(d).__name__ for d in found.declarations] == (
        "Pipeline Param Source Source Check Check Transform Transform Split Model Evaluate Deploy Deploy Monitor"
        " Profile"
    ).split()
    assert found.declarations[0].doc == "Who will leave next month?"
    assert all(d.span.text.startswith(type(d).__name__.lower()) for d in found.declarations)


def test_pipeline() -> None:
    declared = only('pipeline p { owner: "me"; tags: "a", "b" }')
    assert isinstance(declared, tree.Pipeline)
    assert (declared.name.text, declared.doc) == ("p", None)
    assert [(o.name.text, len(o.values)) for o in declared.body] == [("owner", 1), ("tags", 2)]
    assert only("pipeline p") == only("pipeline p {}") == only("pipeline p {\n}")


def test_import() -> None:
    declared = only('import "shared/a.ml"')
    assert isinstance(declared, tree.Import)
    assert declared.path.value == "shared/a.ml"


def test_param() -> None:
    declared = only('param plan: enum("a", "b")? = "a"')
    assert isinstance(declared, tree.Param)
    assert (declared.type.name.text, declared.type.nullable) == ("enum", True)
    assert [a.value for a in declared.type.arguments] == ["a", "b"]
    assert shape(declared.default) == "'a'"
    assert only("param x: int").default is None


def test_source() -> None:
    declared = only(
        'source s = csv("a.csv", null_values: "NA") { id: string key time from "Id"; v: vector(8)?; s: int }'
    )
    assert isinstance(declared, tree.Source)
    assert shape(declared.connector) == "csv('a.csv', null_values: 'NA')"
    first, second, third = declared.schema.fields
    assert ([r.text for r in first.roles], first.raw.value) == (["key", "time"], "Id")
    assert (second.type.arguments[0].value, second.type.nullable, second.raw) == (8, True, None)
    assert (third.roles, third.type.nullable) == ((), False)
    assert only('source s = csv("a")').schema is None


def test_check() -> None:
    declared = only("check a.b { expect x for at least 95% else quarantine; expect unique(a, b) }")
    assert isinstance(declared, tree.Check)
    assert shape(declared.table) == "a.b"
    first, second = declared.expectations
    assert (first.at_least.value, first.otherwise.text, first.confidence, first.each) == (
        0.95,
        "quarantine",
        None,
        None,
    )
    assert (shape(second.condition), second.at_least, second.otherwise) == ("unique(a, b)", None, None)


def test_transforms_from_sql_and_python() -> None:
    sql = only('transform t = sql("""select 1 as a""") { a: int }')
    assert isinstance(sql, tree.Transform)
    assert (shape(sql.origin), len(sql.schema.fields), sql.verbs) == ("sql('select 1 as a')", 1, ())
    python = only('transform t = python("f.py:g", s, cutoff, rowwise: true)')
    assert shape(python.origin) == "python('f.py:g', s, cutoff, rowwise: True)"
    assert python.schema is None


def test_simple_verbs() -> None:
    found = verbs(
        "filter a > 1", "select a, b", "drop numeric", "rename a to b, c to d", "sort by a, b desc", "take 100",
        "distinct", "distinct on a, b", "union t.train", "sample 10%", "predict with m",
    )  # fmt: skip
    kinds = "Filter Select Drop Rename SortBy Take Distinct Distinct Union Sample PredictWith".split()
    assert [type(verb).__name__ for verb in found] == kinds
    assert [(a.text, b.text) for a, b in found[3].pairs] == [("a", "b"), ("c", "d")]
    assert [(shape(key.column), key.descending) for key in found[4].keys] == [("a", False), ("b", True)]
    assert (len(found[6].columns), len(found[7].columns)) == (0, 2)
    assert (shape(found[8].table), shape(found[9].share), shape(found[10].model)) == ("t.train", "0.1", "m")


def test_derive_and_group() -> None:
    one, many, grouped = verbs(
        "derive a = 1", "derive { a = 1; b = a }", "group by k, l {\n n = count()\n s = sum(x)\n}"
    )
    assert [(b.name.text, shape(b.value)) for b in one.bindings] == [("a", "1")]
    assert [(b.name.text, shape(b.value)) for b in many.bindings] == [("a", "1"), ("b", "a")]
    assert [shape(key) for key in grouped.keys] == ["k", "l"]
    assert [(b.name.text, shape(b.value)) for b in grouped.bindings] == [("n", "count()"), ("s", "sum(x)")]


@pytest.mark.parametrize("word", ["inner", "left", "full", "semi", "anti", "asof"])
def test_joins(word: str) -> None:
    (join,) = verbs(f"{'' if word == 'inner' else word} join t on a == t.b and ts >= t.ts")
    assert isinstance(join, tree.Join)
    assert (join.kind, shape(join.table), shape(join.condition)) == (word, "t", "((a == t.b) and (ts >= t.ts))")


def test_split() -> None:
    declared = only("split d = t { train: 70%; test: 30%; time: ts; random: true }")
    assert isinstance(declared, tree.Split)
    assert [(o.name.text, shape(o.values[0])) for o in declared.options] == [
        ("train", "0.7"), ("test", "0.3"), ("time", "ts"), ("random", "True"),
    ]  # fmt: skip


def test_models() -> None:
    predict = only("model m = predict y from d.a { features: all except (x) }")
    assert (predict.goal, predict.target.text, shape(predict.data)) == ("predict", "y", "d.a")
    cluster, anomalies = only("model m = cluster t {}"), only("model m = detect anomalies in t")
    assert (cluster.goal, cluster.target, anomalies.goal, anomalies.target) == ("cluster", None, "anomalies", None)


def test_parts_of_a_model() -> None:
    declared = only("""model m = predict y from d {
  prepare {
    a, numeric except (b): impute(median) | scale(standard)
    `text`: pass
  }
  algorithm knn
  algorithm gradient_boosting { max_depth: 2..8 }
  algorithm "sklearn.svm.NuSVC" { nu: 0.1..0.5 log }
  algorithm python("f.py:Class")
  tune { maximize: roc_auc; cv: 5 }
  resources { cpu: 2 }
  threshold: cost(false_positive: 1, false_negative: 5)
}""")
    prepare, plain, ranged, dotted, python, tune, resources, threshold = declared.body
    assert [[shape(c) for c in entry.columns] for entry in prepare.entries] == [["a", "<numeric - b>"], ["text"]]
    assert [shape(entry.steps) for entry in prepare.entries] == ["impute(median) | scale(standard)", "pass"]
    assert [shape(a.target) for a in (plain, ranged, dotted, python)] == [
        "knn", "gradient_boosting", "'sklearn.svm.NuSVC'", "python('f.py:Class')",
    ]  # fmt: skip
    assert [shape(a.options[0].values[0]) for a in (ranged, dotted)] == ["2..8", "0.1..0.5 log"]
    assert (tune.name.text, tune.subject, len(tune.options)) == ("tune", None, 2)
    assert (resources.name.text, threshold.name.text) == ("resources", "threshold")


def test_evaluate() -> None:
    declared = only("""evaluate m on d.test {
  expect roc_auc >= 0.8 with confidence 95% for each plan
  report: roc_curve, confusion_matrix
  against: label
}""")
    assert (shape(declared.model), shape(declared.table)) == ("m", "d.test")
    expectation, report, _ = declared.body
    assert (expectation.confidence.value, shape(expectation.each)) == (0.95, "plan")
    assert [shape(value) for value in report.values] == ["roc_curve", "confusion_matrix"]
    assert only("evaluate m on d.test").body == ()


def test_deploy() -> None:
    declared = only("""deploy d = m to endpoint("x") {
  require evaluation
  require approval("team")
  require roc_auc > champion.roc_auc with confidence 95%
  rollout { 10% for 1h; 100% }
  rollback when error_rate > 1%
  resources { memory: 4Gi }
  replicas: 2..10
}""")
    evaluation, approval, better, rollout, rollback, resources, replicas = declared.body
    assert [shape(r.condition) for r in (evaluation, approval, better)] == [
        "evaluation", "approval('team')", "(roc_auc > champion.roc_auc)",
    ]  # fmt: skip
    assert (evaluation.confidence, better.confidence.value) == (None, 0.95)
    assert [(s.share.value, s.duration and str(s.duration.value)) for s in rollout.stages] == [
        (0.1, "1:00:00"),
        (1.0, None),
    ]
    assert (shape(rollback.condition), resources.name.text, shape(replicas.values[0])) == (
        "(error_rate > 0.01)", "resources", "2..10",
    )  # fmt: skip
    assert shape(only("deploy d = m to batch(t)").target) == "batch(t)"


def test_monitor() -> None:
    declared = only('monitor w = d { every: 1d; expect drift(all) <= 0.2; on breach { retrain; notify(secret("X")) } }')
    every, expectation, breach = declared.body
    assert (every.name.text, shape(expectation.condition)) == ("every", "(drift(<all>) <= 0.2)")
    assert [shape(action) for action in breach.actions] == ["retrain", "notify(secret('X'))"]


def test_profile() -> None:
    declared = only("""profile prod {
  artifacts: "s3://x"
  param cutoff = @2025-01-01
  source s = csv("other.csv")
  resources m { cpu: 8 }
}""")
    artifacts, override, source, resources = declared.body
    assert (artifacts.name.text, override.name.text, source.name.text) == ("artifacts", "cutoff", "s")
    assert (resources.name.text, resources.subject.text, resources.options[0].name.text) == ("resources", "m", "cpu")


def test_spans_are_those_of_the_text() -> None:
    check = module("  check t {\n    expect a > 1 else warn\n  }\n").declarations[0]
    assert check.span.text.startswith("check t {")
    assert check.span.text.endswith("}")
    assert check.expectations[0].span.text == "expect a > 1 else warn"
    assert check.expectations[0].otherwise.span.location == "test.ml:2:23"


def test_spans_do_not_count_when_trees_are_compared() -> None:
    assert module("param a: int = 1") == module("\n\nparam   a :int=1")
    assert module("param a: int = 1") != module("param a: int = 2")
