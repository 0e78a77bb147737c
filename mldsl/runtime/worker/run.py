"""Carries out steps of a compiled plan in a task, each through `mldsl.runtime.execute`.

Each step that has to run does so in a process of its own, as the local backend's do: a user's Python then finds the
same surroundings everywhere, cannot disturb the orchestrator's process, and ends at once when the task does.
"""

from __future__ import annotations

import logging
import os
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from mldsl.errors import StepError, StoreError, UsageError
from mldsl.plan.nodes import Plan, Step
from mldsl.plan.params import run_params
from mldsl.plan.walk import secrets_of
from mldsl.redactor import Redactor
from mldsl.runtime.deploy.certificate import certify
from mldsl.runtime.execute import Failure, StepOutcome, execute
from mldsl.runtime.models.spread import Spread
from mldsl.runtime.processes import Pool, Surroundings, Terms
from mldsl.runtime.store import Record, Store
from mldsl.runtime.worker.memory import Memory, RunMemory
from mldsl.runtime.worker.places import Places, task_store
from mldsl.runtime.worker.plans import read_plan
from mldsl.runtime.worker.secrets import in_environment, require
from mldsl.runtime.worker.verdicts import is_unmet, summary

_PAUSE = 15.0  # seconds between two lines that tell of progress
Log = Callable[[str], None]


class TaskFailed(StepError):  # noqa: N818 - it reads as what happened
    """A step failed, or an expectation was not met; the text is the step's own message.

    `may_pass_later` says whether trying again can help; `exit_status` is 3 for an expectation, else 4.
    """

    def __init__(self, failure: Failure) -> None:
        super().__init__(failure.message, failure.help)
        self.may_pass_later = failure.may_pass_later
        self.exit_status = failure.exit_status


def run_steps(
    plan: Path,
    steps: Sequence[str],
    *,
    store: str,
    folder: Path,
    code: Path,
    params: Mapping[str, object],
    run_date: str,
    run_time: str,
    secrets: Mapping[str, str] | None = None,
    log: Log | None = None,
    run: str | None = None,
    verdicts: bool = False,
) -> dict[str, dict[str, object]]:
    """Carry out steps of the plan in a file, in the order given; what came of each, by its id, as small plain JSON.

    Each has `state` (`done`, `cached`) and what `verdicts.summary` says. With `verdicts` an expectation that is not
    met, a monitor's breach for one, is an answer and no error: `state` is `unmet` then, `message` says what is not, and
    the steps after it are not carried out.

    `folder` is where relative paths of data and of the store start, `code` where the program's Python files lie.
    `params` are given as Python values or as text, `run_date` and `run_time` as ISO 8601. `secrets` has values by name;
    others are looked for in the environment. `log` is told what happens, line by line (by default Python's logging is).
    `run` names the run that the task belongs to (in Airflow, the DAG run): its tasks share what its earlier ones found.

    Raises TaskFailed where a step fails or an expectation is not met (after a `warn` it goes on), PlanError for a plan
    that this mldsl cannot read, UsageError for what does not fit the plan, StoreError where the store cannot be used.
    """
    given = {**params, "run_date": run_date, "run_time": run_time}
    places = Places.of(Path(plan).parent, Path(folder), Path(code))
    with open_task(read_plan(Path(plan)), steps, store, places, given, secrets, log, partial(RunMemory, run)) as task:
        found: dict[str, dict[str, object]] = {}
        for id_ in steps:
            outcome = task.carry_out(task.plan.step(id_))
            unmet = verdicts and is_unmet(outcome)
            found[id_] = task.unmet(outcome) if unmet else task.told(outcome)
            if unmet:
                break
        return found


def run_trials(
    plan: Path,
    step: str,
    *,
    share: int,
    shares: int,
    store: str,
    folder: Path,
    code: Path,
    params: Mapping[str, object],
    run_date: str,
    run_time: str,
    secrets: Mapping[str, str] | None = None,
    log: Log | None = None,
    run: str | None = None,
) -> dict[str, dict[str, object]]:
    """Make a share (number `share`, from 0, of `shares`) of the trials of a model's step, before the step itself runs.

    Their scores go to the store, where the step then finds them; so the model is the same as with one worker, whatever
    the sampler. Shares may run at once, one after another, or not at all. Otherwise as `run_steps`.
    """
    if not 0 <= share < shares:
        raise UsageError(f"there is no share {share} of {shares}: they count from 0")
    given = {**params, "run_date": run_date, "run_time": run_time}
    places = Places.of(Path(plan).parent, Path(folder), Path(code))
    with open_task(read_plan(Path(plan)), [step], store, places, given, secrets, log, partial(RunMemory, run)) as task:
        return {step: task.told(task.carry_out(task.plan.step(step), Spread(share, shares)))}


@contextmanager
def open_task(
    plan: Plan,
    steps: Sequence[str],
    store: str,
    places: Places,
    params: Mapping[str, object],
    secrets: Mapping[str, str] | None,
    log: Log | None,
    memory: Callable[[Store], Memory],
) -> Iterator[Task]:
    """Everything looked at before a step begins, and put away afterwards. Arguments and errors as of `run_steps`.

    `plan` is as it was read; `memory` is made of the store: what earlier tasks found.
    """
    wanted = _steps(plan, steps)
    with in_environment(secrets or {}), tempfile.TemporaryDirectory(prefix="mldsl-task-") as logs:
        require(wanted)
        redactor = Redactor.of(secrets_of(plan))
        values = run_params(plan, params)
        say = log or logging.getLogger("mldsl.worker").info
        with _telling_no_secrets(redactor):
            found = task_store(plan, store, places.folder)
            task = Task(plan, found, places, values, redactor, say, memory(found), Path(logs))
            try:
                yield task
            finally:
                task.close()


