"""Watching a run: a line for each step when it ends, and on a terminal what goes on meanwhile."""

from __future__ import annotations

import shutil
import sys
import threading
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mldsl.cli import console
from mldsl.cli.results import result_lines, step_lines
from mldsl.diagnostics.render.cells import lay, visible, width

if TYPE_CHECKING:
    from mldsl.diagnostics.render.text import Style
    from mldsl.runs import RunResult, StepReport

# Seconds between two looks at the clock.
_TICK = 1.0


@dataclass(slots=True)
class Watcher:
    """Tells people on standard error; an `Observer`. The last line of a terminal shows the steps that are running."""

    style: Style = field(default_factory=lambda: console.style_of(sys.stderr))
    live: bool = field(default_factory=lambda: sys.stderr.isatty())
    _names: dict[str, str] = field(default_factory=dict)
    _running: dict[str, str] = field(default_factory=dict)
    _ended: int = 0
    _begun: float = 0.0
    _width: int = 0
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _over: threading.Event = field(default_factory=threading.Event)

    def run_started(self, run: str, steps: Sequence[tuple[str, str, str]]) -> None:
        """Note how the steps are called, and look at the clock from now on."""
        self._names = {id_: visible(name) for id_, _, name in steps}
        self._width = max(map(width, self._names.values()), default=0)
        self._begun, self._ended, self._over = time.monotonic(), 0, threading.Event()
        if self.live:
            threading.Thread(target=self._tick, name="mldsl clock", daemon=True).start()

    def step_started(self, step: str) -> None:
        """Show that it runs."""
        with self._lock:
            self._running[step] = ""
            self._draw()

    def step_progress(self, step: str, done: int, total: int | None, what: str) -> None:
        """Show how far it is."""
        with self._lock:
            self._running[step] = f" {visible(what)} {done}" + (f" of {total}" if total is not None else "")
            self._draw()

    def step_message(self, step: str, message: str) -> None:
        """Say it at once."""
        self._say(f"  {self._names.get(step, step)}: {visible(message)}")

    def step_finished(self, report: StepReport) -> None:
        """Say what came of it."""
        with self._lock:
            self._running.pop(report.id, None)
            self._ended += 1
            self._say("\n".join(step_lines(report, self._width, self.style)))

    def run_finished(self, result: RunResult) -> None:
        """Say how it ended."""
        self._over.set()
        with self._lock:
            self._running.clear()
            self._say("\n".join(result_lines(result, self.style)))

    def _tick(self) -> None:
        while not self._over.wait(_TICK):
            with self._lock:
                self._draw()

    def _say(self, text: str) -> None:
        with self._lock:
            self._erase()
            console.say(text)
            self._draw()

    def _draw(self) -> None:
        """The line of what is running, as wide as the terminal has room."""
        if self.live and self._running:
            self._erase()
            line = self._line(shutil.get_terminal_size().columns - 1)
            print(line, end="", file=sys.stderr, flush=True)

    def _line(self, columns: int) -> str:
        """How many steps are over, the run's time, and as many of the steps that are running as there is room for."""
        text = f"  {self._ended} of {len(self._names)} · {_clock(time.monotonic() - self._begun)}"
        items = [f" · {self._names[step]}{state}" for step, state in self._running.items()]
        for place, item in enumerate(items):
            left = len(items) - place
            if left > 1 and width(text + item) + len(f" · {left - 1} more") > columns:
                text += f" · {left} {'more' if place else 'running'}"
                break
            text += item
        return lay(text).cells.cut(0, columns)

    def _erase(self) -> None:
        if self.live:
            print("\r\x1b[K", end="", file=sys.stderr)


def _clock(seconds: float) -> str:
    minutes, rest = divmod(int(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{rest:02}" if hours else f"{minutes}:{rest:02}"
