"""Columns of very many categories, and columns with nothing in them to learn from: what is said of them."""

from __future__ import annotations

from pathlib import Path

import polars as pl

import mldsl
from mldsl.runs import StepReport

PROGRAM = """\
pipeline p {}
source t = csv("t.csv") { id: int key; word: string; same: float; y: bool }
split s = t { train: 80%; test: 20% }
model m = predict y from s {
  features: FEATURES
  ALGORITHM
}
"""


def fitted(folder: Path, algorithm: str, features: str) -> tuple[StepReport, list[str]]:
    rows = 1_500
    words = [f"w{n * 7919 % 1_400}" for n in range(rows)]
    pl.DataFrame({"id": range(rows), "word": words, "same": 1.0, "y": [n % 3 == 0 for n in range(rows)]}).write_csv(
        folder / "t.csv"
    )
    (folder / "p.ml").write_text(PROGRAM.replace("ALGORITHM", algorithm).replace("FEATURES", features))
    result = mldsl.load(folder / "p.ml").run()
    assert result.exit_status == 0, [step.error for step in result.steps]
    step = result.step("m")
    said = [
        str(item["message"]) for item in mldsl.load(folder / "p.ml").show().events if item["event"] == "step_message"
    ]
    return step, said


def test_very_many_categories_are_told_before_trees_are_fitted_on_them(tmp_path: Path):
    step, said = fitted(tmp_path, "algorithm gradient_boosting { max_iter: 1 }", "word")
    warning = next(item for item in step.warnings if item.startswith("`word` has 1,"))
    assert warning.endswith(
        "categories, each a column of its own for `gradient_boosting`, which takes long: "
        "prepare it with `encode(target)` or `encode(ordinal)`"
    )
    assert said[0] == warning, "it is told before the fit"


def test_nothing_is_said_where_they_cost_little(tmp_path: Path):
    assert fitted(tmp_path, "algorithm naive_bayes {}\n prepare { word: encode(target) }", "word")[0].warnings == ()
    assert fitted(tmp_path, "algorithm logistic_regression {}", "word")[0].warnings == ()


def test_a_constant_column_is_no_news_and_too_few_kinds_of_rows_are_said_to_be(tmp_path: Path):
    assert fitted(tmp_path, "algorithm knn {}\n prepare { same: bin(3) }", "same")[0].warnings == ()
    (tmp_path / "p.ml").write_text(
        'pipeline p {}\nsource t = csv("t.csv") { id: int key; same: float }\n'
        "model k = cluster t { algorithm kmeans { n_clusters: 3 } }\n"
    )
    warnings = mldsl.load(tmp_path / "p.ml").run().step("k").warnings
    assert warnings == ("`kmeans`: the rows are of 1 different kinds, fewer than the 3 clusters asked for",)
