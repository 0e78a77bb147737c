"""What came of a run, step by step, and its JSON: one document for `run --json`, `show --json` and `result.json`."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field
from typing import Any, Literal

from mldsl.records import record

StepState = Literal["done", "cached", "skipped", "failed"]
RunStatus = Literal["running", "done", "failed", "interrupted"]

INTERRUPTED = 130


@record
class StepError:
    """Why a step failed. `unmet`: an expectation was not met (exit status 3); `error`: it could not do its work (4)."""

    kind: Literal["unmet", "error"]
    message: str
    help: str | None = None
    code: str | None = None


@record
class StepReport:
    """What came of one step.

    `seconds` is the time it took in this run. `reason` says why a step was skipped; `details` is what the step found
    (a check's `expectations`, an evaluation's `metrics` and `expectations`, …); `outputs` has, by name, the `digest`,
    `suffix`, `kind`, `size` and `rows` of what it gave; `files` has, by name, where in the run's directory that can be
    looked at; `log` is the file with what it printed.
    """

    id: str
    name: str
    kind: str
    state: StepState
    seconds: float = 0.0
    reason: str | None = None
    error: StepError | None = None
    warnings: tuple[str, ...] = ()
    details: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    files: Mapping[str, str] = field(default_factory=dict)
    key: str | None = None
    attempts: int = 1
    log: str | None = None

    @property
    def succeeded(self) -> bool:
        """Whether what comes after it can run."""
        return self.state in ("done", "cached")

    def document(self) -> dict[str, Any]:
        """As plain JSON. `metrics` and `expectations` stand beside the rest of the details."""
        found = dict(self.details)
        document: dict[str, Any] = {
            "id": self.id,
            "name": self.name,
            "kind": self.kind,
            "state": self.state,
            "seconds": round(self.seconds, 3),
        }
        document |= {name: found.pop(name) for name in ("metrics", "expectations") if name in found}
        optional = {
            "reason": self.reason,
            "error": None if self.error is None else _without_none(_error_document(self.error)),
            "warnings": list(self.warnings),
            "details": found,
            "outputs": {name: dict(output) for name, output in self.outputs.items()},
            "files": dict(self.files),
            "key": self.key,
            "attempts": self.attempts if self.attempts > 1 else None,
            "log": self.log,
        }
        return document | {name: value for name, value in optional.items() if value}

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> StepReport:
        """The inverse of `document`; raises KeyError or TypeError for something else."""
        found = {name: document[name] for name in ("metrics", "expectations") if name in document}
        error = document.get("error")
        return cls(
            id=document["id"],
            name=document["name"],
            kind=document["kind"],
            state=document["state"],
            seconds=document["seconds"],
            reason=document.get("reason"),
            error=None if error is None else StepError(**error),
            warnings=tuple(document.get("warnings", ())),
            details={**found, **document.get("details", {})},
            outputs=document.get("outputs", {}),
            files=document.get("files", {}),
            key=document.get("key"),
            attempts=document.get("attempts", 1),
            log=document.get("log"),
        )


@record
class RunResult:
    """What came of a run.

    `run` is its id; `exit_status` what the command line ends with: 0 fine, 3 a check or evaluation not met, 4 a step
    failed, 130 interrupted. `folder` is the run's directory (empty for a dry run). `notes` say plainly what the program
    asks for and this run left out; `written` are the files that `output` asked for.
    """

    run: str
    pipeline: str
    status: RunStatus
    exit_status: int
    steps: tuple[StepReport, ...]
    profile: str | None = None
    started: str = ""
    seconds: float = 0.0
    params: Mapping[str, Any] = field(default_factory=dict)
    dry_run: bool = False
    folder: str = ""
    notes: tuple[str, ...] = ()
    written: tuple[str, ...] = ()

    def step(self, id_or_name: str) -> StepReport:
        """The step of that id, or the last one of that name (a table's check stands before what reads it).

        Raises KeyError if the run had none.
        """
        by_id = [step for step in self.steps if step.id == id_or_name]
        by_name = [step for step in self.steps if step.name == id_or_name and step.kind != "check"]
        if not by_id and not by_name:
            raise KeyError(id_or_name)
        return (by_id or by_name)[-1]

    def document(self) -> dict[str, Any]:
        """As plain JSON: what `mldsl run --json` prints."""
        document: dict[str, Any] = {
            "version": 1,
            "run": self.run,
            "pipeline": self.pipeline,
            "status": self.status,
            "exit_status": self.exit_status,
            "started": self.started,
            "seconds": round(self.seconds, 3),
            "params": dict(self.params),
            "steps": [step.document() for step in self.steps],
            "notes": list(self.notes),
        }
        if self.folder:
            document["folder"] = self.folder
        if self.profile is not None:
            document["profile"] = self.profile
        if self.dry_run:
            document["dry_run"] = True
        if self.written:
            document["written"] = list(self.written)
        return document

    @classmethod
    def from_document(cls, document: Mapping[str, Any]) -> RunResult:
        """The inverse of `document`; raises KeyError or TypeError for something else."""
        return cls(
            run=document["run"],
            pipeline=document["pipeline"],
            status=document["status"],
            exit_status=document["exit_status"],
            steps=tuple(StepReport.from_document(step) for step in document["steps"]),
            profile=document.get("profile"),
            started=document["started"],
            seconds=document["seconds"],
            params=document["params"],
            dry_run=document.get("dry_run", False),
            folder=document.get("folder", ""),
            notes=tuple(document["notes"]),
            written=tuple(document.get("written", ())),
        )


def exit_status(steps: tuple[StepReport, ...]) -> int:
    """4 if a step failed, else 3 if an expectation was not met, else 0."""
    kinds = {step.error.kind for step in steps if step.error is not None}
    return 4 if "error" in kinds else 3 if "unmet" in kinds else 0


def _error_document(error: StepError) -> dict[str, Any]:
    return {"kind": error.kind, "message": error.message, "help": error.help, "code": error.code}


def _without_none(values: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in values.items() if value is not None}
