"""The local backend: runs a plan, and says beforehand what it would run."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from mldsl.backend import CompileOptions
from mldsl.errors import StepError
from mldsl.plan.document import dump
from mldsl.plan.nodes import Plan, Step
from mldsl.plan.params import params_document, run_params
from mldsl.plan.select import select, wanted
from mldsl.records import record
from mldsl.runs import Redactor, RunRecord, RunResult, start_run
from mldsl.runs.result import INTERRUPTED, exit_status
from mldsl.runtime.store import Store
from mldsl.runtime.why import why_all
from mldsl_local.capabilities import CAPABILITIES, left_out, notes
from mldsl_local.export import check_export, export
from mldsl_local.journal import Journal, shown_names
from mldsl_local.onnx_export import check_onnx, export_onnx
from mldsl_local.options import RunOptions
from mldsl_local.runner import Runner, in_plan_order
from mldsl_local.setting import Setting
from mldsl_local.stores import plan_store, redactor, runs_root, throwaway_store
from mldsl_local.telling import tell


@record
class Foresight:
    """What a run would do with a step: `cached` says that its result is in the store, `reason` why (not).

    `left_out` says that this backend does not carry it out.
    """

    id: str
    name: str
    kind: str
    cached: bool
    reason: str
    left_out: bool = False

    def document(self) -> dict[str, Any]:
        """As plain JSON."""
        state = "left out" if self.left_out else "cached" if self.cached else "to run"
        return {"id": self.id, "name": self.name, "kind": self.kind, "state": state, "reason": self.reason}


class LocalBackend:
    """Carries a plan out on this machine."""

    name = "local"
    capabilities = CAPABILITIES

    def compile(self, plan: Plan, options: CompileOptions) -> Mapping[str, bytes]:
        """The plan itself, as `plan.json`: there is nothing else to a local run."""
        return {"plan.json": dump(plan).encode("utf-8")}

    def explain(self, plan: Plan, options: RunOptions) -> tuple[Foresight, ...]:
        """For each step that a run would look at, whether it is cached and why (not); nothing is run.

        Raises UsageError for options that do not fit the plan, StoreError where the store cannot be read.
        """
        params = run_params(plan, options.params)
        steps = select(plan, options.to)
        found = why_all(
            plan_store(plan, options.folder),
            replace(plan, steps=tuple(step for step in steps if left_out(step) is None)),
            folder=options.folder,
            params=params,
            force=options.force,
            written=wanted(plan, options.to),
        )
        return tuple(
            Foresight(step.id, step.name, step.kind, False, why_not, left_out=True)
            if (why_not := left_out(step))
            else Foresight(step.id, step.name, step.kind, found[step.id].cached, found[step.id].reason)
            for step in steps
        )

    def run(self, plan: Plan, options: RunOptions) -> RunResult:
        """Run the plan, or what one name in it needs.

        A step that fails is part of the result. Raises UsageError for options that do not fit the plan, StoreError
        where the store cannot be used, and KeyboardInterrupt, after all is recorded, when it is interrupted.
        """
        params = run_params(plan, options.params)
        steps = select(plan, options.to)
        check_export(plan, options.to, options.output)
        if options.onnx:
            check_onnx(plan, options.to, options.output)
        with _opened(plan, options) as store:
            known = redactor(plan)
            record = None if options.rows is not None else _record(plan, options, params, known)
            journal = Journal(options.observer, record, known)
            setting = Setting(
                plan,
                store,
                options.folder,
                params,
                jobs=options.workers,
                force=options.force,
                rows=options.rows,
                redactor=known,
                written=wanted(plan, options.to),
            )
            return _Running(journal, Runner(setting, journal), steps, options).run()


@dataclass(slots=True)
class _Running:
    """A run from its first step to its result."""

    journal: Journal
    runner: Runner
    steps: Sequence[Step]
    options: RunOptions

    def run(self) -> RunResult:
        started, clock = datetime.now(UTC), time.perf_counter()
        self.journal.run_started(self.steps)
        try:
            self.runner.run(self.steps)
        except KeyboardInterrupt:
            self.journal.run_finished(self._result(started, clock, interrupted=True))
            raise
        result = self._result(started, clock)
        setting, options = self.runner.setting, self.options
        failed: StepError | None = None
        if options.output is not None and self._may_export(result):
            written = export(setting.plan, options.to, options.output, setting.store, self.runner.records)
            more, failed = self._as_onnx(options.output)
            result = replace(result, written=tuple(str(path) for path in (*written, *more)))
        result = self.journal.run_finished(self._told(result))
        if options.ended is not None:
            options.ended(result, self.runner.records)
        if failed is not None:
            raise failed
        return result

    def _as_onnx(self, folder: Path) -> tuple[tuple[Path, ...], StepError | None]:
        """The models written as ONNX, or why not: the run is a run all the same."""
        setting, options = self.runner.setting, self.options
        if not options.onnx:
            return (), None
        try:
            return export_onnx(
                setting.plan, options.to, folder, options.folder, setting.store, self.runner.records
            ), None
        except StepError as error:
            return (), error

    def _told(self, result: RunResult) -> RunResult:
        """The run, after all were told who are to be; notes say what came of that."""
        if self.runner.setting.is_dry:
            return result
        return replace(result, notes=(*result.notes, *tell(self.runner.setting, result, self.runner.records)))

    def _may_export(self, result: RunResult) -> bool:
        """What an expectation stopped is not handed out; what an evaluation found is, met or not."""
        return all(step.succeeded or step.kind == "evaluate" for step in result.steps)

    def _result(self, started: datetime, clock: float, *, interrupted: bool = False) -> RunResult:
        reports = in_plan_order(self.steps, self.runner.reports)
        status = INTERRUPTED if interrupted else exit_status(reports)
        plan = self.runner.setting.plan
        return RunResult(
            run=self.journal.run,
            pipeline=plan.label,
            status="interrupted" if interrupted else "failed" if status else "done",
            exit_status=status,
            steps=reports,
            profile=plan.profile,
            started=started.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            seconds=time.perf_counter() - clock,
            params=params_document(self.runner.setting.params),
            dry_run=self.runner.setting.is_dry,
            folder=self.journal.folder,
            notes=notes(plan.settings),
        )


@contextmanager
def _opened(plan: Plan, options: RunOptions) -> Iterator[Store]:
    """The pipeline's store, or for a dry run one that is thrown away."""
    if options.rows is None:
        store = plan_store(plan, options.folder)
        store.enter()
        yield store
        store.sweep()  # of workers that were killed
        return
    with throwaway_store() as store:
        yield store


def _record(plan: Plan, options: RunOptions, params: Mapping[str, object], redactor: Redactor) -> RunRecord:
    facts = {
        "profile": plan.profile,
        "program": options.program,
        "folder": str(options.folder.absolute()),
        "params": params_document(params),
        "to": shown_names(options.to),
        "force": options.force,
    }
    return start_run(runs_root(plan, options.folder), plan.label, dump(plan), facts, redactor)
