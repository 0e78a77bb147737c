"""The same inputs give the same bytes: whatever `--jobs`, however many threads libraries are given, time and again."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest

from tests.support.cli import ROOT, mldsl
from tests.support.examples import with_few_trials

SETTINGS = [
    (jobs, {"POLARS_MAX_THREADS": str(threads), "OMP_NUM_THREADS": str(numeric), "PYTHONHASHSEED": str(jobs + threads)})
    for jobs, threads, numeric in (
        (1, 1, 1), (4, 8, 3), (2, 2, 2), (3, 1, 8), (2, 5, 1), (1, 8, 4), (8, 2, 1), (2, 3, 2), (1, 2, 3), (6, 4, 2),
    )
]  # fmt: skip


def outputs(program: Path, jobs: int, environment: dict[str, str]) -> dict[str, object]:
    done = mldsl("run", program, "--force", "--json", "--jobs", str(jobs), **environment)
    assert done.returncode == 0, done.stderr
    return {step["id"]: step.get("outputs") for step in json.loads(done.stdout)["steps"]}


def same(name: str, folder: Path, runs: list[tuple[int, dict[str, str]]]) -> None:
    shutil.copytree(ROOT / "examples" / name, folder / name, ignore=shutil.ignore_patterns(".mldsl", "build"))
    program = folder / name / f"{name}.ml"
    with_few_trials(program)
    program.write_text(program.read_text("utf-8").replace("max_iter: 80", "max_iter: 10"), "utf-8")
    expected = outputs(program, *runs[0])
    assert any(expected.values())
    for jobs, environment in runs[1:]:
        assert outputs(program, jobs, environment) == expected, (jobs, environment)


def test_an_example_gives_the_same_with_other_numbers_of_workers_and_threads(tmp_path: Path):
    same("penguins", tmp_path, SETTINGS[:2])


@pytest.mark.slow
@pytest.mark.parametrize("name", ["penguins", "churn"])
def test_an_example_gives_the_same_twenty_times(tmp_path: Path, name: str):
    same(name, tmp_path, 2 * SETTINGS)
