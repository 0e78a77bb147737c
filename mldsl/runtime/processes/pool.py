"""The worker processes of a run: started when they are needed, used again, and gone when the run is."""

from __future__ import annotations

import re
import tempfile
import threading
import time
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from mldsl.plan.nodes import Step
from mldsl.plan.walk import python_files
from mldsl.runtime.execute import StepOutcome
from mldsl.runtime.models.spread import Spread
from mldsl.runtime.processes import spare
from mldsl.runtime.processes.deaths import Died, TimeUp, failure
from mldsl.runtime.processes.messages import Request, Terms, outcome_from
from mldsl.runtime.processes.needs import modules
from mldsl.runtime.processes.printed import Printed
from mldsl.runtime.processes.process import Process
from mldsl.runtime.store import Record

Log = Callable[[str], None]
Progress = Callable[[int, int | None, str], None]


@dataclass(slots=True)
class Pool:
    """As many workers as there are steps at once that need one. May be used from several threads."""

    terms: Terms
    redact: Callable[[str], str]
    _idle: list[Process] = field(default_factory=list)
    _all: set[Process] = field(default_factory=set)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _line: bytes = b""

    def warm(self, step: Step) -> None:
        """Have a first worker ready, and what `step` needs imported, when it comes to it."""
        with self._lock:
            if not self._all:
                process = self._start()
                process.prepare(self._first_line(), modules(step))
                self._idle.append(process)

    def carry_out(
        self,
        step: Step,
        jobs: int,
        known: Mapping[str, Record],
        log: Log,
        progress: Progress,
        share: Spread | None = None,
    ) -> tuple[StepOutcome, Path | None]:
        """What comes of a step, and the file with what it printed, if it did.

        Whatever ends this early (an exception in this thread above all) ends the worker, too.
        """
        printed = Printed(lambda: _log_file(step, self.terms.logs), self.redact)
        request = Request(step.id, jobs, known, share)
        limit, start = self.terms.plan.settings.timeout, time.monotonic()
        try:
            try:
                outcome = self._by_worker(step, request, printed, log, progress, limit)
            except TimeUp:
                log("the time of `tune` is up: trials that have not ended are stopped")
                left = None if limit is None else max(limit - (time.monotonic() - start), 0.0)
                outcome = self._by_worker(step, replace(request, late=True), printed, log, progress, left)
        finally:
            path = printed.close()
        return outcome, path

    def _by_worker(
        self, step: Step, request: Request, printed: Printed, log: Log, progress: Progress, limit: float | None
    ) -> StepOutcome:
        """What a worker makes of it; it is there for the next step, or gone. Raises TimeUp."""
        process, again = self._take(), False
        try:
            outcome, again = self._attempt(process, step, request, printed, log, progress, limit)
        finally:
            if not again:
                self._drop(process)
        with self._lock:
            if again:
                self._idle.append(process)
        return outcome

    def _first_line(self) -> bytes:
        """The terms as they are sent, written when the first worker is started: most of it is the plan."""
        self._line = self._line or self.terms.line()
        return self._line

    def close(self, *, spares: bool = True) -> None:
        """Let go of those that have nothing to do, and end all others; without `spares` (no other run can come) all."""
        for process in self._idle if spares else ():
            self._all.discard(process)
            spare.keep(process)
        for process in list(self._all):
            self._drop(process)

    def _attempt(
        self,
        process: Process,
        step: Step,
        request: Request,
        printed: Printed,
        log: Log,
        progress: Progress,
        limit: float | None,
    ) -> tuple[StepOutcome, bool]:
        """The outcome, and whether the worker can be used again."""

        def told(event: Mapping[str, Any]) -> None:
            match event:
                case {"event": "log", "message": str(message)}:
                    log(message)
                case {"event": "progress", "done": int(done), "total": total, "what": str(what)}:
                    progress(done, total, what)

        try:
            process.prepare(self._first_line(), modules(step))
            end = process.carry_out(request.line(), told, printed, limit)
        except Died as died:
            died = died if died.limit is None else replace(died, limit=self.terms.plan.settings.timeout)
            error = failure(died, step, printed.tail, self.terms.code or self.terms.folder)
            return StepOutcome(step.id, "failed", None, None, 0.0, error), False
        left = _left(end["threads"], end["processes"])
        if left and python_files(step):
            log(f"it left {left} running, which ended with it")
        return outcome_from(end["outcome"]), not left

    def _take(self) -> Process:
        with self._lock:
            return self._idle.pop() if self._idle else self._start()

    def _start(self) -> Process:
        process = spare.take(self.terms.surroundings)
        self._all.add(process)
        return process

    def _drop(self, process: Process) -> None:
        process.kill()
        self._all.discard(process)


def _left(threads: int, processes: int) -> str:
    """In words, what a step left running; empty for nothing."""
    counts = ((threads, "thread", "threads"), (processes, "process", "processes"))
    return " and ".join(f"{count} {one if count == 1 else many}" for count, one, many in counts if count)


def _log_file(step: Step, logs: Path | None) -> Path:
    """Where a step's output goes: in the run's logs under the step's name; for a dry run a file of its own."""
    if logs is None:
        with tempfile.NamedTemporaryFile(prefix=f"mldsl-{step.kind}-", suffix=".log", delete=False) as file:
            return Path(file.name)
    logs.mkdir(parents=True, exist_ok=True)
    plain = step.id.replace(":", "-", 1)
    name = re.sub(r"[^A-Za-z0-9._-]", "-", plain)
    return logs / f"{name if name == plain else f'{name}-{zlib.crc32(step.id.encode()):08x}'}.log"
