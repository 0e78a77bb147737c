"""Reports as pictures: every one can be drawn, whatever the rows; names are text; the same findings, the same bytes."""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
from functools import cache
from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import numpy as np
import polars as pl
import pytest

from mldsl.catalog.types import Type
from mldsl.catalog.vocabulary import REPORTS
from mldsl.runtime.evaluation import evaluate as evaluate_module
from mldsl.runtime.evaluation.pictures import draw
from mldsl.runtime.evaluation.pictures.draw import DRAWINGS
from tests.support.cli import ROOT, environment
from tests.support.learning import Bench, algorithm, columns, model_body

FEATURES = columns(x="float", z="float")
KINDS = Type("enum", values=("low", "mid", "high"))
HOSTILE = '</text><script>alert("1")</script> $\\frac{a}{b}$ & _x\x07\n漢字'


@cache
def rows() -> pl.DataFrame:
    random = np.random.default_rng(1)
    x, noise = random.normal(size=400), random.normal(size=400)
    kind = pl.Series(np.array(KINDS.values)[np.digitize(x + noise, [-0.5, 0.5])].tolist())
    return pl.DataFrame({
        "x": x, "z": random.normal(size=400), "y": x + noise > 0.5, "amount": 1000 + 300 * x + noise,
        "kind": kind.cast(pl.Enum(list(KINDS.values))), "odd": np.abs(x) > 2, "house": random.integers(0, 40, 400),
    })  # fmt: skip


TASKS: dict[str, dict[str, Any]] = {
    "binary": {"algorithm": "logistic_regression", "target": ("y", "bool")},
    "multiclass": {"algorithm": "logistic_regression", "target": ("kind", KINDS)},
    "regression": {"algorithm": "ridge", "target": ("amount", "float")},
    "cluster": {"algorithm": "kmeans"},
    "anomaly": {"algorithm": "isolation_forest"},
}


@pytest.fixture(scope="module")
def evaluate(tmp_path_factory: pytest.TempPathFactory):
    """The findings of a task's evaluation on some rows, with all of its reports."""
    fits = {}

    def found(task: str, judged: pl.DataFrame, **more: Any) -> dict[str, Any]:
        if task not in fits:
            given = TASKS[task]
            body = model_body(task, FEATURES, [algorithm(given["algorithm"], task)], target=given.get("target"))
            fits[task] = Bench(tmp_path_factory.mktemp(task)).fit(body, rows())
        names = tuple(name for name, report in REPORTS.items() if task in report.tasks)
        against = {"against": "odd"} if task == "anomaly" else {}
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(evaluate_module, "_draw", lambda work, found: None)  # the tests draw themselves
            return fits[task].evaluate(judged, reports=names, **against, **more)[1]

    return found


def texts(svg: bytes) -> list[str]:
    """All that is written in a picture; raises for what is no XML."""
    root = ElementTree.fromstring(svg)
    return ["".join(node.itertext()) for node in root.iter() if node.tag.endswith("}text")]


def test_every_report_has_a_drawing() -> None:
    assert set(DRAWINGS) == set(REPORTS)


@pytest.mark.parametrize("task", list(TASKS))
@pytest.mark.parametrize(
    "judged",
    [
        pytest.param(lambda: rows()[200:], id="many rows"),
        pytest.param(lambda: rows()[:2], id="two rows"),
        pytest.param(lambda: rows().filter("y", kind="high", odd=False)[:35], id="one class"),
    ],
)
def test_every_report_can_be_drawn_of_any_rows(evaluate, task: str, judged) -> None:
    found = evaluate(task, judged())
    for name, data in found["reports"].items():
        said = texts(draw(name, found))
        assert said[0] == "m on test" or "m on test" in said, name
        if isinstance(data, dict) and "undefined" in data:
            assert f"nothing to draw: {data['undefined']}" in said
        rows_told = f"{found['rows']:,} row"
        assert any(rows_told in text for text in said), name


def test_axes_and_legends_speak_the_words_of_the_data(evaluate) -> None:
    found = evaluate("binary", rows()[200:])
    positive = int(rows()[200:]["y"].sum())
    curve = texts(draw("roc_curve", found))
    area = found["metrics"]["roc_auc"]
    low, high = found["reports"]["roc_curve"]["interval"]
    assert f"ROC curve · 200 rows, {positive} with y = true" in curve
    assert "false positive rate: share of y = false that is called positive" in curve
    assert f"area {area:.3g} (95%: {low:.3g} to {high:.3g})" in curve
    assert "chance: area 0.5" in curve
    assert "at the threshold 0.5" in curve
    assert "predicted probability of y = true" in texts(draw("score_histogram", found))
    base = found["baseline"]["accuracy"]
    assert any(f"(the baseline: {base:.1%})" in text for text in texts(draw("confusion_matrix", found)))


