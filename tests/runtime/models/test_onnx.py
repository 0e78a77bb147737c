"""Models as ONNX: its runtime says what the model says, from the table's own columns on."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import polars as pl
import pytest

from mldsl.catalog.types import Type
from mldsl.plan.nodes import ColumnSpec
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.models.onnx import compare, inputs, to_onnx
from tests.runtime.models.test_every_algorithm import SMALL, TARGETS
from tests.support.cli import ROOT, mldsl
from tests.support.learning import Bench, algorithm, columns, model_body, rule

PLAN = Type("enum", nullable=True, values=("basic", "pro", "team"))
MEDIAN = ("impute", {"with": "median"})


@pytest.mark.parametrize(
    ("name", "task"),
    [
        ("logistic_regression", "binary"),
        ("logistic_regression", "multiclass"),
        ("ridge", "regression"),
        ("gradient_boosting", "binary"),
        ("gradient_boosting", "multiclass"),
        ("gradient_boosting", "regression"),
        ("random_forest", "binary"),
        ("decision_tree", "regression"),
    ],
)
def test_algorithms(
    name: str, task: str, bench: Bench, iris: pl.DataFrame, iris_features: Sequence[ColumnSpec]
) -> None:
    body = model_body(task, iris_features, [algorithm(name, task, **SMALL.get(name, {}))], target=TARGETS[task])
    model = bench.fit(body, iris[:100]).model
    assert compare(model, to_onnx(model), iris[100:]) <= 1e-5


def test_missing_and_unknown_values_as_the_model_has_them(bench: Bench, people: pl.DataFrame) -> None:
    """By onnxruntime itself: categories as strings, an empty one for a missing one."""
    import onnxruntime

    features = columns(age="float?", visits="int", plan=PLAN, city="string?", member="bool?", joined="date?")
    rules = (
        rule("age visits joined", MEDIAN, ("scale", {"method": "standard"})),
        rule("plan member", ("encode", {"method": "onehot"})),
        rule("city", ("encode", {"method": "ordinal"}), ("impute", {"with": "constant", "value": -5})),
    )
    body = model_body(
        "binary", features, [algorithm("logistic_regression", "binary")], target=("stays", "bool"), prepare=rules
    )
    model = bench.fit(body, people[:180]).model
    rows = people[180:].with_columns(city=pl.Series(["never seen", *people[181:]["city"].to_list()]))
    assert rows.select("age", "plan", "city", "member").null_count().sum_horizontal().item() > 8
    session = onnxruntime.InferenceSession(to_onnx(model), providers=["CPUExecutionProvider"])
    found = session.run(None, inputs(model, rows))[-1]
    assert np.abs(found - model.predict_proba(rows)).max() < 1e-6


def test_what_has_no_form_is_said(bench: Bench, people: pl.DataFrame) -> None:
    features = columns(city="string?")
    target = ("stays", "bool")
    chosen = [algorithm("logistic_regression", "binary")]
    rules = (rule("city", ("encode", {"method": "target"})),)
    model = bench.fit(model_body("binary", features, chosen, target=target, prepare=rules), people).model
    with pytest.raises(StepFailed, match="the prepare step of `TargetMeans` has no form in ONNX"):
        to_onnx(model)


def test_a_graph_that_says_something_else_is_not_written(
    bench: Bench, iris: pl.DataFrame, iris_features: Sequence[ColumnSpec]
) -> None:
    chosen = [algorithm("ridge", "regression")]
    model = bench.fit(model_body("regression", iris_features, chosen, target=TARGETS["regression"]), iris[:100]).model
    other = bench.fit(model_body("regression", iris_features, chosen, target=TARGETS["regression"]), iris[:50]).model
    with pytest.raises(StepFailed, match="the ONNX graph differs from the model by"):
        compare(model, to_onnx(other), iris[100:])


def test_by_the_command_line(tmp_path: Path) -> None:
    import shutil

    shutil.copytree(ROOT / "examples" / "penguins", tmp_path / "penguins", ignore=shutil.ignore_patterns(".mldsl"))
    program = tmp_path / "penguins" / "penguins.ml"
    done = mldsl("run", program, "--to", "species_model", "--output", tmp_path / "out", "--export", "onnx")
    assert done.returncode == 0, done.stderr
    assert sorted(path.name for path in (tmp_path / "out").iterdir()) == ["species_model.onnx", "species_model.skops"]
    wrong = mldsl("run", program, "--to", "penguins", "--output", tmp_path / "out", "--export", "onnx")
    assert (wrong.returncode, "needs a model" in wrong.stderr) == (2, True)
