"""A worker process as the run sees it: starting it, giving it a step, reading what it says, ending it."""

from __future__ import annotations

import fcntl
import json
import os
import selectors
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from typing import Any

from mldsl.runtime.processes.deaths import Died, TimeUp
from mldsl.runtime.processes.messages import Surroundings, encode
from mldsl.runtime.processes.printed import Printed
from mldsl.runtime.processes.worker import TELL_WHERE

# Seconds: between two looks at whether the process is alive and whether the run is to stop; for a process that took
# too long to print where it is; for starting and importing, which do not count as the step's time.
_LOOK_UP, _LAST_WORDS, _START = 0.1, 0.3, 120.0
# Bytes: what is read at a time, and what a process can print before it has to wait; seconds between two readings.
_PIECE, _PIPE, _PAUSE = 1 << 16, 1 << 20, 0.005
# What a search is given beyond its time, for the trials that are about to end: a part of it, in seconds at least and at
# most.
_GRACE, _SHORTEST_GRACE, _LONGEST_GRACE = 0.1, 0.5, 30.0

_BOOT = (
    "import json, sys; sys.path[:] = json.loads(sys.argv[3]); "
    "from mldsl.runtime.processes.worker import main; main(int(sys.argv[1]), int(sys.argv[2]))"
)
Told = Callable[[Mapping[str, Any]], None]


class Process:
    """One worker. A thread at a time uses it."""

    def __init__(self, surroundings: Surroundings) -> None:
        self.surroundings = surroundings
        mine, theirs = socket.socketpair()
        lifeline, self._lifeline = os.pipe()
        self._output, output = os.pipe()
        try:
            # A session of its own: Ctrl-C in the terminal is for the run alone, and all that a step starts can be
            # ended with it.
            self._process = subprocess.Popen(  # noqa: S603
                [sys.executable, "-P", "-c", _BOOT, str(theirs.fileno()), str(lifeline), json.dumps(surroundings.path)],
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(theirs.fileno(), lifeline),
                start_new_session=True,
                env=surroundings.environment,
            )
        finally:
            theirs.close()
            os.close(lifeline)
            os.close(output)
        os.set_blocking(self._output, False)
        with suppress(OSError, AttributeError):  # Linux: what prints much is not to wake this process for every line
            fcntl.fcntl(self._output, fcntl.F_SETPIPE_SZ, _PIPE)
        self._channel = mine
        self._selector = selectors.DefaultSelector()
        self._selector.register(mine, selectors.EVENT_READ)
        self._selector.register(self._output, selectors.EVENT_READ)
        self._rest = b""
        self._terms = b""
        self._alive = True

    @property
    def alive(self) -> bool:
        """Whether it can be given anything."""
        return self._alive and not self._has_ended()

    def prepare(self, terms: bytes, modules: Sequence[str]) -> None:
        """Tell it the terms of the run, if it does not know them, and have it import something."""
        self._send((b"" if terms == self._terms else terms) + encode({"modules": list(modules)}))
        self._terms = terms

    def carry_out(self, request: bytes, told: Told, printed: Printed, limit: float | None) -> Mapping[str, Any]:
        """Give it a step and wait for its last word, the event `end`; `told` gets all others.

        `limit` is how many seconds the step may take. Raises Died where there is no such word, and TimeUp where a
        search for the best trial goes on although its time is up; the worker is gone then.
        """
        self._send(request)
        deadline, search = _in(limit, _START), None
        while True:
            for event in self._events(printed):
                match event:
                    case {"event": "begun"}:
                        deadline = _in(limit)
                    case {"event": "search", "seconds": seconds}:
                        search = None if seconds is None else _in(seconds, _grace(seconds))
                    case {"event": "end"}:
                        self._read_output(printed)
                        return event
                    case _:
                        told(event)
            now = time.monotonic()
            if deadline is not None and now > deadline:
                self._ask_where(printed)
                self.kill()
                raise Died(-signal.SIGKILL, limit)
            if search is not None and now > search:
                self.kill()
                raise TimeUp

    def kill(self) -> None:
        """End it, and all that it started, at once."""
        if not self._alive:
            return
        self._alive = False
        with suppress(ProcessLookupError, PermissionError):
            os.killpg(self._process.pid, signal.SIGKILL)
        self._process.wait()
        self._selector.close()
        self._channel.close()
        os.close(self._output)
        os.close(self._lifeline)

    def _send(self, data: bytes) -> None:
        """That it is gone shows when it does not answer."""
        with suppress(ConnectionError):
            self._channel.sendall(data)

    def _events(self, printed: Printed) -> list[Mapping[str, Any]]:
        """What it has said meanwhile; Died if it will say nothing any more."""
        ready = {key.fileobj for key, _ in self._selector.select(_LOOK_UP)}
        if self._output in ready:
            self._read_output(printed)
            if self._channel not in ready:
                time.sleep(_PAUSE)
        if self._channel in ready:
            data = self._receive()
            if not data:
                raise self._died(printed)
            *lines, self._rest = (self._rest + data).split(b"\n")
            return [json.loads(line) for line in lines]
        if not ready and self._has_ended():  # a process that it started may hold the socket open
            raise self._died(printed)
        return []

    def _receive(self) -> bytes:
        try:
            return self._channel.recv(_PIECE)
        except ConnectionError:
            return b""

    def _read_output(self, printed: Printed) -> None:
        """All that it has printed so far. One that prints without end is no reason not to look at anything else."""
        for _ in range(64):
            try:
                data = os.read(self._output, _PIECE)
            except BlockingIOError:
                return
            if not data:  # nobody can print any more
                with suppress(KeyError):
                    self._selector.unregister(self._output)
                return
            printed.add(data)

    def _ask_where(self, printed: Printed) -> None:
        """Have it print where it is (Python's fault handler does)."""
        with suppress(ProcessLookupError):
            os.kill(self._process.pid, TELL_WHERE)
        before, until = printed.tail, time.monotonic() + _LAST_WORDS
        while printed.tail == before and time.monotonic() < until:
            time.sleep(0.01)
            self._read_output(printed)

    def _has_ended(self) -> bool:
        return os.waitid(os.P_PID, self._process.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def _died(self, printed: Printed) -> Died:
        """It closed the connection: let it end, and say how."""
        until = time.monotonic() + 10 * _LAST_WORDS
        while not self._has_ended() and time.monotonic() < until:
            self._read_output(printed)
            time.sleep(0.005)
        self._read_output(printed)
        ended = self._has_ended()
        self.kill()
        return Died(self._process.returncode if ended else None)


def _in(limit: float | None, more: float = 0.0) -> float | None:
    """So many seconds from now, on the clock of `time.monotonic`."""
    return None if limit is None else time.monotonic() + limit + more


def _grace(seconds: float) -> float:
    return min(max(seconds * _GRACE, _SHORTEST_GRACE), _LONGEST_GRACE)
