"""Every prepare step, and what becomes of values that the training rows did not have."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import date, datetime
from typing import Any

import numpy as np
import polars as pl
import pytest

from mldsl.catalog.prepare import STEPS
from mldsl.plan.nodes import ColumnSpec, ModelBody, PrepareRule
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.models import steps
from mldsl.runtime.models.features import make_encoder
from mldsl.runtime.models.preparation import Preparation, Purpose, fit_preparation, rules_for, to_dense
from tests.support.learning import Bench, algorithm, columns, model_body, rule

MEDIAN = ("impute", {"with": "median"})
COMMONEST = ("impute", {"with": "most_frequent"})

RULES = {
    "impute mean": rule("age", ("impute", {"with": "mean"})),
    "impute median": rule("age", MEDIAN),
    "impute most_frequent": rule("member", COMMONEST),
    "impute constant": rule("age", ("impute", {"with": "constant", "value": 3})),
    "impute constant category": rule(
        "city", ("impute", {"with": "constant", "value": "nowhere"}), ("encode", {"method": "onehot"})
    ),
    "impute constant date": rule(
        "joined", ("impute", {"with": "constant", "value": "2020-01-01"}), ("parts", {"parts": ["year"]})
    ),
    "impute text": rule("note", ("impute", {"with": "constant", "value": "none"}), "tfidf"),
    "impute knn": rule("age visits", ("impute", {"with": "knn"})),
    "scale standard": rule("visits", ("scale", {"method": "standard"})),
    "scale minmax": rule("visits", ("scale", {"method": "minmax"})),
    "scale robust": rule("visits spent", ("scale", {"method": "robust"})),
    "scale power": rule("visits", ("scale", {"method": "power"})),
    "scale quantile": rule("visits", ("scale", {"method": "quantile"})),
    "scale vector": rule("shape", ("scale", {"method": "standard"})),
    "encode onehot": rule("plan city member", ("encode", {"method": "onehot"})),
    "encode ordinal": rule("plan", COMMONEST, ("encode", {"method": "ordinal"})),
    "encode target": rule("city plan", ("encode", {"method": "target"})),
    "encode and scale": rule("plan", ("encode", {"method": "onehot"}), ("scale", {"method": "standard"})),
    "bin": rule("visits", ("bin", {"n": 4})),
    "bin and encode": rule("visits", ("bin", {"n": 3}), ("encode", {"method": "onehot"})),
    "tfidf": rule("note city", ("tfidf", {"max_features": 4, "ngrams": [1, 2], "min_count": 2, "lowercase": False})),
    "tfidf and pca": rule("note", "tfidf", ("pca", {"n": 2})),
    "embed": rule("note", ("embed", {"size": 6})),
    "parts": rule(
        "seen", ("parts", {"parts": ["year", "quarter", "month", "day", "weekday", "day_of_year", "hour", "minute"]})
    ),
    "parts and encode": rule("seen", ("parts", {"parts": ["month", "weekday"]}), ("encode", {"method": "onehot"})),
    "polynomial": rule("age visits", MEDIAN, ("polynomial", {"n": 2})),
    "pca": rule("age visits spent", MEDIAN, ("scale", {"method": "standard"}), ("pca", {"n": 2})),
    "select": rule("age visits spent shape", MEDIAN, ("select", {"n": 2})),
    "pass": rule("visits spent seen", "pass"),
    "drop": rule("visits", "drop"),
}


def prepared(
    given: PrepareRule, features: Sequence[ColumnSpec], frame: pl.DataFrame, target: Any = None
) -> tuple[Preparation, Any, Any]:
    """The fitted preparation, the training rows as it gave them, and the encoder."""
    encoder = make_encoder(features, [given], frame)
    matrix = encoder.encode(frame)
    preparation, found = fit_preparation(rules_for([given], 0), encoder, matrix, target, Purpose("binary", 1))
    return preparation, to_dense(found), encoder


def test_every_step_of_the_catalog_is_there() -> None:
    assert set(steps.STEPS) | {"drop"} == set(STEPS)
    # `pixels` is of pictures, which these people have none of: see `test_pictures.py`.
    assert {step.name for given in RULES.values() for step in given.steps} | {"pixels"} == set(STEPS)


@pytest.mark.parametrize("name", RULES)
def test_a_model_learns_and_predicts_with_the_step(
    name: str, bench: Bench, people: pl.DataFrame, people_features: Sequence[ColumnSpec]
) -> None:
    own = RULES[name]
    rest = rule("age", MEDIAN) if "age" not in own.columns else rule("seen", "pass")
    features = [spec for spec in people_features if spec.name in (*own.columns, *rest.columns)]
    body = model_body(
        "binary", features, [algorithm("logistic_regression", "binary")], target=("stays", "bool"), prepare=(own, rest)
    )
    fit = bench.fit(body, people[:180])
    model = fit.model
    found = model.predict_columns(people[180:])["stays_probability"]
    assert found.is_between(0, 1).all()
    assert fit.summary["prepared"] == len(model.preparation.names) == len(set(model.preparation.names))
    assert model.prepare(people[:5]).shape == (5, len(model.preparation.names))


def test_enum_categories_come_from_the_plan(people: pl.DataFrame, people_features: Sequence[ColumnSpec]) -> None:
    only_basic = people.filter(pl.col("plan") == "basic")
    preparation, found, _ = prepared(rule("plan", ("encode", {"method": "onehot"})), people_features, only_basic)
    assert preparation.names == ("plan=basic", "plan=pro", "plan=team", "plan=missing")
    assert found[:, 0].all() and not found[:, 1:].any()


def test_missing_is_a_category_and_unseen_is_none() -> None:
    frame = pl.DataFrame({"city": ["b", "a", None, "b"]})
    given, features = rule("city", ("encode", {"method": "onehot"})), columns(city="string?")
    preparation, found, encoder = prepared(given, features, frame)
    assert preparation.names == ("city=a", "city=b", "city=missing")
    assert found.tolist() == [[0, 1, 0], [1, 0, 0], [0, 0, 1], [0, 1, 0]]
    unseen = to_dense(preparation.transform(encoder.encode(pl.DataFrame({"city": ["zzz", "a", None]}))))
    assert unseen.tolist() == [[0, 0, 0], [1, 0, 0], [0, 0, 1]]


def test_ordinal_numbers_follow_the_declared_and_the_sorted_order() -> None:
    from mldsl.catalog.types import Type

    frame = pl.DataFrame({"size": ["small", "large", None], "city": ["b", "a", "a"]})
    features = columns(size=Type("enum", nullable=True, values=("small", "medium", "large")), city="string")
    given = rule("size city", ("encode", {"method": "ordinal"}))
    preparation, found, encoder = prepared(given, features, frame)
    assert found[:2].tolist() == [[0, 1], [2, 0]]
    assert np.isnan(found[2, 0]), "missing stays missing"
    later = preparation.transform(encoder.encode(pl.DataFrame({"size": ["medium"], "city": ["new"]})))
    assert later.tolist() == [[1, -1]]


def test_parts_of_dates() -> None:
    parts = ["year", "quarter", "month", "day", "weekday", "day_of_year", "hour", "minute"]
    moments = [datetime(2024, 12, 31, 23, 59), datetime(1969, 2, 28, 1, 2), None, datetime(2000, 2, 29, 0, 0)]
    frame = pl.DataFrame({"at": moments})
    preparation, found, _ = prepared(rule("at", ("parts", {"parts": parts})), columns(at="datetime?"), frame)
    assert preparation.names[:2] == ("year(at)", "quarter(at)")
    assert found[0].tolist() == [2024, 4, 12, 31, 2, 366, 23, 59]
    assert found[1].tolist() == [1969, 1, 2, 28, 5, 59, 1, 2]
    assert np.isnan(found[2]).all()
    assert found[3].tolist() == [2000, 1, 2, 29, 2, 60, 0, 0]
    days = pl.DataFrame({"at": [date(2024, 1, 1)]})
    assert prepared(rule("at", ("parts", {"parts": ["weekday"]})), columns(at="date"), days)[1].tolist() == [[1]]


def test_target_encoding_of_training_rows_is_cross_fitted() -> None:
    random = np.random.default_rng(0)
    frame = pl.DataFrame({"code": random.integers(0, 100, 200).astype(str).tolist()})
    noise = random.integers(0, 2, 200)
    _, found, _ = prepared(rule("code", ("encode", {"method": "target"})), columns(code="string"), frame, noise)
    assert abs(np.corrcoef(found[:, 0], noise)[0, 1]) < 0.25, "a row's own target is not in its encoding"


def test_a_text_of_none_and_new_words_gives_zeros() -> None:
    frame = pl.DataFrame({"note": ["good day", None, "bad day"]})
    preparation, found, encoder = prepared(rule("note", "tfidf"), columns(note="text?"), frame)
    assert preparation.names == ("note:bad", "note:day", "note:good")
    assert not found[1].any()
    assert not to_dense(preparation.transform(encoder.encode(pl.DataFrame({"note": [None, "unknown words"]})))).any()


def test_an_all_missing_and_a_constant_column_do_no_harm(bench: Bench) -> None:
    frame = pl.DataFrame({
        "gone": pl.Series([None] * 40, dtype=pl.Float64), "empty": pl.Series([None] * 40, dtype=pl.String),
        "same": [1.0] * 40, "x": list(range(40)), "y": [number % 4 > 1 for number in range(40)],
    })  # fmt: skip
    features = columns(gone="float?", empty="string?", same="float", x="int")
    for name in ("logistic_regression", "gradient_boosting"):
        body = model_body("binary", features, [algorithm(name, "binary")], target=("y", "bool"))
        assert bench.fit(body, frame).model.predict_columns(frame).height == 40


def test_values_that_training_did_not_have_never_break_a_prediction(
    bench: Bench, people: pl.DataFrame, people_features: Sequence[ColumnSpec]
) -> None:
    strange = people[:3].with_columns(
        city=pl.Series(["Ürümqi", None, ""]), note=pl.Series([None, "", "🙂"]), age=pl.Series([None, -1e9, 1e9]),
        plan=pl.Series([None, "team", None]), joined=pl.Series([None, date(1, 1, 1), date(9999, 12, 31)]),
    )  # fmt: skip
    for name in ("logistic_regression", "gradient_boosting"):
        body = model_body("binary", people_features, [algorithm(name, "binary")], target=("stays", "bool"))
        model = bench.fit(body, people).model
        assert model.predict_columns(strange)["stays_probability"].is_between(0, 1).all()
        assert model.predict_columns(people[:0]).schema == model.predict_columns(people[:1]).schema


def test_many_categories_stay_sparse(bench: Bench) -> None:
    random = np.random.default_rng(1)
    frame = pl.DataFrame(
        {"code": random.integers(0, 500, 3000).astype(str).tolist(), "y": random.integers(0, 2, 3000) > 0}
    )
    body = model_body(
        "binary", columns(code="string"), [algorithm("logistic_regression", "binary")], target=("y", "bool")
    )
    fit = bench.fit(body, frame)
    assert fit.model.preparation.sparse
    forest = replace(body, algorithms=(algorithm("naive_bayes", "binary"),))
    assert bench.fit(forest, frame).model.learner.dense


@pytest.mark.parametrize(
    ("given", "features", "message", "help_"),
    [
        (rule("x", ("pca", {"n": 3})), columns(x="float"), "`pca(3)` cannot find 3 directions in 1 column", "fewer"),
        (
            rule("t", ("embed", {"model": "e5"})),
            columns(t="text"),
            "`embed` cannot load the model `e5`",
            "leave `model:`",
        ),
        (rule("t", ("tfidf", {"min_count": 99})), columns(t="text"), "`tfidf(99)` of `t` cannot be fitted", None),
        (rule("p", "scale"), columns(p="image"), "`scale` cannot look at the pictures of `p`", "drop"),
        (rule("x t", "drop"), columns(x="float", t="text"), "no column is left to learn from", None),
    ],
)
def test_a_step_that_cannot_be_fitted_says_why(
    given: PrepareRule, features: Sequence[ColumnSpec], message: str, help_: str | None, bench: Bench
) -> None:
    frame = pl.DataFrame(
        {"x": [1.0, 2, 3, 4], "t": ["a b", "c", "d", "e"], "p": [b"", b"", b"", b""], "y": [True, False] * 2}
    )
    body: ModelBody = model_body(
        "binary", features, [algorithm("logistic_regression", "binary")], target=("y", "bool"), prepare=(given,)
    )
    with pytest.raises(StepFailed) as caught:
        bench.fit(body, frame)
    assert caught.value.message.startswith(message)
    assert help_ is None or help_ in (caught.value.help or "")


def test_an_infinite_value_is_named(bench: Bench, iris: pl.DataFrame, iris_features: Sequence[ColumnSpec]) -> None:
    body = model_body("regression", iris_features, [algorithm("ridge", "regression")], target=("size", "float"))
    with pytest.raises(StepFailed, match="`b` holds an infinite value"):
        bench.fit(body, iris.with_columns(b=pl.lit(float("inf"))))
