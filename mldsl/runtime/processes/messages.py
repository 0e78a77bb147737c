"""What a run and its worker processes say to each other: JSON documents, one a line.

A worker is told the terms of a run first, then, as often as there is one, what to import and which step to carry out.

JSON, not pickle: what comes back was written by a process in which anything may have run.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Mapping
from dataclasses import asdict
from pathlib import Path
from typing import Any

from mldsl.plan.document import dump, load
from mldsl.plan.nodes import Plan
from mldsl.plan.params import params_document, params_from_document
from mldsl.records import record
from mldsl.runtime.execute import Failure, StepOutcome
from mldsl.runtime.models.spread import Spread
from mldsl.runtime.store import Record
from mldsl.runtime.store.records import record_from_json

# Sums of floats depend on how many threads share them, and the order of a set of texts on the hash's seed: with these
# fixed, a user's function gives the same on every machine and beside anything. Who needs more threads asks for them.
FIXED = {
    "PYTHONHASHSEED": "0",
    "OMP_NUM_THREADS": "1",
    "OPENBLAS_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "VECLIB_MAXIMUM_THREADS": "1",
}
_READ_ONCE = (
    "ARROW_", "DYLD_", "KMP_", "LANG", "LC_", "LD_", "MALLOC_", "MKL_", "NUMEXPR_", "OMP_", "OPENBLAS_", "POLARS_",
    "PYTHON", "RAYON_", "TMP", "TZ", "VECLIB_", "_RJEM_",
)  # fmt: skip


@record
class Surroundings:
    """What a process finds around it. Two numerical settings are the worker's own: see `FIXED`."""

    folder: str
    path: list[str]
    environment: dict[str, str]

    @classmethod
    def here(cls) -> Surroundings:
        """Those of this process."""
        path = [os.path.abspath(place) for place in sys.path]  # noqa: PTH100 - Path would follow links
        return cls(os.getcwd(), path, {**os.environ, **FIXED})  # noqa: PTH109

    def settle(self) -> None:
        """Make them those of this process."""
        os.chdir(self.folder)
        sys.path[:] = self.path
        if dict(os.environ) != self.environment:
            os.environ.clear()
            os.environ.update(self.environment)

    @property
    def settings(self) -> dict[str, str]:
        """The variables that Python and native libraries read once, as they are loaded."""
        return {name: value for name, value in self.environment.items() if name.startswith(_READ_ONCE)}


@record
class Terms:
    """What all steps of a run share: the first line of a run that a worker gets.

    `store` is the store's path or URI; `written` and `run` are what `execute` is told of. The working directory, the
    environment and Python's path of the run's process are sent along.
    """

    plan: Plan
    store: str
    folder: Path
    params: Mapping[str, object]
    rows: int | None
    force: bool
    logs: Path | None
    surroundings: Surroundings
    written: frozenset[str] = frozenset()
    code: Path | None = None
    run: str = ""

    def line(self) -> bytes:
        """As it is sent."""
        return encode(
            {
                "plan": dump(self.plan),
                "store": self.store,
                "folder": str(self.folder),
                "params": params_document(self.params),
                "rows": self.rows,
                "force": self.force,
                "logs": None if self.logs is None else str(self.logs),
                "surroundings": asdict(self.surroundings),
                "written": sorted(self.written),
                "code": None if self.code is None else str(self.code),
                "run": self.run,
            }
        )

    @classmethod
    def read(cls, found: Mapping[str, Any]) -> Terms:
        """The inverse of `line`."""
        plan = load(found["plan"])
        return cls(
            plan,
            found["store"],
            Path(found["folder"]),
            params_from_document(plan, found["params"]),
            found["rows"],
            found["force"],
            None if found["logs"] is None else Path(found["logs"]),
            Surroundings(**found["surroundings"]),
            frozenset(found["written"]),
            None if found["code"] is None else Path(found["code"]),
            found["run"],
        )


@record
class Request:
    """A step to carry out: what `execute` is told of it beyond the terms.

    `late` says that its search was stopped when the time for that was up.
    """

    step: str
    jobs: int
    known: Mapping[str, Record]
    share: Spread | None = None
    late: bool = False

    def line(self) -> bytes:
        """As it is sent."""
        known = {id_: record.to_json() for id_, record in self.known.items()}
        share = None if self.share is None else asdict(self.share)
        return encode(
            {"step": self.step, "jobs": self.jobs, "known": known, "share": share, "late": self.late},
        )

    @classmethod
    def read(cls, found: Mapping[str, Any]) -> Request:
        """The inverse of `line`."""
        known = {id_: _record(text) for id_, text in found["known"].items()}
        share = found["share"]
        return cls(found["step"], found["jobs"], known, Spread(**share) if share else None, found["late"])


def outcome_document(outcome: StepOutcome) -> dict[str, Any]:
    """An outcome as plain JSON."""
    error = None
    if outcome.error is not None:
        trace = outcome.error.traceback
        error = {**asdict(outcome.error), "traceback": None if trace is None else str(trace)}
    return {
        "step_id": outcome.step_id,
        "state": outcome.state,
        "key": outcome.key,
        "record": None if outcome.record is None else outcome.record.to_json(),
        "seconds": outcome.seconds,
        "error": error,
        "reused": outcome.reused,
    }


def outcome_from(document: Mapping[str, Any]) -> StepOutcome:
    """The inverse of `outcome_document`. Raises KeyError, TypeError or ValueError for something else."""
    error = document["error"]
    if error is not None:
        trace = error["traceback"]
        error = Failure(**{**error, "traceback": None if trace is None else Path(trace)})
    record = None if document["record"] is None else _record(document["record"])
    return StepOutcome(**{**document, "record": record, "error": error})


def encode(document: Mapping[str, Any]) -> bytes:
    """One line."""
    return json.dumps(document, separators=(",", ":")).encode("ascii") + b"\n"


def _record(text: str) -> Record:
    record = record_from_json(text)
    if record is None:
        raise ValueError("this is no record")
    return record
