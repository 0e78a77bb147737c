"""Programs for Kubeflow in which something goes wrong, and what their runs are given."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from tests.support.live.faults import FLAKY
from tests.support.live.kubeflow import KubeflowRuns, Run, mounted
from tests.support.live.pipelines import lay_out_data

_FLAKY = """
pipeline {name} {{ retries: 1; retry_delay: 0s; notify: secret("WEBHOOK") }}
source made = python("flaky.py:rows") {{ id: int }}
check made {{ expect rows() == 1 }}
"""
_PENGUINS = """\
source penguins = csv("data/penguins.csv") {
  species: enum("Adelie", "Chinstrap", "Gentoo")
  bill:    float?  from "bill_length_mm"
  depth:   float?  from "bill_depth_mm"
}
"""
_GATED = f"""
pipeline gated {{ retries: 2; retry_delay: 0s }}
{_PENGUINS}
source churn = csv("data/customers.csv")
check churn {{ expect rows() > 1 else fail }}
check penguins {{ expect rows() >= 1_000; expect bill > 1_000 else warn }}
transform heavy = penguins {{ filter depth > 15 }}
transform heavier = heavy {{ filter depth > 16 }}
transform kept = churn {{ filter tenure > 60 }}
"""
_JUDGED = f"""
pipeline judged {{ seed: 2 }}
{_PENGUINS}
split data = penguins {{ train: 70%; test: 30% }}
model species_model = predict species from data {{ algorithm decision_tree {{ max_depth: 1 }} }}
evaluate species_model on data.test {{
  expect accuracy >= 0.99
  report: confusion_matrix
}}
"""
_TIMED = f"""
pipeline timed {{ seed: 2 }}
param least: date = @2020-01-01
{_PENGUINS}
check penguins {{ expect rows() > 10 }}
transform aged = penguins {{ derive days = days_between(least, run_date) }}
check aged {{ expect days == 10 }}
split data = aged {{ train: 70%; test: 30% }}
model species_model = predict species from data {{
  features: bill, depth
  algorithm decision_tree {{ max_depth: 1..6 }}
  tune {{ maximize: accuracy; trials: 4; cv: 2; sampler: random }}
}}
"""
_SLOW = """
pipeline slow { timeout: 2s }
source made = python("slow.py:rows") { id: int }
"""
_SECRETLESS = """
pipeline secretless {}
source people = sql(secret("NOBODY_SET_THIS"), "select 1 as x") { x: int }
"""
PROGRAMS: Mapping[str, str] = {
    "flaky": _FLAKY.format(name="flaky"),
    "hopeless": _FLAKY.format(name="hopeless"),
    "gated": _GATED,
    "judged": _JUDGED,
    "timed": _TIMED,
    "slow": _SLOW,
    "secretless": _SECRETLESS,
}
ARGUMENTS: Mapping[str, Mapping[str, object]] = {"timed": {"run_time": "2025-01-31T10:00:00", "least": "2025-01-21"}}
OPTIONS: Mapping[str, tuple[str, ...]] = {"timed": ("--shares", "2")}


def run(runs: KubeflowRuns, name: str) -> Run:
    """What comes of a program's first run."""
    return runs.once(name, lambda: prepare(runs, name), ARGUMENTS.get(name, {}))


def prepare(runs: KubeflowRuns, name: str) -> Path:
    """Lay out and compile a program; the folder of its document."""
    place = runs.folder / name
    lay_out_data(place)
    program = place / f"{name}.ml"
    program.write_text(PROGRAMS[name])
    (place / "flaky.py").write_text(FLAKY.format(folder=str(place), always=name == "hopeless"))
    (place / "slow.py").write_text("import time\n\ndef rows():\n    time.sleep(3600)\n")
    return runs.compile(program, mounted(program, name), *OPTIONS.get(name, ()))
