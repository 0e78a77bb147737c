"""Carries out one step of a plan: every backend's work ends here."""

from __future__ import annotations

import tempfile
import time
import traceback
from collections.abc import Callable, Collection, Mapping
from contextlib import ExitStack
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from mldsl.errors import MldslError, StoreError
from mldsl.plan.nodes import Plan, Step
from mldsl.plan.walk import python_files
from mldsl.records import record
from mldsl.runtime.errors import StepFailed, UserCodeFailed
from mldsl.runtime.keys import KeyParts, Keys
from mldsl.runtime.seeds import derive_seed, seeded
from mldsl.runtime.store import Record, Store, Stored
from mldsl.runtime.work import Log, Progress, Searching, StepResult, Work

if TYPE_CHECKING:
    from mldsl.runtime.models.spread import Spread

# What carries out a step of each kind: `run(work: Work) -> StepResult`, imported when it is needed.
STEPS: Mapping[str, str] = {
    "source": "mldsl.runtime.steps.source:run",
    "check": "mldsl.runtime.steps.check:run",
    "transform": "mldsl.runtime.steps.transform:run",
    "split": "mldsl.runtime.steps.split:run",
    "model": "mldsl.runtime.models.fit:run",
    "evaluate": "mldsl.runtime.evaluation.evaluate:run",
    "deploy": "mldsl.runtime.deploy.step:run",
    "monitor": "mldsl.runtime.monitoring.step:run",
}


# What Polars raises when it breaks down; not an Exception, and not to be named without importing Polars.
_PANIC = "PanicException"


@record
class Failure:
    """Why a step failed. `unmet`: an expectation was not met (exit status 3); `error`: it could not do its work (4).

    `traceback` is a file with the details of an error that nobody foresaw.
    """

    kind: Literal["unmet", "error"]
    message: str
    help: str | None = None
    code: str | None = None
    traceback: Path | None = None

    @property
    def exit_status(self) -> int:
        """What the command line ends with."""
        return 3 if self.kind == "unmet" else 4

    @property
    def may_pass_later(self) -> bool:
        """Whether trying again can help: not where data breaks its schema (such failures have a diagnostic's code)."""
        return self.kind == "error" and self.code is None


@record
class StepOutcome:
    """What came of a step. `record` is there unless it failed with an error, or made a share of
    trials; an unmet check has one, too.

    `seconds` is the time that this call took, not that of the run that filled the store. `reused` says that the
    result was in the store, also that of an unmet check.
    """

    step_id: str
    state: Literal["done", "cached", "failed"]
    key: str | None
    record: Record | None
    seconds: float
    error: Failure | None = None
    reused: bool = False


@record
class _Telling:
    """Who is told what happens in a step."""

    log: Log
    progress: Progress
    searching: Searching


def execute(
    plan: Plan,
    step_id: str,
    store: Store,
    *,
    folder: Path,
    params: Mapping[str, object],
    jobs: int = 1,
    rows: int | None = None,
    force: bool = False,
    known: Mapping[str, Record] | None = None,
    written: Collection[str] = (),
    logs: Path | None = None,
    log: Log | None = None,
    progress: Progress | None = None,
    elsewhere: Callable[[], StepOutcome | None] | None = None,
    code: Path | None = None,
    share: Spread | None = None,
    searching: Searching | None = None,
    late: bool = False,
    run: str = "",
) -> StepOutcome:
    """Run one step, or take its result from the store.

    `folder` is the program's folder, `code` the one with its Python files, where that is another. `params` has every
    parameter's value and `run_date` and `run_time`; `rows` makes it a dry run that reads so many rows of every source.
    `known` are the records of this run's earlier steps by step
    id; without it they are looked up by their keys. `written` are the ids of steps whose tables are wanted although the
    plan has them inlined. `logs` is the directory for tracebacks (by default the system's temporary one). `elsewhere`
    is asked when the step has to run: it may have another process call this function, and give what came of it there;
    with None the step runs here. With a `share` only that of a model's trials is made, for whoever fits the model
    later: there is no record then. `searching` and `late` are about the search of a model's step, see `Work`, as is
    `run`, the id of the run. Raises
    KeyError for an unknown step, and nothing else that a step can cause.
    """
    step = plan.step(step_id)
    start = time.perf_counter()
    key = None
    try:
        keys = Keys(plan, store, folder, params, rows, known or {}, written, code)
        parts = keys.parts(step)
        key = parts.key
        found = None if force else _usable(keys, step, parts)
        if found is not None:
            return _outcome(found, time.perf_counter() - start, reused=True)
        if elsewhere is not None and (outcome := elsewhere()) is not None:
            return outcome
        if force and step.kind == "model":
            store.forget_trials(key)
        telling = _Telling(log or _silent, progress or _still, searching or _unheard)
        record = _run(keys, step, parts, jobs, telling, start, share, late, run)
        if share is not None:
            return StepOutcome(step_id, "done", key, None, time.perf_counter() - start)
        store.keep(record)
        if step.kind == "model":
            store.forget_trials(key)
    except BaseException as error:
        if not isinstance(error, Exception) and type(error).__name__ != _PANIC:
            raise
        failure = _failure(step, error, logs)
        return StepOutcome(step_id, "failed", key, None, time.perf_counter() - start, failure)
    return _outcome(record, time.perf_counter() - start, reused=False)


