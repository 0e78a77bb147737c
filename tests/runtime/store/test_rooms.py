"""Rooms: what a process that is gone left is cleared, what a living one has is not."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from mldsl.runtime.store import open_store, rooms
from tests.support.cli import environment

HOLDS = """\
import sys
from pathlib import Path
from mldsl.runtime.store import open_store
store = open_store(sys.argv[1], Path())
path = store.fresh()
path.write_bytes(b"half")
print(path, flush=True)
sys.stdin.read()
"""


def other(store: Path) -> tuple[subprocess.Popen[str], Path]:
    """A process at work in a store, and the file that it is writing."""
    process = subprocess.Popen(
        [sys.executable, "-c", HOLDS, str(store)],
        env=environment(),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    return process, Path(process.stdout.readline().strip())


def test_what_a_killed_process_left_is_cleared_and_a_living_ones_is_not(tmp_path: Path):
    (dead, left), (living, writing) = other(tmp_path / "s"), other(tmp_path / "s")
    try:
        store = open_store("s", tmp_path)
        mine = store.fresh()
        mine.write_bytes(b"mine")
        dead.kill()
        dead.wait()
        assert left.exists()
        store.enter()
        assert not left.parent.exists()
        assert writing.read_bytes() == b"half"
        assert mine.read_bytes() == b"mine"
    finally:
        living.kill()
        living.wait()
    store.sweep()
    assert not writing.parent.exists()
    assert mine.exists()


def test_a_room_is_given_back_with_its_store(tmp_path: Path):
    store = open_store("s", tmp_path)
    store.fresh().write_bytes(b"x")
    assert rooms.since(tmp_path / "s" / "tmp") is not None
    del store
    assert list((tmp_path / "s" / "tmp").iterdir()) == []


def test_a_forked_process_does_not_take_the_room_with_it(tmp_path: Path):
    store = open_store("s", tmp_path)
    path = store.fresh()
    path.write_bytes(b"x")
    child = os.fork()
    if child == 0:
        del store
        os._exit(0)
    os.waitpid(child, 0)
    assert path.read_bytes() == b"x"


def test_a_store_that_was_taken_away_is_made_again(tmp_path: Path):
    store = open_store("s", tmp_path)
    path = store.fresh()
    path.parent.rmdir()
    assert store.fresh().parent.is_dir()


def test_what_an_earlier_version_left_goes_when_it_is_old(tmp_path: Path):
    store = open_store("s", tmp_path)
    store.enter()
    old, new = tmp_path / "s" / "tmp" / "old", tmp_path / "s" / "tmp" / "new"
    for path in (old, new):
        path.write_bytes(b"x")
    os.utime(old, (0, 0))
    store.sweep()
    assert (old.exists(), new.exists()) == (False, True)


@pytest.mark.parametrize("moment", ["mkdir", "open"])
def test_a_room_that_is_swept_while_it_is_made_is_made_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, moment: str
):
    """Another process sweeps right after the directory was made, or right after it was opened."""
    owner, name = (Path, "mkdir") if moment == "mkdir" else (os, "open")
    real, times = getattr(owner, name), iter([True])

    def then_swept(*given: object, **more: object) -> object:
        result = real(*given, **more)
        if next(times, False):
            rooms.sweep(tmp_path)
        return result

    monkeypatch.setattr(owner, name, then_swept)
    room = rooms.enter(tmp_path)
    monkeypatch.undo()
    rooms.sweep(tmp_path)
    assert room.folder.is_dir()