@pytest.mark.parametrize("task", ["binary", "multiclass", "regression", "cluster"])
def test_names_are_data_and_nothing_else(evaluate, task: str) -> None:
    """A name may hold markup, formulas, control characters or thousands of letters."""
    found = evaluate(task, rows()[200:])
    found |= {"model": HOSTILE, "table": "t" * 4000, "classes": [HOSTILE + name for name in found["classes"]]}
    if found["target"] is not None:
        found["target"] = HOSTILE
    for name, data in found["reports"].items():
        if name == "feature_importance":
            data["features"][0]["feature"] = HOSTILE
        if name in ("confusion_matrix", "class_report"):
            for number, item in enumerate(data["classes"]):
                data["classes"][number] = HOSTILE if isinstance(item, str) else {**item, "class": HOSTILE}
        svg = draw(name, found)
        assert not [node for node in ElementTree.fromstring(svg).iter() if node.tag.endswith("script")]
        assert any(text.startswith("</text><script>") for text in texts(svg)), name
        assert len(svg) < 200_000


def test_many_classes_features_and_clusters_stay_readable(evaluate) -> None:
    found = evaluate("multiclass", rows()[200:])
    names = [f"class {number}" for number in range(150)]
    random = np.random.default_rng(0)
    counts = random.integers(0, 9, (150, 150))
    found["reports"]["confusion_matrix"] = {"classes": names, "counts": counts.tolist()}
    said = texts(draw("confusion_matrix", found))
    largest = {names[place] for place in np.argsort(-counts.sum(axis=1), kind="stable")[:60]}
    assert {text for text in said if text in names} == largest
    assert any("The 60 largest of 150 classes." in text for text in said)
    features = [{"feature": f"column {number}", "importance": 1 / (number + 1), "spread": 0} for number in range(200)]
    found["reports"]["feature_importance"]["features"] = features
    said = texts(draw("feature_importance", found))
    assert "column 29" in said
    assert "column 30" not in said
    assert any("170 less important columns left out" in text for text in said)


_DRAW = """
import hashlib, json, sys
from mldsl.runtime.evaluation import evaluate as evaluate_module
from mldsl.runtime.evaluation.pictures import draw
found = json.load(open(sys.argv[1]))
print(json.dumps({name: hashlib.sha256(draw(name, found)).hexdigest() for name in sys.argv[2:]}))
"""


def test_the_same_findings_give_the_same_bytes_in_another_process_with_other_settings(evaluate, tmp_path) -> None:
    found = evaluate("binary", rows()[200:])
    names = ("roc_curve", "confusion_matrix", "feature_importance")
    here = {name: hashlib.sha256(draw(name, found)).hexdigest() for name in names}
    (tmp_path / "found.json").write_text(json.dumps(found))
    (tmp_path / "matplotlibrc").write_text("font.size: 30\naxes.facecolor: red\nsvg.fonttype: path\n")
    surroundings = environment(PYTHONHASHSEED="7", TZ="Asia/Tokyo", HOME="/proc/none", MPLBACKEND="not there")
    done = subprocess.run(
        [sys.executable, "-c", _DRAW, "found.json", *names],
        cwd=tmp_path, capture_output=True, text=True, env=surroundings,
    )  # fmt: skip
    assert json.loads(done.stdout) == here, done.stderr
    assert done.stderr == ""
    assert not re.search(rb"\d\d:\d\d:\d\d|dc:date", draw("roc_curve", found))


def test_settings_of_whoever_else_draws_stay_as_they_are(evaluate) -> None:
    import matplotlib

    found = evaluate("cluster", rows())
    with matplotlib.rc_context({"font.size": 31}):
        draw("cluster_sizes", found)
        assert matplotlib.rcParams["font.size"] == 31


def test_only_who_draws_needs_what_draws(tmp_path: Path) -> None:
    code = "import sys, mldsl.runtime.evaluation.evaluate; print('matplotlib' in sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, env=environment())
    assert done.stdout.strip() == "False", done.stderr
