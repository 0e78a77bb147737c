"""Whoever watches a run while it goes on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from mldsl.runs.result import RunResult, StepReport


class Observer(Protocol):
    """Is told what happens, one call at a time, but not always from the same thread."""

    def run_started(self, run: str, steps: Sequence[tuple[str, str, str]]) -> None:
        """The run's id, and the id, kind and name of every step that it may carry out, in order."""

    def step_started(self, step: str) -> None:
        """The step of that id begins."""

    def step_progress(self, step: str, done: int, total: int | None, what: str) -> None:
        """So much of the step is done, of `total` where that is known; `what` says what is counted or going on."""

    def step_message(self, step: str, message: str) -> None:
        """The step has something to tell."""

    def step_finished(self, report: StepReport) -> None:
        """The step has ended, or will not begin."""

    def run_finished(self, result: RunResult) -> None:
        """All is over, an interruption too."""


class Silent:
    """Watches and says nothing."""

    def run_started(self, run: str, steps: Sequence[tuple[str, str, str]]) -> None:
        """Nothing to say."""

    def step_started(self, step: str) -> None:
        """Nothing to say."""

    def step_progress(self, step: str, done: int, total: int | None, what: str) -> None:
        """Nothing to say."""

    def step_message(self, step: str, message: str) -> None:
        """Nothing to say."""

    def step_finished(self, report: StepReport) -> None:
        """Nothing to say."""

    def run_finished(self, result: RunResult) -> None:
        """Nothing to say."""