@contextmanager
def _telling_no_secrets(redactor: Redactor) -> Iterator[None]:
    """What is wrong with the artifact store, whose address may be a secret, is said without it."""
    try:
        yield
    except StoreError as error:
        help_ = None if error.help is None else redactor.text(error.help)
        raise StoreError(redactor.text(error.message), help_) from None


def _steps(plan: Plan, ids: Sequence[str]) -> list[Step]:
    there = {step.id: step for step in plan.steps}
    unknown = next((id_ for id_ in ids if id_ not in there), None)
    if unknown is not None:
        raise UsageError(f"the plan of `{plan.name}` has no step `{unknown}`", "compile the program again")
    return [there[id_] for id_ in ids]


@dataclass(slots=True)
class Task:
    """What all steps of a task share."""

    plan: Plan
    store: Store
    places: Places
    params: dict[str, object]
    redactor: Redactor
    log: Log
    memory: Memory
    logs: Path
    _pool: Pool | None = None
    _told: float = field(default_factory=time.monotonic)

    def carry_out(self, step: Step, share: Spread | None = None) -> StepOutcome:
        """One step, or a share of its trials; what came of it, kept and logged.

        Raises StepError where its inputs are not in the store.
        """
        known = self.memory.before(self, step)
        outcome = execute(
            self.plan,
            step.id,
            self.store,
            folder=self.places.folder,
            code=self.places.code,
            params=self.params,
            jobs=_processors(step),
            known=known,
            logs=self.logs,
            log=self.say,
            elsewhere=partial(self._in_process, step, known, share),
            share=share,
            run=self.memory.run or "",
        )
        self._log(step, outcome, share)
        if step.kind == "deploy" and outcome.record is not None:
            certify(self.store, outcome.record.details, self.memory.run or "", self.places.certificate)
        return outcome

    def told(self, outcome: StepOutcome) -> dict[str, object]:
        """What came of a step as small plain JSON. Raises TaskFailed where it failed or is not met."""
        if outcome.error is not None:
            raise TaskFailed(self.safe(outcome.error))
        record = outcome.record
        state = "cached" if outcome.reused else "done"
        return {"state": state, **({} if record is None else self._summary(record))}

    def unmet(self, outcome: StepOutcome) -> dict[str, object]:
        """What came of a step that is not met, as small plain JSON; its message is logged, too."""
        assert outcome.error is not None and outcome.record is not None
        message = self.safe(outcome.error).message
        self.say(f"not met: {message}")
        return {"state": "unmet", "message": message, **self._summary(outcome.record)}

    def say(self, message: str) -> None:
        """Log a line, without secrets."""
        self.log(self.redactor.text(message))

    def close(self) -> None:
        """Nothing of it runs any more."""
        if self._pool is not None:
            self._pool.close(spares=False)
            self.store.sweep()  # of workers that were killed

    def _summary(self, record: Record) -> dict[str, object]:
        # The store's address may be a secret, and an orchestrator keeps what its tasks tell.
        return summary(record, self.redactor.text(str(self.store)))

    def _in_process(self, step: Step, known: Mapping[str, Record], share: Spread | None) -> StepOutcome:
        self.store.enter()  # here and now: a step need not run that cannot store what it finds
        if self._pool is None:
            self._pool = Pool(self._terms(), self.redactor.text)
        self.say(f"running `{step.name}`" if share is None else f"share {share.share + 1} of {share.shares} of trials")
        outcome, printed = self._pool.carry_out(step, _processors(step), known, self.say, self._progress, share)
        for line in [] if printed is None else printed.read_text("utf-8", "replace").splitlines():
            self.log(line)  # is without secrets
        return outcome

    def _terms(self) -> Terms:
        return Terms(
            self.plan,
            str(self.store),
            self.places.folder,
            self.params,
            None,
            False,
            self.logs,
            Surroundings.here(),
            code=self.places.code,
            run=self.memory.run or "",
        )

    def _progress(self, done: int, total: int | None, what: str) -> None:
        if time.monotonic() - self._told >= _PAUSE or done == total:
            self._told = time.monotonic()
            self.say(f"{what}: {done}" if total is None else f"{what}: {done} of {total}")

    def _log(self, step: Step, outcome: StepOutcome, share: Spread | None) -> None:
        record = outcome.record
        for warning in () if record is None else record.warnings:
            self.say(f"warning: {warning}")
        if outcome.error is not None:
            return
        if record is not None:
            self.memory.keep(record)
        state = "cached" if outcome.reused else "done"
        what = f"`{step.name}`" if share is None or record is not None else f"its share of the trials of `{step.name}`"
        self.say(f"{state}: {what} in {outcome.seconds:.2f} s")

    def safe(self, failure: Failure) -> Failure:
        """The failure without secrets; a traceback goes to the log, as its file ends with the task."""
        help_ = failure.help
        if failure.traceback is not None:
            self.say(failure.traceback.read_text(encoding="utf-8"))
            help_ = None if help_ is not None and str(failure.traceback) in help_ else help_
        text = self.redactor.text
        return Failure(failure.kind, text(failure.message), None if help_ is None else text(help_), failure.code)


def _processors(step: Step) -> int:
    """How many threads a step may use: as many as it was given processors, or as there are. No result depends on it."""
    if step.resources.cpu is not None:
        return max(1, int(step.resources.cpu))
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
