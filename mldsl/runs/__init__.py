"""Run records: what was run, what happened, and what came of it. Everything is imported when it is first used."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
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

_MODULES = {
    "mldsl.redactor": ("Redactor",),
    "mldsl.runs.history": ("DEFAULT", "LAST", "Run", "list_runs", "load_run", "run_roots"),
    "mldsl.runs.index": ("Row",),
    "mldsl.runs.record": ("RunRecord", "start_run"),
    "mldsl.runs.result": ("RunResult", "StepError", "StepReport"),
}
_WHERE = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    """What `__all__` lists, from the module that has it: whoever only writes files needs no database of runs."""
    if name not in _WHERE:
        raise AttributeError(f"module 'mldsl.runs' has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_WHERE[name]), name)
