"""Rows of which little can be learned, through the command line: a sensible model, or one clear message."""

from __future__ import annotations

from pathlib import Path

import pytest

from mldsl.cli.main import main

PROGRAM = """\
pipeline p {{ seed: 1 }}
source r = csv("r.csv") {{
  id: int key
  t: date time
{columns}
  y: {target}
}}
split d = r {{ train: 70%; test: 30%; time: t }}
"""
MODEL = """\
model m_{name} = predict y from d {{ algorithm {name} {options} }}
evaluate m_{name} on d.test {{ expect {metric} >= 0 }}
"""
TARGETS = {"binary": ("bool", ("true", "false")), "regression": ("float", "123456789")}
SMALL = {"gradient_boosting": "{ max_iter: 5 }", "random_forest": "{ n_estimators: 5 }"}


def run(
    folder: Path,
    rows: list[dict[str, object]],
    columns: str,
    task: str,
    names: list[str],
    capsys: pytest.CaptureFixture[str],
) -> dict[str, str]:
    """What came of each algorithm: `done`, or what was said of its failure."""
    header = list(rows[0])
    lines = [
        ",".join(header),
        *(",".join("" if row[name] is None else str(row[name]) for name in header) for row in rows),
    ]
    (folder / "r.csv").write_text("\n".join(lines) + "\n")
    metric = "rmse" if task == "regression" else "accuracy"
    text = PROGRAM.format(columns=columns, target=TARGETS[task][0])
    models = (MODEL.format(name=name, options=SMALL.get(name, ""), metric=metric) for name in names)
    (folder / "p.ml").write_text(text + "".join(models))
    assert main(["run", str(folder / "p.ml"), "--jobs", "1"]) in (0, 4)
    said = capsys.readouterr().err
    assert "Traceback" not in said
    return {name: outcome(said, f"model      m_{name} ") for name in names}


def outcome(said: str, start: str) -> str:
    at = said.index(start)
    words, error = said[at:].splitlines()[:2]
    return "done" if " done " in words else error.strip()


def row(number: int, task: str, **columns: object) -> dict[str, object]:
    choices = TARGETS[task][1]
    day = f"2024-{1 + number // 28:02d}-{1 + number % 28:02d}"
    return {"id": number, "t": day, **columns, "y": choices[number * 7 % len(choices)]}


CLASSIFIERS = ["gradient_boosting", "logistic_regression", "quadratic_discriminant", "bernoulli_naive_bayes",
               "multinomial_naive_bayes", "complement_naive_bayes"]  # fmt: skip
REGRESSORS = ["gradient_boosting", "ridge", "poisson"]


@pytest.mark.parametrize(("task", "names"), [("binary", CLASSIFIERS), ("regression", REGRESSORS)])
def test_columns_without_any_value_and_of_one_value_do_no_harm(
    task: str, names: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    columns = "  x: float\n  k: int\n  n: float?\n  s: string?\n  b: bool?\n  d: date?"
    rows = [row(i, task, x=i * 31 % 17 - 8, k=5, n=None, s=None, b=None, d=None) for i in range(60)]
    found = run(tmp_path, rows, columns, task, names, capsys)
    singular = found.pop("quadratic_discriminant", "Increase the value of `reg_param`")
    assert set(found.values()) == {"done"}
    assert "Increase the value of `reg_param`" in singular


def test_a_column_of_one_value_alone(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [row(i, "binary", k=5) for i in range(60)]
    found = run(tmp_path, rows, "  k: int", "binary", ["logistic_regression", "linear_discriminant"], capsys)
    assert found["logistic_regression"] == "done"
    assert found["linear_discriminant"].endswith("cannot be fitted: no feature differs between the training rows")


def test_a_class_with_one_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{**row(i, "binary", x=i), "y": "true" if i == 7 else "false"} for i in range(60)]
    found = run(tmp_path, rows, "  x: float", "binary", ["gradient_boosting", "logistic_regression", "svm"], capsys)
    svm = found.pop("svm")
    assert set(found.values()) == {"done"}
    assert svm == "error: `svm` gets its probabilities from folds of the training rows, and one has `false` alone"


def test_one_training_row(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [row(i, "regression", x=i) for i in range(2)]
    found = run(tmp_path, rows, "  x: float", "regression", ["gradient_boosting", "ridge", "random_forest"], capsys)
    assert set(found.values()) == {"done"}


def test_a_target_that_a_loss_is_not_for(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    rows = [{**row(i, "regression", x=i), "y": i - 30} for i in range(60)]
    found = run(tmp_path, rows, "  x: float", "regression", ["poisson"], capsys)
    assert found["poisson"].startswith(
        "error: `poisson` cannot be fitted: Some value(s) of y are out of the valid range"
    )
