"""A fitted model on few rows says what it says of a table: for every algorithm and prepare step, one row or several."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import polars as pl
import pytest

from mldsl.catalog.algorithms import ALGORITHMS
from mldsl.plan.nodes import ColumnSpec, ModelBody, PrepareRule
from mldsl.runtime.models.artifact import FittedModel
from mldsl.runtime.scoring.rows.model import RowModel
from tests.runtime.models.test_every_algorithm import CASES, SMALL, TARGETS
from tests.runtime.models.test_prepare import RULES
from tests.support.learning import Bench, algorithm, model_body, rule
from tests.support.rowwise import rows_of

IN_PLAIN_PYTHON = (
    "logistic_regression", "linear_regression", "ridge", "lasso", "elastic_net",
    "gradient_boosting", "random_forest", "extra_trees", "decision_tree",
)  # fmt: skip
STAYS = ("stays", "bool")


def hold(model: FittedModel, frame: pl.DataFrame) -> RowModel:
    """Each row by itself, and all together."""
    expected = [_near(answer) for answer in model.predict_columns(frame).to_dicts()]
    quick = RowModel(model)
    rows = rows_of(frame)
    assert [quick.answers([row])[0] for row in rows] == expected
    assert quick.answers(rows) == expected
    return quick


def _near(answer: dict[str, Any]) -> dict[str, Any]:
    return {
        name: pytest.approx(value, rel=1e-9, abs=1e-9) if isinstance(value, float) else value
        for name, value in answer.items()
    }


@pytest.mark.parametrize(("name", "task"), CASES)
def test_every_algorithm(
    name: str, task: str, bench: Bench, iris: pl.DataFrame, iris_features: Sequence[ColumnSpec]
) -> None:
    chosen = algorithm(name, task, **SMALL.get(name, {}))
    body = model_body(task, iris_features, [chosen], target=TARGETS.get(task))
    quick = hold(bench.fit(body, iris[:90]).model, iris[90:130])
    plain = name in IN_PLAIN_PYTHON and (name, task) not in (("ridge", "binary"), ("ridge", "multiclass"))
    assert (quick.slow == ()) == plain


def test_those_in_plain_python_are_in_the_catalog() -> None:
    assert set(IN_PLAIN_PYTHON) <= set(ALGORITHMS)


@pytest.mark.parametrize("name", [name for name in RULES if name != "drop"])
def test_every_prepare_step(
    name: str, bench: Bench, people: pl.DataFrame, people_features: Sequence[ColumnSpec]
) -> None:
    """With missing values, and with strings that no training row had."""
    body = _body(people_features, RULES[name])
    model = bench.fit(body, people[:150]).model
    hold(model, _strange(people[150:190]))


def _body(features: Sequence[ColumnSpec], given: PrepareRule, **more: Any) -> ModelBody:
    used = [spec for spec in features if spec.name in given.columns]
    chosen = more.pop("algorithm", None) or algorithm("gradient_boosting", "binary", max_iter=5)
    return model_body("binary", used, [chosen], target=STAYS, prepare=(given,), **more)


def _strange(frame: pl.DataFrame) -> pl.DataFrame:
    unknown = pl.int_range(pl.len()) % 7 == 0
    return frame.with_columns(
        pl.when(unknown).then(pl.lit("never seen")).otherwise(pl.col(name)).alias(name) for name in ("city", "note")
    )


@pytest.mark.parametrize("name", ["gradient_boosting", "random_forest", "extra_trees", "decision_tree"])
def test_trees_ask_where_a_missing_value_goes(
    name: str, bench: Bench, people: pl.DataFrame, people_features: Sequence[ColumnSpec]
) -> None:
    """Both ways: in some nodes to the left, in others to the right."""
    chosen = algorithm(name, "binary", **SMALL.get(name, {}))
    body = _body(people_features, rule("age visits member joined", "pass"), algorithm=chosen)
    model = bench.fit(body, people[:150]).model
    assert people[150:]["age"].null_count() > 3
    assert hold(model, people[150:]).slow == ()


@pytest.mark.parametrize("method", ["isotonic", "sigmoid"])
@pytest.mark.parametrize("name", ["gradient_boosting", "random_forest", "logistic_regression"])
@pytest.mark.parametrize("task", ["binary", "multiclass"])
def test_calibrated(
    task: str, name: str, method: Any, bench: Bench, iris: pl.DataFrame, iris_features: Sequence[ColumnSpec]
) -> None:
    chosen = algorithm(name, task, **SMALL.get(name, {}))
    body = model_body(task, iris_features, [chosen], target=TARGETS[task], calibrate=method)
    hold(bench.fit(body, iris[:90]).model, iris[90:])


def test_a_class_that_the_training_rows_lack(
    bench: Bench, iris: pl.DataFrame, iris_features: Sequence[ColumnSpec]
) -> None:
    chosen = algorithm("gradient_boosting", "multiclass", max_iter=5)
    body = model_body("multiclass", iris_features, [chosen], target=TARGETS["multiclass"])
    model = bench.fit(body, iris[:90].filter(pl.col("kind") != "setosa")).model
    hold(model, iris[90:])
