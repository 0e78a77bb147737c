"""What happens during a run, told to whoever watches and written into the run's record."""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

from mldsl.redactor import Redactor
from mldsl.runs.observer import Observer
from mldsl.runs.record import RunRecord
from mldsl.runs.result import RunResult, StepReport


class Named(Protocol):
    """A step, or what came of it."""

    @property
    def id(self) -> str:
        """The step's id."""

    @property
    def kind(self) -> str:
        """The declaration's word."""

    @property
    def name(self) -> str:
        """How people call it."""


def shown_names(to: Sequence[str]) -> str | list[str] | None:
    """What a run is for, as its record has it: a name, several, or everything."""
    return None if not to else to[0] if len(to) == 1 else list(to)


@dataclass(slots=True)
class Journal:
    """One run's. `record` is None for a dry run, which leaves nothing behind."""

    observer: Observer
    record: RunRecord | None
    redactor: Redactor = field(default_factory=Redactor)
    _lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def run(self) -> str:
        """The run's id."""
        return "dry-run" if self.record is None else self.record.id

    @property
    def logs(self) -> Path | None:
        """Where the details of failures go."""
        return None if self.record is None else self.record.logs

    @property
    def folder(self) -> str:
        """The run's directory."""
        return "" if self.record is None else str(self.record.folder)

    def keep(self, step: Named, files: Mapping[str, Path]) -> dict[str, str]:
        """Put what the step gave people to look at into the run's directory; gives where, relative to it."""
        again = step.id.removeprefix(f"{step.kind}:{step.name}").replace(":", ".")  # a second one of that name: `.2`
        return {} if self.record is None else self.record.keep(f"{step.name}{again}", files)

    def run_started(self, steps: Iterable[Named]) -> None:
        """The run begins."""
        with self._lock:
            self.observer.run_started(self.run, [(step.id, step.kind, step.name) for step in steps])

    def started(self, step: Named) -> None:
        """A step begins."""
        self._event("step_started", step=step.id)
        with self._lock:
            self.observer.step_started(step.id)

    def progress(self, step: Named, done: int, total: int | None, what: str) -> None:
        """A step goes on."""
        with self._lock:
            self.observer.step_progress(step.id, done, total, what)

    def message(self, step: Named, message: str) -> None:
        """A step has something to tell."""
        self._event("step_message", step=step.id, message=message)
        with self._lock:
            self.observer.step_message(step.id, self.redactor.text(message))

    def finished(self, report: StepReport) -> None:
        """A step has ended, or will not begin."""
        facts = report.document()
        told: dict[str, object] = {
            name: facts[name] for name in ("state", "seconds", "reason", "error", "key") if name in facts
        }
        if "within" in report.details:
            told["within"] = report.details["within"]
        self._event("step_finished", step=report.id, **told)
        safe = StepReport.from_document(self.redactor.json(report.document())) if self.redactor.values else report
        with self._lock:
            self.observer.step_finished(safe)

    def run_finished(self, result: RunResult) -> RunResult:
        """All is over; gives the result back as it may be shown."""
        if self.record is not None:
            result = self.record.finish(result)
        elif self.redactor.values:
            result = RunResult.from_document(self.redactor.json(result.document()))
        with self._lock:
            self.observer.run_finished(result)
        return result

    def _event(self, name: str, **facts: object) -> None:
        if self.record is not None:
            self.record.event(name, **facts)
