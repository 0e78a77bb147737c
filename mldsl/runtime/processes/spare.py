"""Workers between two runs: a second run from the same Python process (a notebook's, say) need not start new ones."""

from __future__ import annotations

import atexit
import threading

from mldsl.runtime.processes.messages import Surroundings
from mldsl.runtime.processes.process import Process

# How many are kept, and for how many seconds: each holds the memory of the libraries that it has imported.
_MOST, _LONGEST = 2, 60.0

_spare: list[tuple[Process, threading.Timer]] = []
_lock = threading.Lock()


def take(surroundings: Surroundings) -> Process:
    """A worker for a run with these surroundings: one that is there and fits, or a new one."""
    while (found := _pop(surroundings)) is not None:
        if found.alive:
            return found
        found.kill()
    return Process(surroundings)


def keep(process: Process) -> None:
    """Keep a worker that has nothing to do, for a while."""
    timer = threading.Timer(_LONGEST, _forget, [process])
    timer.daemon = True
    with _lock:
        if process.alive and len(_spare) < _MOST:
            _spare.append((process, timer))
            timer.start()
            return
    process.kill()


def _pop(surroundings: Surroundings) -> Process | None:
    with _lock:
        for place, (process, timer) in enumerate(_spare):
            if process.surroundings.settings == surroundings.settings:
                del _spare[place]
                timer.cancel()
                return process
    return None


def _forget(process: Process) -> None:
    with _lock:
        found = [place for place, (kept, _) in enumerate(_spare) if kept is process]
        for place in found:
            del _spare[place]
    if found:
        process.kill()


@atexit.register
def _end() -> None:
    while _spare:
        process, timer = _spare.pop()
        timer.cancel()
        process.kill()
