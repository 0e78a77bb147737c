"""Run records: what was run, what happened, and what came of it."""

from __future__ import annotations

from mldsl.redactor import Redactor
from mldsl.runs.history import DEFAULT, LAST, Run, list_runs, load_run, run_roots
from mldsl.runs.index import Row
from mldsl.runs.record import RunRecord, start_run
from mldsl.runs.result import RunResult, StepError, StepReport

__all__ = [
    "DEFAULT",
    "LAST",
    "Redactor",
    "Row",
    "Run",
    "RunRecord",
    "RunResult",
    "StepError",
    "StepReport",
    "list_runs",
    "load_run",
    "run_roots",
    "start_run",
]
