"""The examples as a user runs them: in a folder of their own, through the command line."""

from __future__ import annotations

import json
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from tests.support.cli import ROOT, mldsl


@dataclass(frozen=True)
class Done:
    """An example in a folder of its own, after its first run."""

    program: Path
    status: int
    document: dict[str, Any]
    err: str

    def step(self, name: str, kind: str) -> dict[str, Any]:
        return next(step for step in self.document["steps"] if (step["name"], step["kind"]) == (name, kind))

    def tables(self, name: str) -> dict[str, pd.DataFrame]:
        """What `--to NAME --output` writes, by file name."""
        folder = self.program.parent / "out"
        done = mldsl("run", self.program, "--to", name, "--output", folder)
        assert done.returncode == 0, done.stderr
        return {path.stem: pd.read_parquet(path) for path in folder.glob("*.parquet")}


def first_run(name: str, folder: Path) -> Done:
    shutil.copytree(ROOT / "examples" / name, folder / name, ignore=shutil.ignore_patterns(".mldsl", "build"))
    program = folder / name / f"{name}.ml"
    done = mldsl("run", program, "--json")
    return Done(program, done.returncode, json.loads(done.stdout or "{}"), done.stderr)


def with_few_trials(program: Path) -> None:
    """Have its searches end after two trials: enough where runs are held against each other."""
    program.write_text(re.sub(r"trials: \d+", "trials: 2", program.read_text("utf-8")), "utf-8")


def as_good_as(done: Done, evaluation: str, expected: dict[str, float], noise: dict[str, float]) -> None:
    """The metrics of an evaluation are, up to chance, those of the same by hand."""
    found = done.step(evaluation, "evaluate")["metrics"]
    for name, reach in noise.items():
        assert found[name] == pytest.approx(expected[name], abs=reach), name
