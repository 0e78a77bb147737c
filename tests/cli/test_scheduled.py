"""`mldsl run --scheduled`: what a cron job runs, with the champion and without training."""

from __future__ import annotations

import json
import shutil
import sqlite3
from pathlib import Path

import polars as pl
import pytest

from tests.support.cli import mldsl

PROGRAM = """\
pipeline wines
param least: float = 0.0
source bottles = parquet("wine.parquet") {
  id: int key
  alcohol: float
  hue: float
  good: bool
}
source arrived = parquet("arrived.parquet") {
  id: int key
  alcohol: float
  hue: float
}
transform new = arrived { filter alcohol >= least }
split data = bottles { train: 70%; test: 30% }
model taste = predict good from data { algorithm logistic_regression { C: 1.0 } }
evaluate taste on data.test { expect accuracy > 0.6 }
deploy nightly = taste to batch(new) {
  require evaluation
  schedule: cron("0 5 * * *")
  write: table(secret("SCORES"), "scores")
}
"""


@pytest.fixture(scope="module")
def trained(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the program has run once."""
    from sklearn.datasets import load_wine

    folder = tmp_path_factory.mktemp("wines")
    data = load_wine(as_frame=True)
    frame = pl.DataFrame({name: data.frame[name].to_numpy() for name in ("alcohol", "hue")}).with_row_index("id")
    frame = frame.with_columns(pl.col("id").cast(pl.Int64))
    frame.with_columns(good=pl.Series((data.target > 0).to_numpy())).write_parquet(folder / "wine.parquet")
    frame.head(20).write_parquet(folder / "arrived.parquet")
    (folder / "wines.ml").write_text(PROGRAM, encoding="utf-8")
    before = mldsl("run", "wines.ml", "--scheduled", "nightly", cwd=folder, SCORES="sqlite:///scores.db")
    assert before.returncode == 3
    assert "`nightly` has no champion yet that could score `new`" in before.stderr
    assert not (folder / "scores.db").exists()
    done = mldsl("run", "wines.ml", "--set", "run_date=2025-06-01", cwd=folder, SCORES="sqlite:///scores.db")
    assert done.returncode == 0, done.stderr
    return folder


def _rows(folder: Path) -> list[tuple[str, int]]:
    with sqlite3.connect(folder / "scores.db") as database:
        return database.execute("select run_date, count(*) from scores group by 1 order by 1").fetchall()


def test_the_table_of_today_is_scored_by_the_champion(trained: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(trained, tmp_path / "wines")
    arrived = pl.read_parquet(folder / "wine.parquet").drop("good").tail(30)
    arrived.write_parquet(folder / "arrived.parquet")
    words = ["run", "wines.ml", "--scheduled", "nightly", "--set", "run_date=2025-06-02", "--json"]
    done = mldsl(*words, cwd=folder, SCORES="sqlite:///scores.db")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert [step["kind"] for step in document["steps"]] == ["source", "transform", "deploy"]
    assert _rows(folder) == [("2025-06-01", 20), ("2025-06-02", 30)]
    # The model that was trained says the same of these rows.
    import mldsl as api

    result = api.load(folder / "wines.ml").run(to="taste", output=folder / "out")
    assert result.exit_status == 0
    from mldsl.plan.nodes import ModelBody
    from mldsl.runtime.models.storage import load

    body = api.load(folder / "wines.ml").plan().step("model:taste").body
    assert isinstance(body, ModelBody)
    model = load(folder / "out/taste.skops", body, folder)
    wanted = model.predict_columns(arrived)["good_probability"].to_list()
    with sqlite3.connect(folder / "scores.db") as database:
        query = "select good_probability from scores where run_date = '2025-06-02' order by id"
        assert [value for (value,) in database.execute(query)] == wanted
    listed = mldsl("runs", "--json", cwd=folder)
    newest = json.loads(listed.stdout)["runs"][1]
    assert newest["pipeline"] == "wines/nightly" and newest["status"] == "done"


def test_a_champion_that_does_not_fit_the_table_is_said(trained: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(trained, tmp_path / "wines")
    # The model is to learn from a column less, and has not been trained anew.
    text = PROGRAM.replace("alcohol >= least }", "alcohol >= least; drop hue }")
    text = text.replace("predict good from data {", "predict good from data { features: alcohol;")
    (folder / "wines.ml").write_text(text, encoding="utf-8")
    done = mldsl("run", "wines.ml", "--scheduled", "nightly", cwd=folder, SCORES="sqlite:///scores.db")
    assert done.returncode == 4
    assert "`nightly`: `new` has no column `hue`, which the model was trained on" in done.stderr
    assert _rows(folder) == [("2025-06-01", 20)]


def test_an_altered_model_is_not_read(trained: Path, tmp_path: Path) -> None:
    folder = shutil.copytree(trained, tmp_path / "wines")
    for model in (folder / ".mldsl/objects").glob("*.skops"):
        data = bytearray(model.read_bytes())
        data[-1] ^= 1
        model.write_bytes(bytes(data))
    done = mldsl("run", "wines.ml", "--scheduled", "nightly", cwd=folder, SCORES="sqlite:///scores.db")
    assert done.returncode == 4
    assert "was altered" in done.stderr


def test_what_cannot_be_scheduled_is_wrong_usage(trained: Path) -> None:
    done = mldsl("run", "wines.ml", "--scheduled", "nightl", cwd=trained)
    assert done.returncode == 2 and "did you mean `nightly`?" in done.stderr
    done = mldsl("run", "wines.ml", "--scheduled", "nightly", "--to", "new", cwd=trained)
    assert done.returncode == 2 and "`--scheduled` runs as a whole" in done.stderr
