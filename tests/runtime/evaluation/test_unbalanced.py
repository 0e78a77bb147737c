"""Accuracy asked of an unbalanced target is warned of, and of no other."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mldsl.plan.nodes import Expectation
from tests.support.conditions import at_least, at_most, call, expect, gap, metric
from tests.support.learning import Bench, algorithm, columns, model_body


def cells(malignant: int) -> pl.DataFrame:
    """Breast cancer's 357 benign cells, and so many malignant ones."""
    from sklearn.datasets import load_breast_cancer

    data = load_breast_cancer()
    frame = pl.DataFrame(data.data[:, :3], schema=["x0", "x1", "x2"]).with_columns(y=pl.Series(data.target == 1))
    kept = pl.concat([frame.filter("y"), frame.filter(~pl.col("y"))[:malignant]])
    return kept.with_columns(ward=pl.Series([f"w{number % 2}" for number in range(kept.height)]))


def findings(folder: Path, frame: pl.DataFrame, *expectations: Expectation) -> list[dict[str, Any]]:
    features = columns(x0="float", x1="float", x2="float")
    body = model_body("binary", features, [algorithm("naive_bayes", "binary")], target=("y", "bool"))
    result, _ = Bench(folder).fit(body, frame).evaluate(frame, expectations=expectations)
    return list(result.details.get("findings", []))


@pytest.mark.parametrize(
    "asked",
    [
        expect(at_least("accuracy", 0.5)),
        expect(call("and", at_least("recall", 0.1), at_least("accuracy", 0.5))),
        expect(at_most(gap("accuracy", "ward"), 0.9)),
    ],
)
def test_accuracy_of_a_badly_unbalanced_target(asked: Expectation, tmp_path: Path) -> None:
    (found,) = findings(tmp_path, cells(malignant=30), asked)
    assert (found["code"], found["severity"]) == ("ML410", "warning")
    assert "92.2% of the training rows are `true`" in found["message"], "357 of 387"
    assert "balanced_accuracy" in found["help"]


@pytest.mark.parametrize("name", ["balanced_accuracy", "roc_auc", "mcc"])
def test_other_metrics_may_be_asked(name: str, tmp_path: Path) -> None:
    assert findings(tmp_path, cells(malignant=30), expect(at_least(metric(name), 0.1))) == []


@pytest.mark.parametrize("malignant", [212, 60])
def test_accuracy_of_other_targets(malignant: int, tmp_path: Path) -> None:
    assert findings(tmp_path, cells(malignant), expect(at_least("accuracy", 0.5))) == []


def test_nothing_asked_nothing_said(tmp_path: Path) -> None:
    assert findings(tmp_path, cells(malignant=30)) == []
