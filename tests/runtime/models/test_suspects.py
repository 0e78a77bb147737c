"""Features that predict too well, or tell rows apart: found in the training rows of real tables, and only there."""

from __future__ import annotations

from typing import Any

import numpy as np
import polars as pl
import pytest

from mldsl.catalog.types import Type
from tests.support.cli import ROOT
from tests.support.learning import Bench, algorithm, columns, model_body

BINARY, MANY, NUMBER = "binary", "multiclass", "regression"
ALGORITHM = {BINARY: "decision_tree", MANY: "decision_tree", NUMBER: "ridge"}


def findings(bench: Bench, frame: pl.DataFrame, task: str, target: str, **types: str | Type) -> list[dict[str, Any]]:
    """What a model's step says of these features."""
    kind: Any = {BINARY: "bool", NUMBER: "float"}.get(task)
    if task == MANY:
        kind = Type("enum", values=tuple(frame[target].cast(pl.String).unique().sort().to_list()))
    features = columns(**types)
    body = model_body(task, features, [algorithm(ALGORITHM[task], task)], target=(target, kind))
    return list(bench.fit(body, frame).result.details.get("findings", []))


def floats(frame: pl.DataFrame, *but: str) -> dict[str, str]:
    kinds = {name: "float?" if frame[name].null_count() else "float" for name in frame.columns if name not in but}
    return {name: kind for name, kind in kinds.items() if frame[name].dtype.is_numeric()}


@pytest.fixture(scope="module")
def cancer() -> pl.DataFrame:
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer()
    frame = pl.DataFrame(data.data, schema=[f"x{number}" for number in range(30)])
    return frame.with_columns(y=pl.Series(data.target == 1))


@pytest.fixture(scope="module")
def diabetes() -> pl.DataFrame:
    from sklearn.datasets import load_diabetes

    data = load_diabetes()
    return pl.DataFrame(data.data, schema=[f"x{number}" for number in range(10)]).with_columns(y=pl.Series(data.target))


@pytest.fixture(scope="module")
def churn() -> pl.DataFrame:
    frame = pl.read_csv(ROOT / "examples/churn/data/customers.csv").drop("rownames")
    return frame.with_columns(churn=pl.col("churn") == "Yes")


@pytest.fixture(scope="module")
def penguins() -> pl.DataFrame:
    return pl.read_csv(ROOT / "examples/penguins/data/penguins.csv", null_values="NA")


def test_good_features_are_not_suspects(
    bench: Bench, cancer: pl.DataFrame, diabetes: pl.DataFrame, iris: pl.DataFrame
) -> None:
    assert findings(bench, cancer, BINARY, "y", **floats(cancer, "y")) == []
    assert findings(bench, diabetes, NUMBER, "y", **floats(diabetes, "y")) == []
    four = floats(iris, "kind", "large", "size")
    for task, target in ((BINARY, "large"), (MANY, "kind"), (NUMBER, "size")):
        assert findings(bench, iris, task, target, **four) == []


def test_nor_are_those_of_the_examples(bench: Bench, churn: pl.DataFrame, penguins: pl.DataFrame) -> None:
    strings = {name: "string" for name in churn.columns if churn[name].dtype == pl.String}
    assert findings(bench, churn, BINARY, "churn", **strings, **floats(churn, "churn")) == []
    fields = {"island": "string", "sex": "string?", **floats(penguins, "species")}
    assert findings(bench, penguins, MANY, "species", **fields) == []


def told(found: list[dict[str, Any]], code: str) -> list[str]:
    """The features that are told of, by the first name in each sentence."""
    assert all(item["severity"] == "warning" and item["help"] for item in found)
    return [item["message"].split("`")[1] for item in found if item["code"] == code]


def test_the_target_by_another_name_is_found(bench: Bench, cancer: pl.DataFrame) -> None:
    y = pl.col("y")
    leaking = cancer.with_columns(
        flag=y, code=pl.when(y).then(pl.lit("B-17")).otherwise(pl.lit("M-3")),
        shifted=y.cast(float) * 3 - 1 + pl.col("x0") / 1000, gap=pl.when(y).then(None).otherwise(pl.col("x1")),
        middle=pl.when(y).then(pl.col("x1") / 1000).otherwise((pl.col("x0") - 17).sign() + pl.col("x2") / 1000),
    )  # fmt: skip
    more = {"flag": "bool", "code": "string", "gap": "float?", "shifted": "float"}
    found = findings(bench, leaking, BINARY, "y", **floats(cancer, "y"), **more)
    assert told(found, "ML314") == ["flag", "code", "gap", "shifted"]
    assert found[0]["message"].endswith("with an area under the ROC curve of 1.0000")


def test_of_several_classes_all_have_to_be_given_away(bench: Bench, penguins: pl.DataFrame) -> None:
    number = pl.col("species").replace_strict({"Adelie": 2, "Gentoo": 1, "Chinstrap": 3}, return_dtype=pl.Float64)
    leaking = penguins.with_columns(number=number, one=(pl.col("species") == "Gentoo").cast(float))
    found = findings(bench, leaking, MANY, "species", number="float", one="float", island="string")
    assert told(found, "ML314") == ["number"]


def test_a_number_in_other_units_or_another_order_is_found(bench: Bench, diabetes: pl.DataFrame) -> None:
    y = pl.col("y")
    leaking = diabetes.with_columns(log=-(y.log()), days=y * 365 + pl.col("x0"), rough=y + 40 * pl.col("x2").sign())
    found = findings(bench, leaking, NUMBER, "y", **floats(leaking, "y"))
    assert told(found, "ML314") == ["log", "days"]
    assert "share of explained variance of 1.0000" in found[0]["message"]


def test_few_rows_say_nothing(bench: Bench, cancer: pl.DataFrame) -> None:
    few = cancer[:50].with_columns(flag=pl.col("y"))
    assert findings(bench, few, BINARY, "y", flag="bool", x0="float") == []


# --- identifiers -----------------------------------------------------------------------------------------------------


def test_a_nearly_unique_string_is_found(bench: Bench, cancer: pl.DataFrame) -> None:
    numbers = np.arange(cancer.height)
    named = cancer.with_columns(
        sample=pl.Series([f"S-{number:05}" for number in numbers]),
        mostly=pl.Series([f"P-{number if number % 20 else 0}" for number in numbers]),
        ward=pl.Series([f"W-{number % 150}" for number in numbers]),
    )
    found = findings(bench, named, BINARY, "y", sample="string", mostly="string", ward="string", x0="float")
    assert told(found, "ML308") == ["sample", "mostly"]
    assert found[0]["message"].startswith("`sample` has 569 different values in 569 training rows")
    assert told(found, "ML314") == []


def test_strings_that_come_back_and_texts_are_no_identifiers(bench: Bench, churn: pl.DataFrame) -> None:
    strings = {name: "string" for name in churn.columns if churn[name].dtype == pl.String}
    assert told(findings(bench, churn, BINARY, "churn", **strings), "ML308") == []
    notes = churn.with_columns(note=pl.Series([f"called about bill {number}" for number in range(churn.height)]))
    assert findings(bench, notes[:500], BINARY, "churn", note="text", tenure="int") == []
    assert findings(bench, notes[:40], BINARY, "churn", note="string", tenure="int") == []
