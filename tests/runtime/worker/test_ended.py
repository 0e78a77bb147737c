"""A task that is ended from outside: what it started ends with it, the store is whole, and the next one goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

import mldsl
from mldsl.runtime.worker import TaskFailed, run_steps
from tests.support.cli import environment
from tests.support.live.pipelines import DATE

PROGRAM = """
pipeline slow { TIMEOUT }
source made = python("slow.py:rows") { id: int key }
"""
CODE = """
import os, pathlib, time
import pandas as pd

def rows():
    here = pathlib.Path(__file__).parent
    if (here / "slow").exists():
        (here / "part").write_text(str(os.getpid()))
        (here / "part").replace(here / "pid")
        time.sleep(300)
    return pd.DataFrame({"id": [1, 2]})
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "slow.ml").write_text(PROGRAM.replace("TIMEOUT", ""))
    (tmp_path / "slow.py").write_text(CODE)
    (tmp_path / "slow").write_text("")
    mldsl.load(tmp_path / "slow.ml").compile("local", tmp_path / "plan")
    return tmp_path


def _run(folder: Path) -> dict[str, object]:
    return run_steps(
        folder / "plan" / "plan.json",
        ["source:made"],
        store="store",
        folder=folder,
        code=folder,
        params={},
        run_date=DATE,
        run_time=f"{DATE}T00:00:00",
    )


@pytest.mark.parametrize("number, status", [(signal.SIGTERM, 143), (signal.SIGKILL, -9)])
def test_a_task_that_is_ended_leaves_the_store_whole(folder: Path, number: signal.Signals, status: int) -> None:
    words = ["--plan", "plan/plan.json", "--steps", "source:made", "--store", "store", "--code", "."]
    words += ["--run-date", DATE, "--run-time", f"{DATE}T00:00:00"]
    task = subprocess.Popen([sys.executable, "-m", "mldsl.runtime.worker", *words], cwd=folder, env=environment())
    process = _pid(folder)
    task.send_signal(number)
    assert task.wait(30) == status
    _gone(process)

    (folder / "slow").unlink()
    assert _run(folder)["source:made"]["state"] == "done"  # type: ignore[index]
    assert list((folder / "store" / "tmp").iterdir()) == []


def test_a_step_that_takes_longer_than_the_timeout_is_stopped_with_its_line(folder: Path) -> None:
    (folder / "slow.ml").write_text(PROGRAM.replace("TIMEOUT", "timeout: 1s"))
    mldsl.load(folder / "slow.ml").compile("local", folder / "plan")
    said = r"`made` took longer than the pipeline's `timeout` of 1 s and was stopped \(slow.py, line 10\)"
    with pytest.raises(TaskFailed, match=said) as raised:
        _run(folder)
    assert raised.value.may_pass_later
    _gone(_pid(folder))


def _pid(folder: Path) -> int:
    until = time.monotonic() + 120
    while not (folder / "pid").exists():
        assert time.monotonic() < until
        time.sleep(0.05)
    return int((folder / "pid").read_text())


def _gone(process: int) -> None:
    """The process ends, or is a zombie that nobody has looked at yet."""
    until = time.monotonic() + 20
    while time.monotonic() < until:
        try:
            os.kill(process, 0)
        except ProcessLookupError:
            return
        if Path(f"/proc/{process}/stat").read_text().rpartition(")")[2].split()[0] == "Z":
            return
        time.sleep(0.05)
    raise AssertionError(f"{process} is still there")
