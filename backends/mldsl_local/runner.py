"""Starts steps in the order of what they need, independent ones side by side."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from mldsl.plan.links import feeding, needs
from mldsl.plan.nodes import Step
from mldsl.runs import StepReport
from mldsl.runtime.store import Record
from mldsl_local.capabilities import left_out
from mldsl_local.carrier import Carrier
from mldsl_local.journal import Journal
from mldsl_local.setting import Setting
from mldsl_local.workers import Workers


@dataclass(slots=True)
class Runner:
    """One run of some steps. `reports` and `records` fill up, by step id, as steps end."""

    setting: Setting
    journal: Journal
    reports: dict[str, StepReport] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    _workers: Workers[tuple[StepReport, Record | None]] = field(default_factory=Workers)
    _waiting: list[Step] = field(default_factory=list)
    _running: dict[str, Step] = field(default_factory=dict)
    _needs: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def run(self, steps: Sequence[Step]) -> None:
        """Carry out `steps`, which stand in an order in which they can run and lack nothing that they need.

        Whatever ends it early, a KeyboardInterrupt above all, stops the steps that are running and goes on its way.
        """
        self._waiting = list(steps)
        self._needs = {step.id: needs(step) for step in steps}
        carrier = Carrier(self.setting, self.journal, self._workers.stop, _next_in_process(self.setting, steps))
        try:
            while self._waiting or self._workers.busy:
                self._waiting = [step for step in self._waiting if not self._begin(step, carrier)]
                if self._workers.busy:
                    self._end_one()
        except BaseException:
            self._workers.interrupt()
            raise
        finally:
            carrier.close()
            self.reports |= {step.id: _interrupted(step) for step in steps if step.id not in self.reports}

    def _begin(self, step: Step, carrier: Carrier) -> bool:
        """Start the step, or settle that it will not run; False while it has to wait."""
        needed = self._needs[step.id]
        if any(id_ not in self.reports for id_ in needed):
            return False
        reason = self._left_out(step) or next((why for id_ in needed if (why := _why_not(self.reports[id_]))), None)
        if reason is not None:
            self._settle(StepReport(step.id, step.name, step.kind, "skipped", reason=reason))
            return True
        if self._workers.busy >= self.setting.jobs:
            return False
        known = {id_: self.records[id_] for id_ in feeding(self.setting.plan, step) if id_ in self.records}
        self._running[step.id] = step
        self._workers.start(step.id, partial(carrier.carry_out, step, known, self._share))
        return True

    def _left_out(self, step: Step) -> str | None:
        reason = left_out(step)
        return "a dry run deploys nothing" if reason is not None and self.setting.is_dry else reason

    def _share(self) -> int:
        """How many threads a step may use for its trials: models that could run at once divide the workers."""
        waiting = [step for step in self._waiting if step.kind == "model"]
        ready = [step for step in waiting if all(id_ in self.reports for id_ in self._needs[step.id])]
        models = {step.id for step in (*self._running.values(), *ready) if step.kind == "model"}
        return max(1, self.setting.jobs // max(1, len(models)))

    def _end_one(self) -> None:
        """Wait for the next step to end."""
        id_, (report, record) = self._workers.wait()
        del self._running[id_]
        if record is not None:
            self.records[id_] = record
        self._settle(report)

    def _settle(self, report: StepReport) -> None:
        self.reports[report.id] = report
        self.journal.finished(report)


def _next_in_process(setting: Setting, steps: Sequence[Step]) -> dict[str, Step]:
    """For each step the first of those behind it that go to a process, if any: it can be prepared for."""
    found: dict[str, Step] = {}
    for step in reversed(steps):
        coming = step if setting.apart(step) else found.get(step.id)
        if coming is not None and left_out(step) is None:
            found |= dict.fromkeys(needs(step), coming)
    return found


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


def in_plan_order(steps: Iterable[Step], reports: Mapping[str, StepReport]) -> tuple[StepReport, ...]:
    """The reports as the plan has their steps."""
    return tuple(reports[step.id] for step in steps)
