"""The pipelines that every backend must carry out with the same results: the suite's own, and the examples."""

from __future__ import annotations

import shutil
import sqlite3
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from tests.support.cli import ROOT
from tests.support.examples import with_few_trials

PROGRAMS = ROOT / "tests" / "backends" / "programs"
SECRET = "SHOP_DATABASE"
DATE = "2025-02-01"
_DATA = ("churn", "penguins", "segments")


@dataclass(frozen=True)
class Pipeline:
    """A program, how it is run, and how that ends. `options` are for the compiler."""

    name: str
    example: bool = False
    params: Mapping[str, object] = field(default_factory=dict)
    profile: str | None = None
    passes: bool = True
    options: tuple[str, ...] = ()
    of_target: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def options_of(self, target: str) -> tuple[str, ...]:
        """What the compiler is told for a target."""
        return (*self.options, *self.of_target.get(target, ()))

    def laid_out(self, folder: Path) -> Path:
        """The program in a folder of its own below `folder`, with all it reads; its path."""
        place = folder / self.name
        if self.example:
            ignored = shutil.ignore_patterns(".mldsl", "build", "*.md", "export.py")
            shutil.copytree(ROOT / "examples" / self.name, place, ignore=ignored)
            program = place / f"{self.name}.ml"
            with_few_trials(program)
            return program
        lay_out_data(place)
        if (PROGRAMS / self.name).is_dir():
            shutil.copytree(PROGRAMS / self.name, place / self.name, ignore=shutil.ignore_patterns("__pycache__"))
        return Path(shutil.copy(PROGRAMS / f"{self.name}.ml", place))


def lay_out_data(place: Path) -> None:
    """The data of the suite's own programs, in `data`."""
    for example in _DATA:
        shutil.copytree(ROOT / "examples" / example / "data", place / "data", dirs_exist_ok=True)


def shop_database(path: Path) -> str:
    """Make the database behind the secret; its URL."""
    names = ("ann", "bob", "cy")
    visits = [
        (number, names[number % 3], f"2024-{1 + number % 9:02}-{11 + number % 9:02}", number * 3.5)
        for number in range(40)
    ]
    with sqlite3.connect(path) as database:
        database.execute("create table visits(id integer, name text, day text, spent real)")
        database.execute("create table people(name text, joined text)")
        database.executemany("insert into visits values (?, ?, ?, ?)", visits)
        database.executemany("insert into people values (?, ?)", [("ann", "2020-01-01"), ("bob", "2024-06-01")])
    return f"sqlite:///{path}"


_ELSEWHERE = ("--operator", "external-python", sys.executable)
_BERLIN = ("--timezone", "Europe/Berlin")
_DECLARATIONS = ("--granularity", "declaration")
_WHOLE = ("--granularity", "pipeline")
PIPELINES = (
    Pipeline("tables", options=_DECLARATIONS),
    Pipeline("checks"),
    Pipeline("refused", passes=False),
    Pipeline("code"),
    Pipeline("splits", of_target={"airflow": _DECLARATIONS, "kubeflow": _WHOLE}),
    Pipeline("odd", options=_WHOLE, of_target={"airflow": _ELSEWHERE}),
    Pipeline("tuned", options=("--shares", "3")),
    Pipeline(
        "warehouse",
        params={"since": "2024-02-01", "kinds": "some", "loyal_days": 250},
        profile="strict",
        of_target={"kubeflow": _BERLIN},
    ),
    Pipeline("penguins", example=True),
    Pipeline(
        "churn", example=True, params={"new_months": 4}, options=("--shares", "2"), of_target={"kubeflow": _BERLIN}
    ),
    Pipeline("segments", example=True, options=_WHOLE),
    Pipeline("reviews", example=True, options=_WHOLE),
    Pipeline("digits", example=True, options=_WHOLE),
    Pipeline("houses", example=True, of_target={"airflow": (*_DECLARATIONS, "--shares", "2"), "kubeflow": _WHOLE}),
)
