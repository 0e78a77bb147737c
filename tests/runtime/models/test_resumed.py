"""A search that was killed goes on where it was: what was fitted is not fitted again, and the model is the same."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

import mldsl
from mldsl.runtime.models.estimators import Recipe
from mldsl.runtime.models.memory import Memory
from mldsl.runtime.store import open_store
from mldsl.runtime.store.store import trials_folder
from tests.support.cli import ROOT
from tests.support.learning import algorithm

SLOW = '''\
import os, pathlib, time
from sklearn.linear_model import LogisticRegression

LOG = pathlib.Path(__file__).with_name("fits.log")


class Slow(LogisticRegression):
    """Writes down each fit, and takes its time."""

    def fit(self, X, y, sample_weight=None):
        time.sleep(0.05)
        super().fit(X, y, sample_weight)
        with LOG.open("a") as file:
            file.write(f"{self.C} {len(X)}\\n")
        return self
'''
PROGRAM = """\
pipeline trial { seed: 4 }
source iris = sklearn("iris")
split data = iris { train: 70%; test: 30% }
model m = predict target from data {
  algorithm python("slow.py:Slow") { C: 0.01..10.0 log; max_iter: 400 }
  algorithm naive_bayes { var_smoothing: 1e-9..1e-6 log }
  tune { maximize: accuracy; trials: 14; cv: 3; sampler: SAMPLER }
}
evaluate m on data.test { expect accuracy > 0.5 }
"""


def written(folder: Path, sampler: str) -> Path:
    folder.mkdir()
    (folder / "slow.py").write_text(SLOW)
    (folder / "trial.ml").write_text(PROGRAM.replace("SAMPLER", sampler))
    return folder / "trial.ml"


def fits(folder: Path) -> list[str]:
    log = folder / "fits.log"
    return log.read_text().splitlines() if log.exists() else []


def digest(program: Path, jobs: int) -> str:
    found = mldsl.load(program).run(jobs=jobs)
    assert found.exit_status == 0, found
    return str(found.step("m").outputs["model"]["digest"])


def killed(program: Path, after: int, with_: signal.Signals) -> None:
    """Start a run, and end it after so many fits."""
    env = {**os.environ, "PYTHONPATH": f"{ROOT}:{ROOT / 'backends'}"}
    words = [sys.executable, "-m", "mldsl", "run", program.name, "--jobs", "1"]
    process = subprocess.Popen(
        words, cwd=program.parent, env=env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, start_new_session=True
    )
    end = time.monotonic() + 120
    while len(fits(program.parent)) < after and time.monotonic() < end and process.poll() is None:
        time.sleep(0.01)
    assert process.poll() is None, "it was to be killed while it was busy"
    os.killpg(process.pid, with_)
    process.wait(60)


@pytest.mark.parametrize(("sampler", "with_"), [("tpe", signal.SIGKILL), ("grid", signal.SIGINT)])
def test_a_killed_search_goes_on(sampler: str, with_: signal.Signals, tmp_path: Path) -> None:
    whole = written(tmp_path / "whole", sampler)
    expected = digest(whole, jobs=2)
    in_all = len(fits(whole.parent))
    program = written(tmp_path / "killed", sampler)
    killed(program, 9, with_)
    before = len(fits(program.parent))
    assert 9 <= before < in_all
    assert digest(program, jobs=1) == expected, "for another number of jobs, too"
    again = len(fits(program.parent)) - in_all
    assert 0 <= again <= 2, "no more than what was being fitted"
    store = open_store(".mldsl", program.parent)
    assert not list((program.parent / ".mldsl").glob("trials/*")), store


def test_scores_are_remembered_exactly_and_by_all_that_they_depend_on(tmp_path: Path) -> None:
    memory = Memory(open_store("store", tmp_path), "abc")

    def recipe(**values: Any) -> Recipe:
        return Recipe(0, algorithm("knn", "binary"), values)

    memory.keep(recipe(p=2, n=3), "f1", 1, 0.1 + 0.2)
    assert memory.score(recipe(n=3, p=2), "f1", 1) == 0.1 + 0.2
    others = [(recipe(p=2, n=4), "f1", 1), (recipe(p=2, n=3), "accuracy", 1), (recipe(p=2, n=3), "f1", 2)]
    assert [memory.score(*other) for other in others] == [None] * 3
    (file,) = (tmp_path / "store" / trials_folder("abc")).iterdir()
    for damaged in ("", "{", json.dumps({"score": "0.3"}), json.dumps([1])):
        file.write_text(damaged)
        assert memory.score(recipe(p=2, n=3), "f1", 1) is None
