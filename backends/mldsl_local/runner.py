"""Carries steps out in the order of what they need, independent ones side by side."""

from __future__ import annotations

import time
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from pathlib import Path

from mldsl.plan.links import needs, outputs
from mldsl.plan.nodes import Plan, PythonForm, SourceBody, Step, TransformBody, VerbsForm
from mldsl.runs import StepError, StepReport
from mldsl.runtime.execute import Failure, StepOutcome, execute
from mldsl.runtime.store import Record, Store
from mldsl_local.capabilities import left_out
from mldsl_local.journal import Journal
from mldsl_local.workers import Stopped, Workers


@dataclass(frozen=True, slots=True)
class Setting:
    """Where and how the steps of one run are carried out."""

    plan: Plan
    store: Store
    folder: Path
    params: Mapping[str, object]
    jobs: int
    force: bool
    rows: int | None

    @property
    def is_dry(self) -> bool:
        """Whether this is a dry run: every step runs, whatever the few rows say about the expectations."""
        return self.rows is not None


@dataclass(slots=True)
class Runner:
    """One run of some steps. `reports` and `records` fill up, by step id, as steps end."""

    setting: Setting
    journal: Journal
    reports: dict[str, StepReport] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    _workers: Workers[tuple[StepReport, Record | None]] = field(default_factory=Workers)
    _alone: set[str] = field(default_factory=set)

    def run(self, steps: Sequence[Step]) -> None:
        """Carry out `steps`, which stand in an order in which they can run and lack nothing that they need.

        Whatever ends it early, a KeyboardInterrupt above all, stops the steps that are running and goes on its way.
        """
        waiting = list(steps)
        try:
            while waiting or self._workers.busy:
                waiting = [step for step in waiting if not self._begin(step)]
                if self._workers.busy:
                    self._end_one()
        except BaseException:
            self._workers.interrupt()
            raise
        finally:
            self.reports |= {step.id: _interrupted(step) for step in steps if step.id not in self.reports}

    def _begin(self, step: Step) -> bool:
        """Start the step, or settle that it will not run; False while it has to wait."""
        needed = needs(step)
        if any(id_ not in self.reports for id_ in needed):
            return False
        reason = self._left_out(step) or next((why for id_ in needed if (why := _why_not(self.reports[id_]))), None)
        if reason is not None:
            self._settle(StepReport(step.id, step.name, step.kind, "skipped", reason=reason))
            return True
        alone = runs_alone(step)
        if self._workers.busy >= self.setting.jobs or (alone and self._alone):
            return False
        if alone:
            self._alone.add(step.id)
        known = {id_: self.records[id_] for id_ in needed if id_ in self.records}
        self._workers.start(step.id, lambda: self._carry_out(step, known))
        return True

    def _left_out(self, step: Step) -> str | None:
        reason = left_out(step)
        return "a dry run deploys nothing" if reason is not None and self.setting.is_dry else reason

    def _end_one(self) -> None:
        """Wait for the next step to end."""
        id_, (report, record) = self._workers.wait()
        self._alone.discard(id_)
        if record is not None:
            self.records[id_] = record
        self._settle(report)

    def _settle(self, report: StepReport) -> None:
        self.reports[report.id] = report
        self.journal.finished(report)

    def _carry_out(self, step: Step, known: Mapping[str, Record]) -> tuple[StepReport, Record | None]:
        """In a worker's thread: the step, tried again as often as the pipeline says."""
        settings = self.setting.plan.settings
        start = time.perf_counter()
        self.journal.started(step)
        attempt = 1
        while True:
            outcome = self._execute(step, known)
            if attempt > settings.retries or not _may_pass_later(outcome.error):
                return self._report(step, outcome, time.perf_counter() - start, attempt), outcome.record
            attempt += 1
            failure = outcome.error.message if outcome.error is not None else ""
            self.journal.message(step, f"{failure}; attempt {attempt} of {settings.retries + 1}")
            if self._workers.stop.wait(settings.retry_delay or 0):
                raise Stopped

    def _execute(self, step: Step, known: Mapping[str, Record]) -> StepOutcome:
        setting = self.setting
        return execute(
            setting.plan,
            step.id,
            setting.store,
            folder=setting.folder,
            params=setting.params,
            jobs=setting.jobs,
            rows=setting.rows,
            force=setting.force,
            known=known,
            logs=self.journal.logs,
            log=lambda message: self.journal.message(step, message),
            progress=lambda done, total, what: self._progress(step, done, total, what),
        )

    def _progress(self, step: Step, done: int, total: int | None, what: str) -> None:
        """Each sign of progress is also where a step can be stopped."""
        if self._workers.stop.is_set():
            raise Stopped
        self.journal.progress(step, done, total, what)

    def _report(self, step: Step, outcome: StepOutcome, seconds: float, attempts: int) -> StepReport:
        record, error, state = outcome.record, outcome.error, outcome.state
        warnings = list(record.warnings) if record is not None else []
        if self.setting.is_dry and error is not None and error.kind == "unmet":
            warnings.append(f"{error.message}, on the rows of this dry run")
            error, state = None, "done"
        return StepReport(
            id=step.id,
            name=step.name,
            kind=step.kind,
            state=state,
            seconds=seconds,
            error=None if error is None else StepError(error.kind, error.message, error.help, error.code),
            warnings=tuple(warnings),
            details={} if record is None else record.details,
            outputs={} if record is None else _outputs(step, record),
            files={} if record is None else self._files(step, record),
            key=outcome.key,
            attempts=attempts,
        )

    def _files(self, step: Step, record: Record) -> dict[str, str]:
        """What an evaluation found and its pictures, put into the run's directory, found in this run or before."""
        if step.kind != "evaluate":
            return {}
        local = {
            name: self.setting.store.local(record.outputs[name]) for name in outputs(step) if name in record.outputs
        }
        return self.journal.keep(step, local)


def runs_alone(step: Step) -> bool:
    """Whether the step shares state with others of its like: it fits or uses a model, or calls a user's Python."""
    match step.body:
        case SourceBody(connector="python") | TransformBody(action=PythonForm()):
            return True
        case TransformBody(action=VerbsForm(verbs=verbs)):
            return any(verb.verb == "predict" for verb in verbs)
        case _:
            return step.kind in ("model", "evaluate")


def _may_pass_later(failure: Failure | None) -> bool:
    """Whether trying again can help: not where data breaks its schema (such failures have a diagnostic's code)."""
    return failure is not None and failure.kind == "error" and failure.code is None


def _why_not(report: StepReport) -> str | None:
    """Why what needs this step does not run; None if it can."""
    if report.succeeded:
        return None
    if report.error is None:
        return report.reason or f"`{report.name}` was left out"
    name = f"the check of `{report.name}`" if report.kind == "check" else f"`{report.name}`"
    return f"{name} {'was not met' if report.error.kind == 'unmet' else 'failed'}"


def _interrupted(step: Step) -> StepReport:
    return StepReport(step.id, step.name, step.kind, "skipped", reason="the run was interrupted")


def _outputs(step: Step, record: Record) -> dict[str, dict[str, object]]:
    """What a step gave, as plain JSON, in the order that the plan says."""
    names = dict.fromkeys([*outputs(step), *record.outputs])
    return {name: asdict(record.outputs[name]) for name in names if name in record.outputs}


def in_plan_order(steps: Iterable[Step], reports: Mapping[str, StepReport]) -> tuple[StepReport, ...]:
    """The reports as the plan has their steps."""
    return tuple(reports[step.id] for step in steps)
