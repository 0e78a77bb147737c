"""Programs in which something goes wrong, each with what it takes to make it go wrong."""

from __future__ import annotations

import json
from dataclasses import dataclass
from pathlib import Path

from mldsl.runtime.store import Store, open_store
from tests.support.live.airflow_runs import AirflowRuns
from tests.support.live.pipelines import DATE, lay_out_data

WEBHOOK = "WEBHOOK"
# A function that takes its time while a file is there, and tells which process it runs in.
SLOW = """
import os, pathlib, time
import pandas as pd

HERE = pathlib.Path({folder!r})

def rows():
    frame = pd.DataFrame({{"id": range(50), "x": [n * n for n in range(50)]}})
    if (HERE / "slow").exists():
        (HERE / "pid.part").write_text(str(os.getppid()))
        (HERE / "pid.part").replace(HERE / "pid")
        time.sleep(3600)
    return frame

def after(frame):
    return frame.assign(y=frame["x"] + 1)
"""
_SLOW = """
pipeline {name} {{ retries: 2; retry_delay: 1s; artifacts: "{artifacts}" }}
source made = python("slow.py:rows") {{ id: int key; x: int }}
check made {{ expect rows() == 50 }}
transform next = python("slow.py:after", made) {{ id: int key; x: int; y: int }}
"""
_FLAKY = """
pipeline {name} {{ retries: 1; retry_delay: 1s; notify: secret("WEBHOOK") }}
source made = python("flaky.py:rows") {{ id: int }}
check made {{ expect rows() == 1 }}
"""
FLAKY = """
import pathlib
import pandas as pd

def rows():
    mark = pathlib.Path({folder!r}) / "tried"
    if {always} or not mark.exists():
        mark.write_text("once")
        raise RuntimeError("the moon is wrong")
    return pd.DataFrame({{"id": [1]}})
"""
_UNWRITABLE = """
pipeline unwritable {{ artifacts: "data/penguins.csv" }}
source penguins = csv("data/penguins.csv")
check penguins {{ expect rows() > 0 }}
"""
_SECRETLESS = """
pipeline secretless {{}}
source visits = sql(secret("NOBODY_SET_THIS"), "select 1 as id") {{ id: int }}
check visits {{ expect rows() > 0 }}
"""
_NEWER = """
pipeline newer {{}}
source penguins = csv("data/penguins.csv")
check penguins {{ expect rows() > 0 }}
"""
PROGRAMS = {
    "killed": _SLOW,
    "flaky": _FLAKY,
    "hopeless": _FLAKY,
    "unwritable": _UNWRITABLE,
    "secretless": _SECRETLESS,
    "newer": _NEWER,
}


@dataclass
class Fault:
    """A program in which something goes wrong, and its run."""

    name: str
    folder: Path
    runs: AirflowRuns
    artifacts: str
    run: str = ""

    @property
    def store(self) -> Store:
        return open_store(self.artifacts, self.folder)

    def begin(self) -> None:
        self.run = self.runs.server.trigger(self.name, date=DATE)

    def end(self) -> str:
        return self.runs.server.wait(self.name, self.run)

    @property
    def said(self) -> str:
        return self.runs.server.log(self.name, self.run)

    def tasks(self) -> dict[str, dict[str, object]]:
        return self.runs.server.tasks(self.name, self.run)


def prepare(runs: AirflowRuns, name: str, artifacts: str = ".mldsl") -> Fault:
    """Write and compile one of the programs, with that artifact store."""
    folder = runs.folder / name
    lay_out_data(folder)
    (folder / f"{name}.ml").write_text(PROGRAMS[name].format(name=name, artifacts=artifacts))
    (folder / "slow.py").write_text(SLOW.format(folder=str(folder)))
    (folder / "flaky.py").write_text(FLAKY.format(folder=str(folder), always=name == "hopeless"))
    if name == "killed":
        (folder / "slow").write_text("")
    runs.compile(folder / f"{name}.ml")
    if name == "newer":
        manifest = runs.server.dags / name / "manifest.json"
        manifest.write_text(json.dumps({**json.loads(manifest.read_text()), "mldsl": "99.1.0"}))
    return Fault(name, folder, runs, artifacts)
