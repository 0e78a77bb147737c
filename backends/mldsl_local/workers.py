"""Threads that carry out steps, and how they are stopped.

What takes long in such a thread runs in an engine, which releases Python's lock, or in a worker process that the thread
waits for. A thread that is done with a step goes on with the next one that can begin: to hand each over costs more than
a small step.
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue

from mldsl.records import record

# Seconds. Polars, once imported, handles SIGINT in a way that does not wake who waits for a lock: Python learns of
# a Ctrl-C only where the waiting ends by itself now and then.
_LOOK_UP = 0.1
# Seconds that a stopped run waits for its queries.
_PATIENCE = 3.0


class Stopped(SystemExit):
    """Raised inside a step that is to end at once.

    Not an Exception, so that no step takes it for its own failure; a SystemExit, so that a thread that it reaches when
    all is done ends without a word.
    """


@record
class Task:
    """Something to do; `more` says that another thread would find something, too."""

    do: Callable[[], None]
    more: bool


@dataclass(slots=True)
class Workers:
    """Threads that do what there is to do, and end when they find nothing."""

    stop: threading.Event = field(default_factory=threading.Event)
    _threads: list[threading.Thread] = field(default_factory=list)
    _ended: SimpleQueue[BaseException | None] = field(default_factory=SimpleQueue)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _busy: int = 0
    _wanted: bool = False

    def run(self, most: int, take: Callable[[], Task | None]) -> None:
        """Do what `take` gives, by `most` threads at a time, until it gives None to the last of them.

        A thread that gets None ends: what it might wait for is done by another, which is asked for more then. `take`
        may be called from any thread. Raises what a task raises.
        """
        self._start(most, take)
        ended = 0
        while ended < len(self._threads):
            try:
                error = self._ended.get(timeout=_LOOK_UP)
            except Empty:
                continue
            ended += 1
            if error is not None:
                raise error

    def interrupt(self) -> None:
        """Stop everything and wait for it to end, but not for long: a query in native code notices it only at its end.

        What such a query writes has no name yet and is cleared by the next run. A KeyboardInterrupt ends the waiting.
        """
        self.stop.set()
        for thread in self._threads:
            if thread.is_alive():
                _raise_in(thread, Stopped)
        until = time.monotonic() + _PATIENCE
        while any(thread.is_alive() for thread in self._threads) and time.monotonic() < until:
            time.sleep(_LOOK_UP / 10)

    def _start(self, most: int, take: Callable[[], Task | None]) -> None:
        """Begin another thread, unless there are enough: then one that is about to end looks again."""
        with self._lock:
            if self._busy >= most:
                self._wanted = True
                return
            self._busy += 1
            # A daemon, so that a second Ctrl-C can leave without waiting for a long computation to notice the first.
            thread = threading.Thread(target=self._work, args=(most, take), name="mldsl worker", daemon=True)
            self._threads.append(thread)
            thread.start()

    def _work(self, most: int, take: Callable[[], Task | None]) -> None:
        error: BaseException | None = None
        try:
            while not self.stop.is_set():
                task = take()
                if task is not None:
                    if task.more:
                        self._start(most, take)
                    task.do()
                elif self._may_end():
                    break
        except BaseException as found:
            error = found
        self._ended.put(error)

    def _may_end(self) -> bool:
        """Whether nobody has asked for another thread since this one last looked; it counts no longer then."""
        with self._lock:
            if self._wanted:
                self._wanted = False
                return False
            self._busy -= 1
            return True


def _raise_in(thread: threading.Thread, error: type[BaseException]) -> None:
    """Raise `error` in another thread, where it next executes Python code (CPython's way; no effect once it ended)."""
    if thread.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(error))
