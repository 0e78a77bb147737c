"""The `timeout` of `tune` stops fits that go on: here, and in a task of an orchestrator's."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

import mldsl
from mldsl.runs import RunResult
from mldsl.runtime.store import Stored, open_store
from mldsl.runtime.worker import TaskFailed, run_steps, run_trials
from tests.support.live.pipelines import DATE

PROGRAM = """\
pipeline p {}
source d = sklearn("breast_cancer")
split s = d { train: 70%; test: 30% }
model m = predict target from s {
  algorithm python("stump.py:Stump") { split: CHOICES }
  tune { maximize: roc_auc; trials: TRIALS; cv: 2; TIME sampler: grid }
}
"""
# A fit that does not end in native code, which nothing but the end of the process stops; the others take no time.
STUMP = """\
import re
import numpy as np
from sklearn.base import BaseEstimator, ClassifierMixin

class Stump(ClassifierMixin, BaseEstimator):
    def __init__(self, split=0.0):
        self.split = split

    def fit(self, X, y):
        if self.split > 90:
            re.match("(a*)*b", "a" * 40)
        self.classes_ = np.unique(y)
        self.n_features_in_ = X.shape[1]
        return self

    def predict_proba(self, X):
        low = np.clip(0.5 + (X[:, 0] - self.split) / 10, 0, 1)
        return np.c_[low, 1 - low]

    def predict(self, X):
        return self.classes_[(self.predict_proba(X)[:, 1] > 0.5).astype(int)]
"""


@pytest.fixture(autouse=True)
def code(tmp_path: Path) -> None:
    (tmp_path / "stump.py").write_text(STUMP)


def write(folder: Path, choices: str, trials: int, time: str = "") -> Path:
    text = PROGRAM.replace("CHOICES", f"choice({choices})").replace("TRIALS", str(trials))
    path = folder / "p.ml"
    path.write_text(text.replace("TIME", time))
    return path


def summary(folder: Path, result: RunResult) -> Any:
    store = open_store(".mldsl", folder)
    return json.loads(store.read(Stored(**result.step("m").outputs["summary"])))


def test_the_best_of_what_has_ended_is_taken(tmp_path: Path):
    stopped = mldsl.load(write(tmp_path, "4.0, 0.0, 99.0, 98.0", 4, "timeout: 3s;")).run(jobs=1)
    assert stopped.exit_status == 0
    assert stopped.step("m").warnings == ("tuning ended at its `timeout`, after 2 of 4 trials",)
    whole = mldsl.load(write(tmp_path, "4.0, 0.0", 2)).run()
    assert summary(tmp_path, stopped) == summary(tmp_path, whole)
    assert stopped.step("m").outputs == whole.step("m").outputs


def test_where_no_trial_has_ended_that_is_said(tmp_path: Path):
    result = mldsl.load(write(tmp_path, "99.0, 98.0", 2, "timeout: 1s;")).run()
    error = result.step("m").error
    assert result.exit_status == 4 and error is not None
    assert error.message == "no trial of `tune` ended within its `timeout` of 1 s"
    assert error.help is not None and error.help.startswith("raise `timeout`")


def test_tasks_of_an_orchestrator_stop_too(tmp_path: Path):
    """The share of the trials has its own half of them, of which one does not end; what it found is the model's."""
    mldsl.load(write(tmp_path, "4.0, 99.0", 2, "timeout: 3s;")).compile("local", tmp_path / "plan")
    terms: dict[str, Any] = {"store": "store", "folder": tmp_path, "code": tmp_path, "params": {}}
    terms |= {"run_date": DATE, "run_time": f"{DATE}T00:00:00"}
    plan, said = tmp_path / "plan" / "plan.json", list[str]()
    run_steps(plan, ["source:d", "split:s"], **terms)
    run_trials(plan, "model:m", share=0, shares=2, log=said.append, **terms)
    assert "the time of `tune` is up: trials that have not ended are stopped" in said
    found = run_steps(plan, ["model:m"], log=said.append, **terms)["model:m"]
    assert isinstance(found, dict) and found["state"] == "done"
    assert "warning: tuning ended at its `timeout`, after 1 of 2 trials" in said


def test_a_task_in_which_no_trial_has_ended_fails(tmp_path: Path):
    mldsl.load(write(tmp_path, "99.0", 1, "timeout: 1s;")).compile("local", tmp_path / "plan")
    terms: dict[str, Any] = {"store": "store", "folder": tmp_path, "code": tmp_path, "params": {}}
    terms |= {"run_date": DATE, "run_time": f"{DATE}T00:00:00"}
    with pytest.raises(TaskFailed, match="no trial of `tune` ended within its `timeout` of 1 s"):
        run_steps(tmp_path / "plan" / "plan.json", ["source:d", "split:s", "model:m"], **terms)
