"""What the suite asks of a backend, the local one that all others are held against, and how artifacts are compared."""

from __future__ import annotations

import fcntl
import json
from dataclasses import dataclass
from pathlib import Path
from typing import ClassVar, Protocol

import polars as pl
from polars.testing import assert_frame_equal

import mldsl
from mldsl.backend import backend
from mldsl.plan.nodes import Plan
from mldsl.runtime.store import Record, Store, open_store
from tests.support.cli import mldsl as command_line
from tests.support.live.pipelines import DATE, SECRET, Pipeline, shop_database


@dataclass(frozen=True)
class Ended:
    """A run that is over: whether all went well, where its artifacts are, and what was said meanwhile."""

    passed: bool
    store: Store
    said: str


class Engine(Protocol):
    """A backend with what carries its output out. All pipelines are begun, then each is waited for."""

    target: ClassVar[str]

    def begin(self, pipeline: Pipeline) -> None:
        """Have the pipeline run; returns at once."""

    def end(self, pipeline: Pipeline) -> Ended:
        """Wait for its end."""


class Local:
    """The local backend, through the command line; whoever wants a pipeline first, of several processes, runs it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)

    def begin(self, pipeline: Pipeline) -> None:
        """It is run when it is waited for."""

    def end(self, pipeline: Pipeline) -> Ended:
        place = self.folder / pipeline.name
        with (self.folder / f"{pipeline.name}.lock").open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            ended = self.folder / f"{pipeline.name}.json"
            if not ended.exists():
                ended.write_text(json.dumps(self._run(pipeline)))
            status, said = json.loads(ended.read_text())
        assert status in (0, 3), said
        return Ended(status == 0, open_store(".mldsl", place), said)

    def program(self, pipeline: Pipeline) -> Path:
        """Where it lies."""
        return self.folder / pipeline.name / f"{pipeline.name}.ml"

    def _run(self, pipeline: Pipeline) -> tuple[int, str]:
        url = shop_database(self.folder / f"{pipeline.name}.db")
        done = run_locally(pipeline.laid_out(self.folder), pipeline, {SECRET: url})
        return done.returncode, done.stderr


def run_locally(program: Path, pipeline: Pipeline, environment: dict[str, str]):
    """`mldsl run` of a pipeline that lies somewhere."""
    words = [f"{name}={value}" for name, value in {**pipeline.params, "run_date": DATE}.items()]
    profile = ["--profile", pipeline.profile] if pipeline.profile else []
    return command_line("run", program, *profile, *(word for text in words for word in ("--set", text)), **environment)


def plan_of(program: Path, pipeline: Pipeline) -> Plan:
    return mldsl.load(program, profile=pipeline.profile).plan()


def assert_equal(plan: Plan, expected: Store, found: Store, target: str = "local") -> int:
    """Every step that has run in one store has in the other, under the same key and with the same content; how many.

    Those of a kind that `target`, whose store is the other, does not carry out have not.
    """
    count = 0
    carried_out = backend(target).capabilities.steps
    for step in plan.steps:
        if step.kind not in carried_out:
            assert found.latest(step.id) is None, step.id
            continue
        one, other = expected.latest(step.id), found.latest(step.id)
        assert (one is None) == (other is None), step.id
        if one is not None and other is not None:
            assert (one.key, one.passed, set(one.outputs)) == (other.key, other.passed, set(other.outputs)), step.id
            _assert_same_content(one, expected, other, found)
            assert (_details(one), one.warnings) == (_details(other), other.warnings), step.id
            count += 1
    return count


def _details(found: Record) -> dict[str, object]:
    """What a step found, without the time at which a file was written."""
    return {name: value for name, value in found.details.items() if name != "print"}


def _assert_same_content(one: Record, expected: Store, other: Record, found: Store) -> None:
    for name, stored in one.outputs.items():
        what = f"{one.step} {name}"
        here, there = expected.local(stored), found.local(other.outputs[name])
        match stored.kind:
            case "table":
                assert_frame_equal(pl.read_parquet(here), pl.read_parquet(there), check_exact=True)
            case "json":
                assert json.loads(here.read_bytes()) == json.loads(there.read_bytes()), what
        # Models and pictures; and of tables also how they are stored.
        assert here.read_bytes() == there.read_bytes(), what
