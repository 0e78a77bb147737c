"""The life of a deployment, as it is lived on Airflow and here: trained, approved, scored, watched, trained again."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

from mldsl import deployments
from mldsl.runtime.registry import Registry
from tests.support.live.airflow_runs import AirflowRuns
from tests.support.watched import later, mldsl, others, provide, write

FIRST, SECOND = "2025-02-01", "2025-02-02"
_DRIFT = "drift(all) <= 0.2"
_DEPLOY = """\
  require approval("risk")
  schedule: cron("0 5 1 1 *")
  write: parquet("scores/{run_date}.parquet")
  columns: id, churned_probability"""


@dataclass
class Life:
    """The program's folder, and the batches as they were after each of them was written, by their day."""

    folder: Path
    batches: list[dict[str, pl.DataFrame]] = field(default_factory=list)

    def prepare(self) -> Path:
        """The program, on customers like those whom it is trained on; its path."""
        self.folder.mkdir(parents=True)
        provide(self.folder, later(1_500), training=3_000)
        return write(self.folder, _DRIFT, actions=("retrain",), deploy=_DEPLOY)

    def others_come(self) -> None:
        """From now on other customers are scored, and more are known to train on."""
        provide(self.folder, others(800), training=4_000)

    def look(self) -> None:
        """Remember what has been written."""
        found = {path.stem: pl.read_parquet(path) for path in sorted((self.folder / "scores").glob("*.parquet"))}
        self.batches.append({day: frame for day, frame in found.items() if day in (FIRST, SECOND)})

    @property
    def registry(self) -> Registry:
        return deployments.find("nightly", store=str(self.folder / ".mldsl"))

    def judged(self) -> list[tuple[str, Any]]:
        """What the monitor found, each time it looked."""
        found = (event for event in self.registry.events() if event.kind in ("monitor", "breach"))
        return [(event.kind, {**event.details, "until": None}) for event in found]


def lived_here(folder: Path) -> Life:
    """By the command line."""
    life = Life(folder)
    life.prepare()
    _run(folder, 3, "run", "leaving.ml", "--set", f"run_date={FIRST}")
    _run(folder, 0, "approve")
    life.look()
    _run(folder, 0, "run", "leaving.ml", "--scheduled", "nightly", "--set", f"run_date={SECOND}")
    life.look()
    _run(folder, 0, "monitor", "watch")
    life.others_come()
    _run(folder, 0, "run", "leaving.ml", "--scheduled", "nightly", "--set", f"run_date={SECOND}")
    life.look()
    _run(folder, 3, "monitor", "watch")
    _run(folder, 0, "approve")
    return life


def _run(folder: Path, status: int, *words: str) -> None:
    done = mldsl(*words, folder=folder)
    assert done.status == status, done.stderr


@dataclass
class OnAirflow(Life):
    """Beside that the runs of the DAGs by what they are for, and in which state each has ended."""

    runs: dict[str, str] = field(default_factory=dict)
    states: dict[str, str] = field(default_factory=dict)


def lived_on_airflow(folder: Path, airflow: AirflowRuns) -> OnAirflow:
    """By the DAGs: triggered by hand, as nothing here runs by the clock, but for the training after the breach."""
    life, server = OnAirflow(folder), airflow.server
    airflow.compile(life.prepare(), None, "--granularity", "declaration")

    def done(what: str, dag: str, run: str) -> None:
        life.runs[what] = run
        life.states[what] = server.wait(dag, run)

    run = server.trigger("leaving", date=FIRST)
    server.answer("leaving", run, "nightly.approval_risk", "Approve")
    done("training", "leaving", run)
    life.look()
    done("batch", "leaving__nightly", server.trigger("leaving__nightly", date=SECOND))
    life.look()
    done("fine", "leaving__watch", server.trigger("leaving__watch", date=FIRST))
    life.runs |= {"before the breach": json.dumps(server.runs("leaving"))}
    life.others_come()
    done("batch again", "leaving__nightly", server.trigger("leaving__nightly", date=f"{SECOND}T06:00:00Z"))
    life.look()
    done("breach", "leaving__watch", server.trigger("leaving__watch", date=SECOND))
    again = f"retrain__watch__{life.runs['breach']}"
    server.answer("leaving", again, "nightly.approval_risk", "Approve")
    done("training again", "leaving", again)
    return life
