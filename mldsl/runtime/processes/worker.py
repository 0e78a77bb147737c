"""A worker process: carries out one step after another, each as if it were the first."""

from __future__ import annotations

import faulthandler
import fcntl
import json
import os
import signal
import socket
import sys
import threading
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from importlib import import_module
from io import TextIOWrapper
from pathlib import Path
from typing import Any

from mldsl.runtime.execute import Failure, StepOutcome, execute
from mldsl.runtime.processes.messages import Request, Surroundings, Terms, encode, outcome_document
from mldsl.runtime.store import open_store
from mldsl.runtime.user_code import in_words, own_line

TELL_WHERE = signal.SIGUSR1
"""The signal on which a worker prints where it is."""

_SET_SIGNAL = 10  # F_SETSIG of Linux, which Python's fcntl does not name


def main(connection: int, lifeline: int) -> None:
    """Serve the run at the other end of the socket `connection` until it closes it."""
    _end_with(lifeline)
    faulthandler.enable(all_threads=False)
    faulthandler.register(TELL_WHERE, all_threads=False)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, TextIOWrapper):
            stream.reconfigure(encoding="utf-8", errors="backslashreplace", line_buffering=True)
    with socket.socket(fileno=connection) as channel, channel.makefile("rb") as lines:
        _serve(channel, lines)
    # Whatever a user's function left running does not keep the process here.
    os._exit(0)


def _serve(channel: socket.socket, lines: Iterable[bytes]) -> None:
    talk = _Talk(channel)
    terms: Terms | None = None
    for line in lines:
        match json.loads(line):
            case {"plan": _} as document:
                terms = Terms.read(document)
                terms.surroundings.settle()
            case {"modules": modules}:
                for name in modules:
                    import_module(name)
            case {"step": _} as document:
                assert terms is not None
                _answer(terms, Request.read(document), talk)


@dataclass(slots=True)
class _Talk:
    """Tells the run what happens; also from several threads of one step."""

    channel: socket.socket
    lock: Any = None

    def __post_init__(self) -> None:
        self.lock = threading.Lock()

    def say(self, event: str, **facts: object) -> None:
        """One line."""
        with self.lock:
            self.channel.sendall(encode({"event": event, **facts}))


def _answer(terms: Terms, request: Request, talk: _Talk) -> None:
    talk.say("begun")
    threads = set(threading.enumerate())
    with _as_it_was(terms.surroundings):
        outcome = _carry_out(terms, request, talk)
    for stream in (sys.stdout, sys.stderr):
        with suppress(Exception):
            stream.flush()
    left = [thread for thread in threading.enumerate() if thread not in threads]
    talk.say("end", outcome=outcome_document(outcome), threads=len(left), processes=_others_in_group())


def _carry_out(terms: Terms, request: Request, talk: _Talk) -> StepOutcome:
    try:
        return execute(
            terms.plan,
            request.step,
            open_store(terms.store, terms.folder),
            folder=terms.folder,
            params=terms.params,
            jobs=request.jobs,
            rows=terms.rows,
            force=terms.force,
            known=request.known,
            written=terms.written,
            code=terms.code,
            run=terms.run,
            share=request.share,
            logs=terms.logs,
            log=lambda message: talk.say("log", message=message),
            progress=lambda done, total, what: talk.say("progress", done=done, total=total, what=what),
            searching=lambda seconds: talk.say("search", seconds=seconds),
            late=request.late,
        )
    except BaseException as error:  # what a user's function raises to get past everyone
        name = terms.plan.step(request.step).name
        failure = Failure("error", f"`{name}` failed: {in_words(error)}{own_line(error, terms.code or terms.folder)}")
        return StepOutcome(request.step, "failed", None, None, 0.0, failure)


@contextmanager
def _as_it_was(surroundings: Surroundings) -> Iterator[None]:
    """Puts back what a user's function may change and the next one would see."""
    streams, mask = (sys.stdin, sys.stdout, sys.stderr), os.umask(0o022)
    os.umask(mask)
    handlers = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT, signal.SIGALRM)}
    try:
        yield
    finally:
        sys.stdin, sys.stdout, sys.stderr = streams
        os.umask(mask)
        signal.alarm(0)
        for number, handler in handlers.items():
            signal.signal(number, handler)
        surroundings.settle()


def _end_with(lifeline: int) -> None:
    """Has the system kill this process, and all it started, when the run's process is gone, however it ended.

    The other end of the pipe `lifeline` is open as long as the run's process lives. Its closing makes the system send
    a signal, which works also where a native computation holds Python's lock.
    """
    if sys.platform == "linux":
        fcntl.fcntl(lifeline, fcntl.F_SETOWN, -os.getpgrp())
        fcntl.fcntl(lifeline, _SET_SIGNAL, signal.SIGKILL)
        fcntl.fcntl(lifeline, fcntl.F_SETFL, fcntl.fcntl(lifeline, fcntl.F_GETFL) | os.O_ASYNC)
    threading.Thread(target=_wait_for_end, args=(lifeline,), name="lifeline", daemon=True).start()


def _wait_for_end(lifeline: int) -> None:
    """For other systems, and for a run that ended before the system was asked to tell."""
    os.read(lifeline, 1)
    os.killpg(os.getpgrp(), signal.SIGKILL)


def _others_in_group() -> int:
    """How many processes there are that this one started, directly or not, as far as the system says."""
    own, group, found = os.getpid(), os.getpgrp(), 0
    with suppress(OSError):
        for entry in os.scandir("/proc"):
            if entry.name.isdigit() and int(entry.name) != own:
                with suppress(OSError, ValueError, IndexError):
                    # `pid (name) state parent group …`; the name may hold anything
                    state, _, process_group = Path(entry.path, "stat").read_text().rpartition(")")[2].split()[:3]
                    found += int(process_group) == group and state != "Z"
    return found