def _usable(keys: Keys, step: Step, parts: KeyParts) -> Record | None:
    """The step's result in the store, if it may stand for doing the step again."""
    if not parts.volatile:
        return keys.use(step)
    if step.kind != "deploy":
        return None
    from mldsl.runtime.deploy.holds import still_holds

    found = keys.use(step)
    return found if found is not None and still_holds(keys, step, found) else None


def _run(
    keys: Keys,
    step: Step,
    parts: KeyParts,
    jobs: int,
    telling: _Telling,
    start: float,
    share: Spread | None,
    late: bool,
    run_id: str,
) -> Record:
    run = _function(step)
    with ExitStack() as stack:
        work = Work(
            plan=keys.plan,
            step=step,
            store=keys.store,
            inputs=_inputs(keys, step),
            records=lambda id_: _record(keys, id_),
            inlined=keys.inlines(step),
            folder=keys.folder,
            code=keys.code or keys.folder,
            params=keys.params,
            seed=derive_seed(keys.plan.settings.seed, step.id),
            jobs=jobs,
            rows=keys.rows,
            room=lambda: stack.enter_context(keys.store.scratch()),
            log=telling.log,
            progress=telling.progress,
            key="" if parts.volatile else parts.key,
            share=share,
            searching=telling.searching,
            late=late,
            run=run_id,
        )
        if python_files(step):
            stack.enter_context(seeded(work.seed))
        try:
            result = run(work)
        finally:
            work.close()
    seconds = time.perf_counter() - start
    return Record(
        parts.key,
        step.id,
        step.kind,
        work.outputs,
        result.passed,
        result.details,
        result.warnings,
        seconds,
        parts.plain,
    )


def _function(step: Step) -> Callable[[Work], StepResult]:
    """The function for the step's kind; importing it is where the data libraries come in."""
    module, name = STEPS[step.kind].split(":")
    function: Callable[[Work], StepResult] = getattr(import_module(module), name)
    return function


def _inputs(keys: Keys, step: Step) -> dict[str, Stored]:
    """What is in the store of the step's inputs: a table that is not written is computed in the step's own query."""
    found = {}
    for name, source in step.inputs.items():
        stored = _record(keys, source.step).outputs.get(source.output)
        if stored is not None:
            found[name] = stored
    return found


def _record(keys: Keys, id_: str) -> Record:
    record = keys.record(keys.plan.step(id_))
    assert record is not None, "the key could be worked out, so the input is there"
    return record


def _outcome(record: Record, seconds: float, *, reused: bool) -> StepOutcome:
    if not record.passed:
        message = str(record.details.get("message") or f"expectations of `{record.step}` were not met")
        return StepOutcome(record.step, "failed", record.key, record, seconds, Failure("unmet", message), reused)
    return StepOutcome(record.step, "cached" if reused else "done", record.key, record, seconds, reused=reused)


def _failure(step: Step, error: BaseException, logs: Path | None) -> Failure:
    match error:
        case UserCodeFailed():
            path = _write_traceback(step, error.__cause__ or error, logs)
            details = f"the details are in `{path}`" if path else None
            return Failure("error", error.message, error.help or details, error.code, path)
        case StepFailed():
            return Failure("error", error.message, error.help, error.code)
        case StoreError() | MldslError():
            return Failure("error", error.message, error.help)
        case _:
            path = _write_traceback(step, error, logs)
            text = str(error).strip().splitlines()
            message = f"`{step.name}` failed: {type(error).__name__}{': ' + text[0] if text else ''}"
            return Failure("error", message, f"the details are in `{path}`" if path else None, traceback=path)


def _write_traceback(step: Step, error: BaseException, logs: Path | None) -> Path | None:
    text = "".join(traceback.format_exception(error))
    try:
        if logs is not None:
            logs.mkdir(parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(
            "w", prefix=f"mldsl-{step.kind}-", suffix=".txt", dir=logs, delete=False, encoding="utf-8"
        ) as file:
            file.write(f"{step.id} ({step.location})\n\n{text}")
        return Path(file.name)
    except OSError:
        return None


def _silent(message: str) -> None:
    """Log nothing."""


def _unheard(seconds: float | None) -> None:
    """Stop no search."""


def _still(done: int, total: int | None, what: str) -> None:
    """Show no progress."""
