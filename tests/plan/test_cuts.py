"""Splits and samples of what was split or sampled before: each hashes anew, the first one by key and seed alone."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

import mldsl
from mldsl.plan.nodes import Plan, Sample, SplitBody, TransformBody, VerbsForm

PROGRAM = """\
pipeline p { seed: 3 }
source t = csv("t.csv") { id: int key; x: int }
split outer = t { train: 60%; test: 40% }
transform few = t { sample 30%; sample 50% }
transform fewer = few { sample 50% }
split of_few = few { train: 50%; test: 50% }
split inner = outer.train { train: 70%; test: 30% }
transform joined = t { semi join few on id; sample 50% }
"""


@pytest.fixture
def program(tmp_path: Path) -> mldsl.Program:
    (tmp_path / "t.csv").write_text("id,x\n" + "".join(f"{n},{n % 7}\n" for n in range(2000)))
    (tmp_path / "p.ml").write_text(PROGRAM)
    return mldsl.load(tmp_path / "p.ml")


def rows(program: mldsl.Program, name: str, out: Path) -> int:
    assert program.run(to=name, output=out).exit_status == 0
    return pl.read_parquet(out / f"{name}.parquet").height


@pytest.mark.parametrize(
    ("name", "expected"),
    [("outer.train", 1200), ("few", 300), ("fewer", 150), ("of_few.test", 150), ("inner.test", 360), ("joined", 150)],
)
def test_each_takes_its_share_of_what_is_there(program: mldsl.Program, tmp_path: Path, name: str, expected: int):
    """Two standard deviations of a binomial share are at most a quarter of these numbers."""
    assert rows(program, name, tmp_path / "out") == pytest.approx(expected, rel=0.25)


def cuts(plan: Plan, id_: str) -> list[int]:
    body = plan.step(id_).body
    if isinstance(body, SplitBody):
        return [body.cuts]
    assert isinstance(body, TransformBody)
    assert isinstance(body.action, VerbsForm)
    return [verb.cuts for verb in body.action.verbs if isinstance(verb, Sample)]


def test_the_plan_counts_the_cuts_that_came_before(program: mldsl.Program):
    plan = program.plan()
    assert cuts(plan, "split:outer") == [0]
    assert cuts(plan, "transform:few") == [0, 1]
    assert cuts(plan, "transform:fewer") == [2]
    assert cuts(plan, "split:of_few") == [2]
    assert cuts(plan, "split:inner") == [1]
    assert cuts(plan, "transform:joined") == [2]
