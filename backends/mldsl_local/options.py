"""What a local run is told."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from dataclasses import field
from pathlib import Path

from mldsl.records import record
from mldsl.runs import RunResult
from mldsl.runs.observer import Observer, Silent
from mldsl.runtime.store import Record

DRY_ROWS = 1000


@record
class RunOptions:
    """How a plan is run.

    `folder` is the program's folder, which relative paths are relative to; `program` is how people call the program.
    `params` are values for parameters (texts are read as the parameter's type says). `to` names what the run is for
    (nothing: everything), `output` the directory that the results are written to. `jobs` is the number of workers
    (None: one a processor). `force` runs steps whose results are in the store. `rows` makes it a dry run on so many
    rows of every source. With `onnx` models are written as ONNX, too. `ended` is told what came of it, and the records
    of its steps by their ids.
    """

    folder: Path
    program: str | None = None
    params: Mapping[str, object] = field(default_factory=dict)
    to: tuple[str, ...] = ()
    output: Path | None = None
    onnx: bool = False
    jobs: int | None = None
    force: bool = False
    rows: int | None = None
    observer: Observer = field(default_factory=Silent)
    ended: Callable[[RunResult, Mapping[str, Record]], None] | None = None

    @property
    def workers(self) -> int:
        """The number of workers, at least one."""
        return max(1, self.jobs if self.jobs is not None else _processors())


def _processors() -> int:
    """The processors that this process may use."""
    try:
        return len(os.sched_getaffinity(0))
    except AttributeError:  # not on Linux
        return os.cpu_count() or 1
