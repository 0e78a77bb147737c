"""Carries out one step: in its thread or in a process, again where it failed, and says what came of it."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

from mldsl.plan.links import outputs
from mldsl.plan.nodes import Step
from mldsl.runs import StepError, StepReport
from mldsl.runtime.execute import StepOutcome, execute
from mldsl.runtime.processes import Pool, Surroundings, Terms
from mldsl.runtime.store import Record
from mldsl_local.journal import Journal
from mldsl_local.setting import Setting
from mldsl_local.workers import Stopped


@dataclass(slots=True)
class Carrier:
    """What all steps of a run share. `stop` is set when they are to end.

    `coming` has, for steps by their ids, the first step behind each that goes to a process.
    """

    setting: Setting
    journal: Journal
    stop: threading.Event
    coming: Mapping[str, Step]
    pool: Pool = field(init=False)

    def __post_init__(self) -> None:
        setting = self.setting
        terms = Terms(
            setting.plan,
            str(setting.store),
            setting.folder,
            setting.params,
            setting.rows,
            setting.force,
            self.journal.logs,
            Surroundings.here(),
            setting.written,
            run=self.journal.run,
        )
        self.pool = Pool(terms, setting.redactor.text)

    def close(self) -> None:
        """Nothing of it runs any more."""
        self.pool.close()

    def carry_out(
        self, step: Step, known: Mapping[str, Record], share: Callable[[], int]
    ) -> tuple[StepReport, Record | None]:
        """The step, tried again as often as the pipeline says. `share` is how many threads it may use, when it runs."""
        settings = self.setting.plan.settings
        attempt = _Attempt(self, step, known, share)
        start = time.perf_counter()
        self.journal.started(step)
        number = 1
        while True:
            outcome = attempt.execute()
            if number > settings.retries or outcome.error is None or not outcome.error.may_pass_later:
                seconds = time.perf_counter() - start
                return attempt.report(outcome, seconds, number), outcome.record
            number += 1
            self.journal.message(step, f"{outcome.error.message}; attempt {number} of {settings.retries + 1}")
            if self.stop.wait(settings.retry_delay or 0):
                raise Stopped


@dataclass(slots=True)
class _Attempt:
    """One step's attempts. `log` is the file with what they printed."""

    carrier: Carrier
    step: Step
    known: Mapping[str, Record]
    share: Callable[[], int]
    log: Path | None = None

    def execute(self) -> StepOutcome:
        setting = self.carrier.setting
        return execute(
            setting.plan,
            self.step.id,
            setting.store,
            folder=setting.folder,
            params=setting.params,
            jobs=self.share(),
            rows=setting.rows,
            force=setting.force,
            known=self.known,
            written=setting.written,
            logs=self.carrier.journal.logs,
            log=partial(self.carrier.journal.message, self.step),
            progress=self._progress,
            elsewhere=self._in_process,
            run=self.carrier.journal.run,
        )

    def _in_process(self) -> StepOutcome | None:
        """The step in a process, if it needs one; otherwise one is made ready for the next that does."""
        carrier, step = self.carrier, self.step
        if not carrier.setting.apart(step):
            if step.id in carrier.coming:
                carrier.pool.warm(carrier.coming[step.id])
            return None
        log = partial(carrier.journal.message, step)
        outcome, path = carrier.pool.carry_out(step, self.share(), self.known, log, self._progress)
        self.log = path or self.log
        return outcome

    def _progress(self, done: int, total: int | None, what: str) -> None:
        """Each sign of progress is also where a step can be stopped."""
        if self.carrier.stop.is_set():
            raise Stopped
        self.carrier.journal.progress(self.step, done, total, what)

    def report(self, outcome: StepOutcome, seconds: float, attempts: int) -> StepReport:
        """What to tell of the last attempt."""
        record, error, state = outcome.record, outcome.error, outcome.state
        warnings = list(record.warnings) if record is not None else []
        if self.carrier.setting.is_dry and error is not None and error.kind == "unmet":
            warnings.append(f"{error.message}, on the rows of this dry run")
            error, state = None, "done"
        return StepReport(
            id=self.step.id,
            name=self.step.name,
            kind=self.step.kind,
            state=state,
            seconds=seconds,
            error=None if error is None else StepError(error.kind, error.message, error.help, error.code),
            warnings=tuple(warnings),
            details={} if record is None else record.details,
            outputs={} if record is None else _outputs(self.step, record),
            files={} if record is None else self._files(record),
            key=outcome.key,
            attempts=attempts,
            log=None if self.log is None else str(self.log),
        )

    def _files(self, record: Record) -> dict[str, str]:
        """What an evaluation found and its pictures, put into the run's directory, found in this run or before."""
        if self.step.kind != "evaluate":
            return {}
        store, names = self.carrier.setting.store, outputs(self.step)
        local = {name: store.local(record.outputs[name]) for name in names if name in record.outputs}
        return self.carrier.journal.keep(self.step, local)


def _outputs(step: Step, record: Record) -> dict[str, dict[str, object]]:
    """What a step gave, as plain JSON, in the order that the plan says."""
    names = dict.fromkeys([*outputs(step), *record.outputs])
    return {name: record.outputs[name].document() for name in names if name in record.outputs}
