"""Keeps what a run depended on, so that the next can tell that nothing has changed."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from mldsl.plan.canonical import plain
from mldsl.plan.nodes import Plan, SourceBody, Step
from mldsl.plan.walk import python_files, secrets_of
from mldsl.runs.memory import Code, Memory, Source, digest, write_memory
from mldsl.runs.record import PLAN, RESULT
from mldsl.runs.result import RunResult
from mldsl.runtime.keys import libraries, used_params
from mldsl.runtime.store import Record
from mldsl.unchanged.asked import Asked, identity


def keep(
    asked: Asked, texts: Mapping[str, str], warnings: int, plan: Plan, result: RunResult, records: Mapping[str, Record]
) -> None:
    """Remember a run of a plan, if all went well and what it depended on can be seen.

    `texts` are the program's files by path, `warnings` is how many it has, `records` are those of the run's steps.
    """
    steps = [plan.step(report.id) for report in result.steps if report.id in records]
    if result.exit_status != 0 or not result.folder or not _is_certain(asked, plan, steps, records):
        return
    folder = Path(result.folder)
    root = folder.parent.parent
    try:
        memory = Memory(
            mldsl=identity(),
            texts={path: digest(text.encode("utf-8", "surrogatepass")) for path, text in texts.items()},
            warnings=warnings,
            given=dict(asked.given),
            run=result.run,
            plan=digest((folder / PLAN).read_bytes()),
            result=digest((folder / RESULT).read_bytes()),
            store=str(plan.settings.artifacts),
            secrets=list(secrets_of(plan)),
            sources=[_source(step, step.body, records) for step in steps if isinstance(step.body, SourceBody)],
            code=[Code(names, records[step.id].parts["code"]) for step in steps if (names := python_files(step))],
            libraries=_libraries(plan, steps, records),
        )
    except OSError:
        return
    write_memory(root / asked.place, memory)


def _is_certain(asked: Asked, plan: Plan, steps: Sequence[Step], records: Mapping[str, Record]) -> bool:
    """Whether nothing that the run depended on can change unseen: a database, the time, a store elsewhere."""
    if plan.settings.tracking is not None:
        return False  # every run is told of, also one in which nothing has changed
    if not isinstance(plan.settings.artifacts, str) or "://" in plan.settings.artifacts.removeprefix("file://"):
        return False
    timed = {"run_date", "run_time"} & {name for step in steps for name in used_params(step)}
    if timed and not {"run_date", "run_time"} & asked.given.keys():
        return False
    return not any(records[step.id].parts.get("volatile", True) for step in steps)


def _source(step: Step, body: SourceBody, records: Mapping[str, Record]) -> Source:
    arguments = plain(body.arguments)
    assert isinstance(arguments, dict)
    return Source(step.name, body.connector, arguments, records[step.id].parts["files"])


def _libraries(plan: Plan, steps: Sequence[Step], records: Mapping[str, Record]) -> dict[str, str | None]:
    """The version of each library that a key was made of, and which ones were not there."""
    return {name: records[step.id].parts["versions"].get(name) for step in steps for name in libraries(step, plan)}
