"""A run on a terminal: a line for each step as it ends, and what is running now below them."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, TextIO

from mldsl.runs.observer import Observer, Silent

if TYPE_CHECKING:
    from rich.progress import TaskID

    from mldsl.runs import RunResult, StepReport

_SIGNS: Mapping[str, tuple[str, str]] = {
    "done": ("✓", "green"),
    "cached": ("=", "dim"),
    "skipped": ("-", "yellow"),
    "failed": ("✗", "red"),
}


def watcher(stream: TextIO | None = None) -> Observer:
    """Shows the progress of a run on `stream` (standard error by default) if that is a terminal, else nothing."""
    stream = stream or sys.stderr
    return Terminal(stream) if stream.isatty() else Silent()


class Terminal:
    """Draws with rich, which is imported now and not before."""

    def __init__(self, stream: TextIO) -> None:
        from rich.console import Console
        from rich.progress import BarColumn, Progress, SpinnerColumn, TaskProgressColumn, TextColumn, TimeElapsedColumn

        self._console = Console(file=stream, highlight=False, markup=False, emoji=False)
        self._progress = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=20),
            TaskProgressColumn(),
            TextColumn("{task.fields[what]}", markup=False),
            TimeElapsedColumn(),
            console=self._console,
            transient=True,
        )
        self._names: dict[str, str] = {}
        self._tasks: dict[str, TaskID] = {}

    def run_started(self, run: str, steps: Sequence[tuple[str, str, str]]) -> None:
        """Make room."""
        self._names = {id_: f"{kind:<9} {name}" for id_, kind, name in steps}
        self._progress.start()

    def step_started(self, step: str) -> None:
        """A line that moves."""
        self._tasks[step] = self._progress.add_task(self._names[step], total=None, what="")

    def step_progress(self, step: str, done: int, total: int | None, what: str) -> None:
        """Move it."""
        self._progress.update(self._tasks[step], completed=done, total=total, what=what)

    def step_message(self, step: str, message: str) -> None:
        """A line that stays."""
        self._console.print(f"  {self._names[step]}: {message}", style="dim")

    def step_finished(self, report: StepReport) -> None:
        """A line that stays in the place of the one that moved."""
        if report.id in self._tasks:
            self._progress.remove_task(self._tasks.pop(report.id))
        sign, style = _SIGNS[report.state]
        self._console.print(f"{sign} {self._names[report.id]}{_tail(report)}", style=style)

    def run_finished(self, result: RunResult) -> None:
        """Clear what moved."""
        self._progress.stop()


def _tail(report: StepReport) -> str:
    """How long it took, or why it did not run; what failed is told in full when all is over."""
    match report.state:
        case "done":
            return f"  {report.seconds:.1f} s"
        case "cached":
            return "  cached"
        case "skipped":
            return f"  {report.reason}"
        case _:
            return ""
