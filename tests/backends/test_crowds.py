"""Many runs at the same time over one store, some of them killed, while `mldsl clean` frees what it may."""

from __future__ import annotations

import contextlib
import os
import random
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import mldsl
from tests.backends.test_crashes import artifacts, write
from tests.support import services
from tests.support.cli import environment

S3 = "s3://bucket/crowd"


@pytest.fixture
def s3(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[None]:
    with services.s3() as server:
        for name, value in {**server, "XDG_CACHE_HOME": str(tmp_path / "cache")}.items():
            monkeypatch.setenv(name, value)
        yield


def programs(folder: Path, place: str | None) -> list[Path]:
    """Two programs that begin alike and go different ways."""
    folder.mkdir()
    first = write(folder)
    first.write_text(first.read_text().replace("seed: 3", f'seed: 3; artifacts: "{place}"' if place else "seed: 3"))
    second = folder / "q.ml"
    text = first.read_text().replace("pipeline p", "pipeline q").replace("c = a * 2", "c = a * 3")
    second.write_text(text)
    return [first, second]


def begun(path: Path, number: int) -> subprocess.Popen[bytes]:
    words = [sys.executable, "-m", "mldsl", "run", str(path), "--jobs", "2"]
    with (path.parent / f"said{number}").open("w") as said:
        return subprocess.Popen(words, env=environment(**os.environ), stdout=said, stderr=said)


def crowd(folder: Path, count: int, kills: int, place: str | None = None, seed: int = 0) -> None:
    """`count` runs of two programs at once, `kills` of them killed; then what is there is held against lone runs."""
    expected = [artifacts(mldsl.load(path).run()) for path in programs(folder / "alone", None)]
    paths = programs(folder / "crowd", place)
    chance = random.Random(seed)
    running = [begun(paths[number % 2], number) for number in range(count)]
    doomed = chance.sample(range(count), kills)
    for number in doomed:
        with contextlib.suppress(subprocess.TimeoutExpired):
            running[number].wait(chance.uniform(0.2, 2))
        running[number].kill()
    while any(process.poll() is None for process in running):
        with contextlib.suppress(subprocess.TimeoutExpired):
            next(process for process in running if process.poll() is None).wait(0.5)
        mldsl.clean(folder / "crowd", keep=1)
    for number in set(range(count)) - set(doomed):
        assert running[number].returncode == 0, (folder / "crowd" / f"said{number}").read_text()
    for path, wanted in zip(paths, expected, strict=True):
        shown = [mldsl.load(path).show(row.id).result for row in mldsl.load(path).runs()]
        done = [result for result in shown if result and result.exit_status == 0 and result.pipeline == path.stem]
        assert all(artifacts(result) == wanted for result in done)
        again = mldsl.load(path).run()
        assert artifacts(again) == wanted
        assert {step.state for step in mldsl.load(path).run().steps} == {"cached"}
    assert not any(path.is_file() for path in (folder / "crowd" / ".mldsl" / "tmp").rglob("*"))


def test_runs_at_once_one_of_them_killed_while_the_store_is_cleaned(tmp_path: Path) -> None:
    crowd(tmp_path, 2, 1)


def test_the_same_over_an_s3_api(tmp_path: Path, s3: None) -> None:
    crowd(tmp_path, 2, 1, S3)
