"""The server's own log: a JSON object a line on standard error, written by a thread so that no request waits for it.

A line never holds a value of a request: what was wrong with one is said by column and row.
"""

from __future__ import annotations

import sys
import threading
from collections import deque
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Literal, TextIO

import orjson

Level = Literal["debug", "info", "warning", "error"]

# How often lines are written, in seconds, and how many may wait: a reader that stands still costs lines, not requests.
_EVERY = 0.1
_MOST = 100_000


class Log:
    """Lines that are on their way to a stream."""

    def __init__(self, stream: TextIO | None = None) -> None:
        self._stream = stream or sys.stderr
        self._lines: deque[bytes] = deque()
        self._lost = 0
        self._ending = threading.Event()
        self._thread = threading.Thread(target=self._work, name="log", daemon=True)
        self._thread.start()

    def say(self, level: Level, event: str, about: Mapping[str, object] | None = None) -> None:
        """Add a line."""
        if len(self._lines) >= _MOST:
            self._lost += 1
            return
        time = datetime.now(UTC).isoformat(timespec="milliseconds")[:-6] + "Z"
        document: dict[str, object] = {"time": time, "level": level, "event": event}
        if about:
            document |= about
        self._lines.append(orjson.dumps(document, default=str))

    def close(self) -> None:
        """Write what is left."""
        self._ending.set()
        self._thread.join(timeout=5)

    def _work(self) -> None:
        while not self._ending.wait(_EVERY):
            self._write()
        self._write()

    def _write(self) -> None:
        lines = [self._lines.popleft() for _ in range(len(self._lines))]
        if self._lost:
            lost, self._lost = self._lost, 0
            self.say("warning", "log lines lost", {"lines": lost})
        if lines:
            try:
                self._stream.write(b"\n".join(lines).decode() + "\n")
                self._stream.flush()
            except (OSError, ValueError):
                pass  # nobody reads it


def where(error: BaseException) -> dict[str, object]:
    """What a log may say of an exception: its type and the places it came through; its text may hold values."""
    import traceback

    frames = traceback.extract_tb(error.__traceback__)
    places = [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]
    return {"error": type(error).__name__, "at": places[-8:]}
