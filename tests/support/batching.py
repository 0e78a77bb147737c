"""Batch deployments of programs given as text: their steps carried out one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mldsl
from mldsl.plan.nodes import DeployBody
from mldsl.plan.params import run_params
from mldsl.runtime import execute as executing
from mldsl.runtime.execute import StepOutcome
from mldsl.runtime.store import Record, open_store
from mldsl.runtime.work import StepResult, Work


def run(work: Work) -> StepResult:
    """Score and write."""
    from mldsl.runtime.batch import score_batch, write_batch

    body = work.step.body
    assert isinstance(body, DeployBody)
    return StepResult(details=write_batch(work, body, score_batch(work, body.subject, work.model(body.model))))


def deployed(program: Path, **params: object) -> StepOutcome:
    """What came of the program's last step, which is a batch deployment."""
    loaded = mldsl.load(program)
    assert loaded.ok, [item.message for item in loaded.diagnostics]
    plan = loaded.plan()
    store = open_store(".mldsl", program.parent)
    known: dict[str, Record] = {}
    for step in plan.steps:
        force = step.kind == "deploy"
        outcome = executing.execute(
            plan,
            step.id,
            store,
            folder=program.parent,
            params=run_params(plan, params),
            known=known,
            force=force,
        )
        if outcome.record is None:
            assert step.kind == "deploy", outcome.error
            return outcome
        known[step.id] = outcome.record
    return outcome


def details(outcome: StepOutcome) -> Mapping[str, Any]:
    """The report of a step that went well."""
    assert outcome.record is not None, outcome.error
    return outcome.record.details
