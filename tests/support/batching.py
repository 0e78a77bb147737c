"""Batch deployments of programs given as text: their steps carried out one after the other."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import mldsl
from mldsl.plan.params import run_params
from mldsl.runtime.execute import StepOutcome, execute
from mldsl.runtime.store import Record, open_store


def deployed(program: Path, **params: object) -> StepOutcome:
    """What came of the program's last step, which is a batch deployment."""
    loaded = mldsl.load(program)
    assert loaded.ok, [item.message for item in loaded.diagnostics]
    plan = loaded.plan()
    store = open_store(".mldsl", program.parent)
    known: dict[str, Record] = {}
    for step in plan.steps:
        outcome = execute(
            plan,
            step.id,
            store,
            folder=program.parent,
            params=run_params(plan, params),
            known=known,
        )
        if outcome.record is None:
            assert step.kind == "deploy", outcome.error
            return outcome
        known[step.id] = outcome.record
    return outcome


def details(outcome: StepOutcome) -> Mapping[str, Any]:
    """What a deployment that went well has written."""
    assert outcome.record is not None, outcome.error
    found: Mapping[str, Any] = outcome.record.details["written"]
    return found
