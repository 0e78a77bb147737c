"""Watching a run: a line for each step when it ends, and on a terminal what goes on meanwhile."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from mldsl.cli import console
from mldsl.cli.results import result_lines, step_lines
from mldsl.diagnostics.render.cells import visible, width

if TYPE_CHECKING:
    from mldsl.diagnostics.render.text import Style
    from mldsl.runs import RunResult, StepReport


@dataclass(slots=True)
class Watcher:
    """Tells people on standard error; an `Observer`. The last line of a terminal shows the steps that are running."""

    style: Style = field(default_factory=lambda: console.style_of(sys.stderr))
    live: bool = field(default_factory=lambda: sys.stderr.isatty())
    _names: dict[str, str] = field(default_factory=dict)
    _running: dict[str, str] = field(default_factory=dict)
    _width: int = 0

    def run_started(self, run: str, steps: Sequence[tuple[str, str, str]]) -> None:
        """Note how the steps are called."""
        self._names = {id_: visible(name) for id_, _, name in steps}
        self._width = max(map(width, self._names.values()), default=0)

    def step_started(self, step: str) -> None:
        """Show that it runs."""
        self._running[step] = ""
        self._draw()

    def step_progress(self, step: str, done: int, total: int | None, what: str) -> None:
        """Show how far it is."""
        self._running[step] = f" {what} {done}" + (f" of {total}" if total is not None else "")
        self._draw()

    def step_message(self, step: str, message: str) -> None:
        """Say it at once."""
        self._say(f"  {self._names.get(step, step)}: {visible(message)}")

    def step_finished(self, report: StepReport) -> None:
        """Say what came of it."""
        self._running.pop(report.id, None)
        self._say("\n".join(step_lines(report, self._width, self.style)))

    def run_finished(self, result: RunResult) -> None:
        """Say how it ended."""
        self._running.clear()
        self._say("\n".join(result_lines(result, self.style)))

    def _say(self, text: str) -> None:
        self._erase()
        console.say(text)
        self._draw()

    def _draw(self) -> None:
        """The line of what is running, cut to the terminal's width."""
        if not self.live or not self._running:
            return
        text = "  … " + " · ".join(f"{self._names[step]}{state}" for step, state in self._running.items())
        self._erase()
        print(text[: shutil.get_terminal_size().columns - 1], end="", file=sys.stderr, flush=True)

    def _erase(self) -> None:
        if self.live:
            print("\r\x1b[K", end="", file=sys.stderr)
