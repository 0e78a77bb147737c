"""A class of the user's own that misbehaves is named, with what it did."""

from __future__ import annotations

from collections.abc import Sequence

import polars as pl
import pytest

from mldsl.plan.nodes import ColumnSpec, PythonCode
from mldsl.runtime.errors import StepFailed
from tests.support.learning import Bench, by_path, model_body

CLASS = """\
import numpy as np

class Mine:
    def fit(self, X, y):
        {fit}
        return self

    def predict(self, X):
        {predict}
"""
CASES = {
    "fit raises": ("raise KeyError('x')", "return X[:, 0]", "`Mine` cannot be fitted: KeyError"),
    "too few": ("pass", "return np.zeros(3)", r"was asked about 60 rows and gave an answer of shape \(3,\)"),
    "one number": ("pass", "return 1.0", r"was asked about 60 rows and gave an answer of shape \(\)"),
    "words": ("pass", "return ['a'] * len(X)", "`Mine` cannot predict: could not convert string to float"),
    "nothing": ("pass", "return None", r"`Mine` was asked about 60 rows|`Mine` cannot predict"),
    "predict raises": ("pass", "return X[0][99]", "`Mine` cannot predict: IndexError"),
    "not finite": ("pass", "return np.full(len(X), np.inf)", "predicts what is not a finite number"),
}


@pytest.mark.parametrize("case", CASES)
def test_what_it_did_is_told(case: str, bench: Bench, iris: pl.DataFrame, iris_features: Sequence[ColumnSpec]) -> None:
    fit, predict, message = CASES[case]
    (bench.folder / "mine.py").write_text(CLASS.format(fit=fit, predict=predict))
    chosen = by_path(PythonCode(path="mine.py", name="Mine"))
    body = model_body("regression", iris_features, [chosen], target=("size", "float"))
    with pytest.raises(StepFailed, match=message):
        bench.fit(body, iris[:90]).model.predict_columns(iris[90:])
