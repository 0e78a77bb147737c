"""One run's directory: the plan, a log of events, and in the end the result."""

from __future__ import annotations

import json
import os
import platform
import threading
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TextIO

from mldsl.errors import StoreError
from mldsl.redactor import Redactor
from mldsl.runs import index
from mldsl.runs.files import copy_whole, file_name, unwritable, write_whole
from mldsl.runs.result import RunResult

PLAN, EVENTS, RESULT, LOGS, REPORTS = "plan.json", "events.jsonl", "result.json", "logs", "reports"
_TRIES = 100
_encode = json.JSONEncoder(ensure_ascii=False, allow_nan=False).encode


@dataclass(slots=True)
class RunRecord:
    """A run that is being written. Events may come from several threads."""

    root: Path
    id: str
    started: datetime
    redactor: Redactor = field(default_factory=Redactor)
    _lock: threading.Lock = field(default_factory=threading.Lock)
    _log: TextIO | None = None

    @property
    def folder(self) -> Path:
        """The run's directory."""
        return self.root / "runs" / self.id

    @property
    def logs(self) -> Path:
        """Where details of failures go."""
        return self.folder / LOGS

    def event(self, name: str, **facts: object) -> None:
        """Add a line to the log: the time, the event's name and plain JSON facts."""
        line = {"time": _iso(datetime.now(UTC)), "event": name, **self.redactor.json(facts)}
        text = _encode(line)
        try:
            with self._lock:
                if self._log is None:
                    self._log = (self.folder / EVENTS).open("a", encoding="utf-8", errors="surrogatepass")
                self._log.write(text + "\n")
                self._log.flush()
        except OSError as error:
            raise unwritable(self.folder, error) from error

    def keep(self, step: str, files: Mapping[str, Path]) -> dict[str, str]:
        """Copy what a step gave people to look at into the directory, each file under its name.

        Gives where each is, relative to the directory: `reports/STEP/NAME.svg`. Raises StoreError where that fails.
        """
        kept = {}
        for name, source in files.items():
            place = f"{REPORTS}/{file_name(step)}/{file_name(name)}{source.suffix}"
            copy_whole(source, self.folder / place)
            kept[name] = place
        return kept

    def finish(self, result: RunResult) -> RunResult:
        """Write the result; gives it back as written, without the values of secrets."""
        document = self.redactor.json(result.document())
        safe = RunResult.from_document(document)
        self.event("run_finished", status=safe.status, exit_status=safe.exit_status, seconds=round(safe.seconds, 3))
        self._close()
        write_whole(self.folder / RESULT, _encode(document))
        self._clean_logs()
        index.note_finish(self.root, self.id, safe.status, safe.exit_status, safe.seconds)
        return safe

    def _close(self) -> None:
        with self._lock:
            if self._log is not None:
                with suppress(OSError):  # what could not be written was said with its event
                    self._log.close()
                self._log = None

    def _clean_logs(self) -> None:
        """Take the values of secrets out of the details of failures."""
        if not self.redactor.values or not self.logs.is_dir():
            return
        for path in sorted(self.logs.iterdir()):
            text = path.read_text(encoding="utf-8", errors="replace")
            write_whole(path, self.redactor.text(text))


def start_run(
    root: Path,
    pipeline: str,
    plan: str,
    facts: Mapping[str, Any],
    redactor: Redactor | None = None,
    now: datetime | None = None,
) -> RunRecord:
    """Begin a run in the store at `root`: its directory, its plan (a JSON text), the first event.

    `facts` are plain JSON about the run: its `profile`, its `program` (a path), its `params`, … Raises StoreError where
    nothing can be written.
    """
    started = now or datetime.now(UTC)
    try:
        run = _claim(root, started)
        run.redactor = redactor or Redactor()
        write_whole(run.folder / PLAN, plan)
    except OSError as error:
        raise unwritable(root, error) from error
    run.event("run_started", pipeline=pipeline, pid=os.getpid(), host=platform.node(), **facts)
    row = index.Row(run.id, pipeline, facts.get("profile"), facts.get("program"), _iso(started), "running")
    index.note_start(root, row)
    return run


def _claim(root: Path, started: datetime) -> RunRecord:
    """Make a directory that nobody else has: `20260131-101500-4f2a`, which sorts by time.

    The last four digits are the fraction of the second, in 65,536ths; a later one where that is taken.
    """
    fraction = started.microsecond * 65_536 // 1_000_000
    for attempt in range(_TRIES):
        suffix = fraction + attempt if fraction + attempt < 65_536 else int.from_bytes(os.urandom(2))
        run = RunRecord(root, f"{started:%Y%m%d-%H%M%S}-{suffix:04x}", started)
        try:
            run.folder.mkdir(parents=True)
        except FileExistsError:
            if not (root / "runs").is_dir():
                raise
            continue
        return run
    raise StoreError(f"no free name for a run in `{root / 'runs'}`")


def _iso(moment: datetime) -> str:
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
