"""Who works in a store: each process has a room of its own there, which shows whether the process is still alive.

A room is a directory `tmp/TIME-NAME` on which its process holds a lock. The system gives the lock back when the process
is gone, however it ended; so whoever can take the lock may clear the room. That also holds between containers that
share a store and do not see each other's processes.
"""

from __future__ import annotations

import fcntl
import os
import shutil
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from mldsl.records import record

# What lies in `tmp` and is no room was left by an earlier version; nothing takes that many seconds.
_OLD = 24 * 60 * 60


@record
class Room:
    """A directory that is this process's own until `leave`."""

    folder: Path
    _handle: int
    _process: int

    def leave(self) -> None:
        """Clear it and give it back. Does nothing in a process that was forked off."""
        if os.getpid() == self._process:
            shutil.rmtree(self.folder, ignore_errors=True)
            with suppress(OSError):
                os.close(self._handle)


def enter(place: Path) -> Room:
    """A new room in the directory `place`. Raises OSError where none can be made."""
    while True:
        folder = place / f"{time.time_ns()}-{os.urandom(4).hex()}"
        folder.mkdir()
        with suppress(FileNotFoundError):  # somebody took it for left before it was locked
            handle = os.open(folder, os.O_RDONLY)
            lock(handle)
            if folder.is_dir():
                return Room(folder, handle, os.getpid())
            os.close(handle)


def sweep(place: Path) -> int:
    """Clear the rooms of processes that are gone; the number of bytes that were freed."""
    freed = 0
    for path in _entries(place):
        if not path.is_dir():
            if time.time() - _changed(path) > _OLD:
                freed += weight(path)
                path.unlink(missing_ok=True)
        else:
            freed += _clear(path)
    return freed


def _clear(room: Path) -> int:
    """Clear a room whose process is gone; the bytes that were freed. The lock is held until nothing is left of it.

    Otherwise the process that is just making the room could lock it in between, and lose it all the same.
    """
    with _opened(room) as handle:
        if handle is None or not lock(handle, wait=False):
            return 0
        freed = weight(room)
        shutil.rmtree(room, ignore_errors=True)
        return freed


def since(place: Path) -> int | None:
    """When the oldest process that is alive came, in nanoseconds since 1970; None if there is none."""
    times = [_time(path) for path in _entries(place) if path.is_dir() and not is_left(path)]
    return min(times, default=None)


def is_left(room: Path) -> bool:
    """Whether the process of a room is gone. Where the system has no locks nobody can know: then it is not."""
    with _opened(room) as handle:
        return handle is not None and lock(handle, wait=False)


def lock(handle: int, *, shared: bool = False, wait: bool = True) -> bool:
    """Lock an open file or directory until it is closed; False where it cannot be."""
    try:
        fcntl.flock(handle, (fcntl.LOCK_SH if shared else fcntl.LOCK_EX) | (0 if wait else fcntl.LOCK_NB))
    except OSError:
        return False
    return True


@contextmanager
def locked(folder: Path, *, shared: bool) -> Iterator[None]:
    """Hold the lock on a directory; where there is none, or the system has no locks, hold nothing."""
    with _opened(folder) as handle:
        if handle is not None:
            lock(handle, shared=shared)
        yield


def weight(path: Path) -> int:
    """The bytes of a file, or of all files in a directory; what has several names counts by its share."""
    with suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            return sum(weight(inner) for inner in path.iterdir())
        status = path.lstat()
        return status.st_size // max(status.st_nlink, 1)
    return 0


@contextmanager
def _opened(folder: Path) -> Iterator[int | None]:
    """A directory's handle, None where there is none."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        yield None
        return
    try:
        yield handle
    finally:
        os.close(handle)


def _entries(place: Path) -> list[Path]:
    try:
        return sorted(place.iterdir())
    except OSError:
        return []


def _changed(path: Path) -> float:
    try:
        return path.stat().st_mtime
    except OSError:
        return time.time()


def _time(room: Path) -> int:
    text = room.name.partition("-")[0]
    return int(text) if text.isdigit() else time.time_ns()
