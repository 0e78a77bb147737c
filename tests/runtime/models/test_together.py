"""`calibrate`, `threshold`, `class_weight`, `weight` and `positive` together, through the command line, beside
scikit-learn by hand on the same rows.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest
from sklearn import metrics
from sklearn.calibration import CalibratedClassifierCV
from sklearn.datasets import load_breast_cancer
from sklearn.frozen import FrozenEstimator
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import StandardScaler

from mldsl.cli.main import main

PROGRAM = """\
pipeline p {{ seed: 1 }}
source rows = csv("rows.csv") {{
  id: int key
  a: float
  b: float
  c: float
  w: float
  y: enum("sick", "well")
}}
split data = rows {{ train: 50%; validation: 25%; test: 25%; stratify: y }}
model m = predict y from data {{
  features: a, b, c
  algorithm logistic_regression
  {options}
}}
evaluate m on data.test {{
  expect f1 >= 0
  expect roc_auc >= 0
  expect log_loss >= 0
  expect brier >= 0
  expect recall >= 0
}}
transform scored = data.test {{ predict with m }}
"""


@pytest.fixture(scope="module")
def rows() -> pl.DataFrame:
    """Two in seven are sick; the weights differ by class and row."""
    data = load_breast_cancer()
    sick = data.target == 0
    keep = ~sick | (np.arange(len(sick)) % 2 == 0)
    chance = np.random.default_rng(0)
    return pl.DataFrame(
        {
            "id": np.arange(len(sick)),
            "a": data.data[:, 4] * 10,
            "b": data.data[:, 1],
            "c": data.data[:, 9],
            "w": chance.uniform(0.2, 3, len(sick)).round(2),
            "y": np.where(sick, "sick", "well"),
        }
    ).filter(pl.Series(keep))


def run(folder: Path, rows: pl.DataFrame, options: str, capsys: pytest.CaptureFixture[str]) -> tuple[Any, ...]:
    """The metrics and the baseline of the evaluation, and the parts and the scored test part as tables."""
    rows.write_csv(folder / "rows.csv")
    (folder / "p.ml").write_text(PROGRAM.format(options=options))
    assert main(["run", str(folder / "p.ml"), "--jobs", "1", "--json"]) == 0
    steps = json.loads(capsys.readouterr().out)["steps"]
    tables = []
    for name in ("data.train", "data.validation", "scored"):
        assert main(["run", str(folder / "p.ml"), "--to", name, "--output", str(folder)]) == 0
        tables.append(pl.read_parquet(folder / f"{name}.parquet"))
    evaluation = next(step for step in steps if step["kind"] == "evaluate")
    return evaluation, *tables


def by_hand(
    train: pl.DataFrame, valid: pl.DataFrame, test: pl.DataFrame, positive: str, method: str, weighted: bool
) -> Any:
    """The probability of the positive class in the validation and the test part."""

    def x(frame: pl.DataFrame) -> Any:
        return scaler.transform(frame.select("a", "b", "c").to_numpy())

    def y(frame: pl.DataFrame) -> Any:
        return (frame["y"] == positive).to_numpy()

    def w(frame: pl.DataFrame) -> Any:
        return frame["w"].to_numpy() if weighted else None

    scaler = StandardScaler().fit(train.select("a", "b", "c").to_numpy())
    model = LogisticRegression(max_iter=1000, class_weight="balanced")
    model.fit(x(train), y(train), sample_weight=w(train))
    calibrated = CalibratedClassifierCV(FrozenEstimator(model), method=method)
    calibrated.fit(x(valid), y(valid), sample_weight=w(valid))
    return [calibrated.predict_proba(x(frame))[:, 1] for frame in (valid, test)]


def best_threshold(truth: Any, chances: Any, worth: Any) -> float:
    """Of all half-way between neighbours the best, of equally good ones the one nearest to a half."""
    values = np.unique(chances)
    levels = [min(values[0], 0.5), *((values[1:] + values[:-1]) / 2), np.nextafter(values[-1], 2)]
    found = [worth(truth, chances >= level) for level in levels]
    return min(
        (level for level, value in zip(levels, found, strict=True) if value == max(found)), key=lambda t: abs(t - 0.5)
    )


@pytest.mark.filterwarnings("ignore:Since FrozenEstimator")  # which is fitted already
@pytest.mark.parametrize(
    ("method", "positive", "weighted", "threshold"),
    [
        ("sigmoid", "sick", True, "maximize(f1)"),
        ("isotonic", "well", True, "cost(false_positive: 1, false_negative: 5)"),
        ("sigmoid", "sick", False, "0.3"),
    ],
)  # fmt: skip
def test_together(
    method: str, positive: str, weighted: bool, threshold: str, rows: pl.DataFrame, tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    weight = "weight: w;" if weighted else ""
    options = f'class_weight: balanced; {weight} calibrate: {method}; positive: "{positive}"; threshold: {threshold}'
    evaluation, train, valid, scored = run(tmp_path, rows, options, capsys)
    on_valid, on_test = by_hand(train, valid, scored, positive, method, weighted)
    truth, valid_truth = ((frame["y"] == positive).to_numpy() for frame in (scored, valid))
    chances = scored["y_probability"].to_numpy()
    assert chances == pytest.approx(on_test, abs=1e-3)

    costs = {"maximize(f1)": metrics.f1_score, "0.3": None}
    worth = costs.get(threshold, lambda t, p: -(1 * (p & ~t).sum() + 5 * (~p & t).sum()))
    level = 0.3 if worth is None else best_threshold(valid_truth, on_valid, worth)
    called = on_test >= level
    near = abs(on_test - level) < 2e-3  # the two sigmoids are minimised by different means
    assert ((scored["y_predicted"] == positive).to_numpy() == called)[~near].all()
    assert near.sum() <= 2

    said = (scored["y_predicted"] == positive).to_numpy()
    expected = {
        "f1": metrics.f1_score(truth, said),
        "recall": metrics.recall_score(truth, said),
        "roc_auc": metrics.roc_auc_score(truth, chances),
        "log_loss": metrics.log_loss(truth, chances),
        "brier": metrics.brier_score_loss(truth, chances),
    }
    assert {name: evaluation["metrics"][name] for name in expected} == pytest.approx(expected)


BESIDE = """\
pipeline p { seed: 1 }
source rows = csv("rows.csv") {
  id: int key
  a: float
  b: float
  c: float
  w: float
  y: enum("sick", "well")
}
transform more = rows { derive kind = if a < 0.9 then "low" else if a < 1.1 then "some" else "high" }
split data = more { train: 70%; test: 30% }
model two = predict y from data { features: a, b; algorithm decision_tree { max_depth: 2 } }
model three = predict kind from data { features: b, c; algorithm decision_tree { max_depth: 2 } }
model number = predict a from data { features: b, c; algorithm decision_tree { max_depth: 2 } }
evaluate two on data.test { expect log_loss >= 0 }
evaluate three on data.test { expect accuracy >= 0 }
evaluate number on data.test { expect rmse >= 0 }
"""


def test_the_trivial_baseline_stands_beside_the_model_in_a_run_and_when_it_is_shown(
    rows: pl.DataFrame, tmp_path: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    rows.write_csv("rows.csv")
    Path("p.ml").write_text(BESIDE)
    assert main(["run", "p.ml", "--jobs", "1"]) == 0
    said = capsys.readouterr().err
    for part in ("data.train", "data.test"):
        assert main(["run", "p.ml", "--to", part, "--output", "."]) == 0
    train, test = (pl.read_parquet(f"data.{part}.parquet") for part in ("train", "test"))
    shares = train["y"].value_counts(normalize=True)
    chance = dict(zip(shares["y"].to_list(), shares["proportion"].to_list(), strict=True))
    commonest = train["kind"].mode().item()
    baselines = {
        "log_loss": -np.mean([np.log(chance[y]) for y in test["y"]]),
        "accuracy": (test["kind"] == commonest).mean(),
        "rmse": np.sqrt(((test["a"] - train["a"].mean()) ** 2).mean()),
    }
    for name, value in baselines.items():
        line = next(line for line in said.splitlines() if f"{name} >= 0: " in line)
        assert line.endswith(f"(baseline {value:.4g})")
    assert main(["run", "p.ml", "--jobs", "1"]) == 0
    assert main(["show"]) == 0
    shown = capsys.readouterr()
    assert all(f"(baseline {value:.4g})" in shown.out + shown.err for value in baselines.values())
