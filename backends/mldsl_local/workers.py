"""Threads that carry out steps, and how they are stopped.

What takes long in such a thread runs in an engine, which releases Python's lock, or in a worker process that the thread
waits for.
"""

from __future__ import annotations

import ctypes
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from queue import Empty, SimpleQueue
from typing import Generic, TypeVar

T = TypeVar("T")

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


@dataclass(slots=True)
class Workers(Generic[T]):
    """Runs functions in threads of their own and hands back what they gave, or raised, in the order they end."""

    stop: threading.Event = field(default_factory=threading.Event)
    _threads: dict[str, threading.Thread] = field(default_factory=dict)
    _ended: SimpleQueue[tuple[str, T | BaseException]] = field(default_factory=SimpleQueue)

    @property
    def busy(self) -> int:
        """How many functions are running."""
        return len(self._threads)

    def start(self, name: str, function: Callable[[], T]) -> None:
        """Run `function` under a name that no other running one has."""
        # A daemon, so that a second Ctrl-C can leave without waiting for a long computation to notice the first.
        thread = threading.Thread(target=self._run, args=(name, function), name=f"mldsl {name}", daemon=True)
        self._threads[name] = thread
        thread.start()

    def wait(self) -> tuple[str, T]:
        """The name and the result of the next function that ends; raises what it raised."""
        name, result = self._next()
        del self._threads[name]
        if isinstance(result, BaseException):
            raise result
        return name, result

    def interrupt(self) -> None:
        """Stop everything and wait for it to end, but not for long: a query in native code notices it only at its end.

        What such a query writes has no name yet and is cleared by the next run. A KeyboardInterrupt ends the waiting.
        """
        self.stop.set()
        for thread in self._threads.values():
            _raise_in(thread, Stopped)
        until = time.monotonic() + _PATIENCE
        while any(thread.is_alive() for thread in self._threads.values()) and time.monotonic() < until:
            time.sleep(_LOOK_UP / 10)

    def _next(self) -> tuple[str, T | BaseException]:
        while True:
            try:
                return self._ended.get(timeout=_LOOK_UP)
            except Empty:
                continue

    def _run(self, name: str, function: Callable[[], T]) -> None:
        try:
            result: T | BaseException = function()
        except BaseException as error:
            result = error
        self._ended.put((name, result))


def _raise_in(thread: threading.Thread, error: type[BaseException]) -> None:
    """Raise `error` in another thread, where it next executes Python code (CPython's way; no effect once it ended)."""
    if thread.ident is not None:
        ctypes.pythonapi.PyThreadState_SetAsyncExc(ctypes.c_ulong(thread.ident), ctypes.py_object(error))
