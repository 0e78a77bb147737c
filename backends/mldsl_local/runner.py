"""Starts steps in the order of what they need, independent ones side by side."""

from __future__ import annotations

import heapq
import threading
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
from mldsl_local.workers import Task, Workers


@dataclass(slots=True)
class Runner:
    """One run of some steps. `reports` and `records` fill up, by step id, as steps end."""

    setting: Setting
    journal: Journal
    reports: dict[str, StepReport] = field(default_factory=dict)
    records: dict[str, Record] = field(default_factory=dict)
    _workers: Workers = field(default_factory=Workers)
    _lock: threading.RLock = field(default_factory=threading.RLock)
    _steps: Sequence[Step] = ()
    # The places of steps that can begin (a heap), those behind each step, and how many each still waits for.
    _ready: list[int] = field(default_factory=list)
    _behind: dict[str, list[int]] = field(default_factory=dict)
    _waiting: dict[int, int] = field(default_factory=dict)
    _running: dict[str, Step] = field(default_factory=dict)

    def run(self, steps: Sequence[Step]) -> None:
        """Carry out `steps`, which stand in an order in which they can run and lack nothing that they need.

        Whatever ends it early, a KeyboardInterrupt above all, stops the steps that are running and goes on its way.
        """
        self._line_up(steps)
        carrier = Carrier(self.setting, self.journal, self._workers.stop, _next_in_process(self.setting, steps))
        try:
            self._workers.run(self.setting.jobs, partial(self._take, carrier))
        except BaseException:
            self._workers.interrupt()
            raise
        finally:
            carrier.close()
            self.reports |= {step.id: _interrupted(step) for step in steps if step.id not in self.reports}

    def _line_up(self, steps: Sequence[Step]) -> None:
        self._steps = steps
        self._behind = {step.id: [] for step in steps}
        for place, step in enumerate(steps):
            needed = needs(step)
            self._waiting[place] = len(needed)
            for id_ in needed:
                self._behind[id_].append(place)
        self._ready = [place for place, count in self._waiting.items() if count == 0]

    def _take(self, carrier: Carrier) -> Task | None:
        """The first step that can begin; those that will not run are settled on the way."""
        with self._lock:
            while self._ready:
                step = self._steps[heapq.heappop(self._ready)]
                reason = self._left_out(step) or next(filter(None, map(self._why_not, needs(step))), None)
                if reason is None:
                    self._running[step.id] = step
                    return Task(partial(self._carry_out, step, carrier), bool(self._ready))
                self._settle(StepReport(step.id, step.name, step.kind, "skipped", reason=reason), None)
        return None

    def _carry_out(self, step: Step, carrier: Carrier) -> None:
        with self._lock:
            known = {id_: self.records[id_] for id_ in feeding(self.setting.plan, step) if id_ in self.records}
        self._settle(*carrier.carry_out(step, known, self._share))

    def _settle(self, report: StepReport, record: Record | None) -> None:
        """The step has ended: what waits for it comes nearer."""
        self.journal.finished(report)
        with self._lock:
            self.reports[report.id] = report
            if record is not None:
                self.records[report.id] = record
            self._running.pop(report.id, None)
            for place in self._behind[report.id]:
                self._waiting[place] -= 1
                if not self._waiting[place]:
                    heapq.heappush(self._ready, place)

    def _left_out(self, step: Step) -> str | None:
        acts = step.kind in ("deploy", "monitor")
        return "a dry run deploys nothing" if acts and self.setting.is_dry else left_out(step)

    def _why_not(self, id_: str) -> str | None:
        """Why what needs that step does not run; None if it can."""
        report = self.reports[id_]
        if report.succeeded:
            return None
        if report.error is None:
            return report.reason or f"`{report.name}` was left out"
        name = f"the check of `{report.name}`" if report.kind == "check" else f"`{report.name}`"
        return f"{name} {'was not met' if report.error.kind == 'unmet' else 'failed'}"

    def _share(self) -> int:
        """How many threads a step may use for its trials: models that could run at once divide the workers."""
        with self._lock:
            could = [*self._running.values(), *(self._steps[place] for place in self._ready)]
        models = sum(step.kind == "model" for step in could)
        return max(1, self.setting.jobs // max(1, models))


def _next_in_process(setting: Setting, steps: Sequence[Step]) -> dict[str, Step]:
    """For each step the first of those behind it that go to a process, if any: it can be prepared for."""
    found: dict[str, Step] = {}
    for step in reversed(steps):
        coming = step if setting.apart(step) else found.get(step.id)
        if coming is not None and left_out(step) is None:
            found |= dict.fromkeys(needs(step), coming)
    return found


def _interrupted(step: Step) -> StepReport:
    return StepReport(step.id, step.name, step.kind, "skipped", reason="the run was interrupted")


def in_plan_order(steps: Iterable[Step], reports: Mapping[str, StepReport]) -> tuple[StepReport, ...]:
    """The reports as the plan has their steps."""
    return tuple(reports[step.id] for step in steps)
