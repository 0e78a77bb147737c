"""What a terminal shows while a run goes on."""

from __future__ import annotations

import os
import pty
import re
import subprocess
import sys
from pathlib import Path

import pytest

from mldsl.cli.watch import Watcher, _clock
from mldsl.diagnostics.render.text import PLAIN
from mldsl.runs import StepReport
from tests.support.cli import environment
from tests.support.shop import write_shop


def watcher(steps: int) -> Watcher:
    made = Watcher(style=PLAIN, live=True)
    made._over.set()  # nothing but what is called changes what is shown
    made.run_started("r", [(f"transform:table{n}", "transform", f"table{n}") for n in range(steps)])
    return made


def last_line(capsys: pytest.CaptureFixture[str]) -> str:
    return re.split(r"\r\x1b\[K", capsys.readouterr().err)[-1]


@pytest.mark.parametrize(
    ("columns", "expected"),
    [
        (81, "  1 of 200 · 0:00 · table1 trials 3 of 40 · table2 · table3 · table4 · 45 more"),
        (60, "  1 of 200 · 0:00 · table1 trials 3 of 40 · 48 more"),
        (40, "  1 of 200 · 0:00 · 49 running"),
        (20, "  1 of 200 · 0:00 ·"),
    ],
)
def test_the_line_has_what_there_is_room_for(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], columns: int, expected: str
):
    monkeypatch.setenv("COLUMNS", str(columns))
    watch = watcher(200)
    for n in range(50):
        watch.step_started(f"transform:table{n}")
    watch.step_progress("transform:table1", 3, 40, "trials")
    watch.step_finished(StepReport("transform:table0", "table0", "transform", "done", 1.0))
    line = last_line(capsys)
    assert line.rstrip() == expected
    assert len(line) < columns


def test_what_is_wide_is_not_wrapped(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]):
    monkeypatch.setenv("COLUMNS", "30")
    watch = Watcher(style=PLAIN, live=True)
    watch._over.set()
    watch.run_started("r", [("a", "transform", "表" * 40)])
    watch.step_started("a")
    assert last_line(capsys) == "  0 of 1 · 0:00 · " + "表" * 5 + " "


def test_nothing_is_drawn_where_nobody_looks(capsys: pytest.CaptureFixture[str]):
    watch = Watcher(style=PLAIN)
    assert not watch.live
    watch.run_started("r", [("a", "transform", "a")])
    watch.step_started("a")
    watch.step_progress("a", 1, 2, "trials")
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize(("seconds", "text"), [(0, "0:00"), (61.9, "1:01"), (3600, "1:00:00"), (36_061, "10:01:01")])
def test_the_clock(seconds: float, text: str):
    assert _clock(seconds) == text


def test_a_terminal_sees_what_runs_and_is_left_clean(tmp_path: Path):
    path = write_shop(tmp_path)
    ours, theirs = pty.openpty()
    process = subprocess.Popen(
        [sys.executable, "-m", "mldsl", "run", str(path), "--json"],
        stdin=theirs,
        stdout=subprocess.PIPE,
        stderr=theirs,
        env=environment(TERM="xterm"),
    )
    os.close(theirs)
    said = b""
    while True:
        try:
            piece = os.read(ours, 4096)
        except OSError:  # what Linux gives at the end
            break
        if not piece:
            break
        said += piece
    assert process.stdout is not None
    assert process.stdout.read().startswith(b"{")
    assert process.wait() == 0
    text = said.decode()
    assert "  0 of 3 · 0:00 · orders" in text
    assert not text.rstrip("\r\n").endswith("\x1b[K")
    assert re.split(r"\r\x1b\[K", text)[-1].startswith("run 2")
