"""Repeats the last run of a program from the store, where nothing that it depends on has changed."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mldsl_local.journal import Journal, shown_names

from mldsl.errors import MldslError
from mldsl.records import record
from mldsl.redactor import Redactor
from mldsl.runs.memory import Memory, digest, read_memory, write_memory
from mldsl.runs.observer import Observer
from mldsl.runs.record import PLAN, RESULT, start_run
from mldsl.runs.result import RunResult, StepReport
from mldsl.runtime.sources.prints import data_prints
from mldsl.runtime.store import Record, Store, open_store
from mldsl.runtime.versions import library_version
from mldsl.unchanged.asked import Asked, identity, places

_BOM = b"\xef\xbb\xbf"


@record
class Repeatable:
    """A run that can be repeated: where it is remembered, what of it, and the records of its steps by their ids."""

    root: Path
    memory: Memory
    plan: str
    last: RunResult
    store: Store
    records: Mapping[str, Record]


def unchanged(asked: Asked) -> Repeatable | None:
    """The last run of what is asked for, if nothing has changed since.

    From then on it is seen that a run works in the store, so that nothing of it is cleaned away.
    """
    try:
        for root in places(asked):
            memory = read_memory(root / asked.place)
            found = None if memory is None else _repeatable(asked, root, memory)
            if found is not None:
                return found
    except (OSError, ValueError, KeyError, TypeError, AttributeError, RecursionError, MldslError):
        return None  # whatever is amiss, reading the program tells it better
    return None


def repeat(asked: Asked, found: Repeatable, observer: Observer) -> RunResult:
    """Record a run in which every step is cached, as running the program would. Raises StoreError."""
    clock, last, memory = time.perf_counter(), found.last, found.memory
    redactor = Redactor.of(memory.secrets)
    params = _params(last.params, asked.given)
    to = shown_names(asked.to)
    facts = {
        "profile": asked.profile,
        "program": asked.program,
        "folder": str(Path(asked.program).parent.absolute()),
        "params": params,
        "to": to,
        "force": False,
    }
    run = start_run(found.root, last.pipeline, found.plan, facts, redactor)
    journal = Journal(observer, run, redactor)
    journal.run_started(last.steps)
    reports = tuple(_report(journal, report, found) for report in last.steps)
    result = journal.run_finished(
        replace(
            last,
            run=journal.run,
            folder=journal.folder,
            started=_shown(run.started),
            seconds=time.perf_counter() - clock,
            params=params,
            steps=reports,
        )
    )
    here = digest((run.folder / RESULT).read_bytes())
    write_memory(found.root / asked.place, replace(memory, run=run.id, result=here))
    found.store.sweep()
    return result


def _repeatable(asked: Asked, root: Path, memory: Memory) -> Repeatable | None:
    if memory.mldsl != identity() or memory.given != asked.given or not _says_the_same(memory.texts):
        return None
    folder = root / "runs" / memory.run
    plan, result = (folder / PLAN).read_bytes(), (folder / RESULT).read_bytes()
    if digest(plan) != memory.plan or digest(result) != memory.result:
        return None
    store = open_store(memory.store, asked.folder)
    if not _stands_on_the_same(memory, asked.folder, store):
        return None
    last = RunResult.from_document(json.loads(result))
    store.enter()
    reports = {report.key: report for report in last.steps if report.key is not None}
    records = store.use_all(reports)
    if records is None or not all(map(_is_of, records, reports.values())):
        return None
    text = plan.decode("utf-8", "surrogatepass")
    return Repeatable(root, memory, text, last, store, {item.step: item for item in records})


def _says_the_same(texts: Mapping[str, str]) -> bool:
    """Whether the program's files have the text that they had."""
    return all(digest(Path(path).read_bytes().removeprefix(_BOM)) == known for path, known in texts.items())


def _stands_on_the_same(memory: Memory, folder: Path, store: Store) -> bool:
    """Whether the libraries, the data and the user's code are what they were."""
    if any(library_version(name) != version for name, version in memory.libraries.items()):
        return False
    for source in memory.sources:
        found = data_prints(source, source.name, store, folder)
        if found.volatile or found.files != source.files:
            return False
    if not memory.code:
        return True
    from mldsl.runtime.python_code import code_prints

    return all(code_prints(item.names, folder, store) == item.files for item in memory.code)


def _is_of(record: Record, report: StepReport) -> bool:
    """Whether the record has what the step gave then: the keys of the steps behind it were made of that."""
    outputs = {name: item.document() for name, item in record.outputs.items()}
    return record.passed and record.step == report.id and outputs == report.outputs


def _report(journal: Journal, report: StepReport, found: Repeatable) -> StepReport:
    """What to tell of a step this time, told."""
    start = time.perf_counter()
    record = found.records.get(report.id)
    if record is not None:
        journal.started(report)
        local = {name: found.store.local(record.outputs[name]) for name in report.files}
        report = StepReport(
            report.id,
            report.name,
            report.kind,
            "cached",
            seconds=time.perf_counter() - start,
            warnings=record.warnings,
            details=record.details,
            outputs=report.outputs,
            files=journal.keep(report, local) if local else {},
            key=report.key,
        )
    journal.finished(report)
    return report


def _params(last: Mapping[str, Any], given: Mapping[str, str]) -> dict[str, Any]:
    """The values of parameters, and the date and the time of now where they were not given."""
    if "run_date" in given or "run_time" in given:
        return dict(last)
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    return {**last, "run_date": now.date().isoformat(), "run_time": now.isoformat()}


def _shown(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")
