"""A program that goes live, and its life: trained, approved, scored on a schedule, watched, trained again.

The same is done on this machine by `mldsl run`, `approve` and `monitor`, and by whoever is held against it.
"""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from mldsl.runtime.registry import Registry, open_registry
from mldsl.runtime.store import Stored, open_store
from tests.support.cli import ROOT, mldsl

NAME, TEAM = "alive", "risk"
DATE, LATER = "2025-02-01", "2025-02-02"
_PENGUINS = ROOT / "examples" / "penguins" / "data" / "penguins.csv"
PROGRAM = """\
pipeline alive { seed: 2 }
source penguins = csv("penguins.csv") {
  species: enum("Adelie", "Chinstrap", "Gentoo")
  bill:    float?  from "bill_length_mm"
  depth:   float?  from "bill_depth_mm"
}
source arrived = csv("arrived.csv") {
  bill:  float?  from "bill_length_mm"
  depth: float?  from "bill_depth_mm"
}
check penguins { expect rows() > 10 }
check arrived { expect rows() > 10 }
split data = penguins { train: 70%; test: 30% }
model kind = predict species from data { algorithm decision_tree { max_depth: 3 } }
evaluate kind on data.test { expect accuracy >= 70% }
deploy live = kind to endpoint("penguins") {
  require evaluation
  require approval("risk")
}
deploy nightly = kind to batch(arrived) {
  require evaluation
  schedule: cron("0 5 * * *")
  write: parquet("scores/{run_date}.parquet")
  columns: bill, species_predicted
}
monitor watch = nightly {
  every: 1d
  expect drift(all) <= 0.5
  on breach { retrain }
}
"""


def laid_out(folder: Path) -> Path:
    """The program in a folder, with what it is trained on and what it scores."""
    folder.mkdir(parents=True)
    shutil.copy(_PENGUINS, folder / "penguins.csv")
    shutil.copy(_PENGUINS, folder / "arrived.csv")
    program = folder / f"{NAME}.ml"
    program.write_text(PROGRAM)
    return program


def time_goes_on(folder: Path) -> None:
    """What arrives is of another kind than before, and there is more to learn from."""
    penguins = pl.read_csv(_PENGUINS, null_values="NA")
    penguins.with_columns(pl.col("bill_length_mm") + 40).write_csv(folder / "arrived.csv")
    penguins.filter(pl.col("year") > 2007).write_csv(folder / "penguins.csv")


@dataclass(frozen=True)
class Lived:
    """What there is at the end: the registries, and what was written by the day."""

    endpoint: Registry
    batch: Registry
    folder: Path

    @classmethod
    def of(cls, folder: Path) -> Lived:
        store = open_store(".mldsl", folder)
        return cls(open_registry(store, "penguins"), open_registry(store, "nightly"), folder)

    def scores(self, day: str) -> pl.DataFrame:
        """What was written that day."""
        return pl.read_parquet(self.folder / "scores" / f"{day}.parquet")

    def versions(self) -> list[list[Any]]:
        """Of each deployment the versions: model, rows kept, what was found."""
        return [
            [
                (version.number, version.model.digest, version.reference, version.judged, version.evaluation)
                for version in registry.versions()
            ]
            for registry in (self.endpoint, self.batch)
        ]

    def found(self) -> list[Any]:
        """What the monitor has found."""
        events = [event for event in self.batch.events() if event.kind in ("monitor", "breach")]
        return [[(item["text"], item["outcome"], item["value"]) for item in e.details["expectations"]] for e in events]


def locally(folder: Path) -> Lived:
    """On this machine, from the command line."""
    program = laid_out(folder)
    _ends(3, "run", program, "--set", f"run_date={DATE}")
    _ends(0, "approve", "--in", folder, "--team", TEAM)
    time_goes_on(folder)
    _ends(0, "run", program, "--scheduled", "nightly", "--set", f"run_date={LATER}")
    _ends(3, "monitor", "watch", program, "--set", f"run_date={LATER}")
    _ends(0, "approve", "--in", folder)
    return Lived.of(folder)


def _ends(status: int, *words: object) -> None:
    done = mldsl(*words)
    assert done.returncode == status, done.stderr


def approve_when_asked(folder: Path, version: int, over: Callable[[], bool]) -> str:
    """Wait until a version is there, and approve of it in its store; what the command says."""
    import time

    registry = open_registry(open_store(".mldsl", folder), "penguins")
    while version not in registry.numbers():
        assert not over(), "it ended without asking"
        time.sleep(0.3)
    done = mldsl("approve", "penguins", "--team", TEAM, "--by", "Ada", "--store", folder / ".mldsl")
    assert done.returncode == 0, done.stderr
    return done.stderr


def proved(registry: Registry) -> list[tuple[int | None, Any]]:
    """The versions that have a certificate, each with what that says of models; a profile has a meaning of its own."""
    events = [event for event in registry.events() if event.kind == "certified"]
    documents = [json.loads(registry.store.read(Stored(**event.details["certificate"]))) for event in events]
    return [(event.version, document["models"]) for event, document in zip(events, documents, strict=True)]
