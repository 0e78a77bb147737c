"""What whoever runs a task may learn of its steps: whether all was met that they expect, and what a breach asks for."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mldsl.runtime.execute import StepOutcome
from mldsl.runtime.monitoring.requested import retraining_requested
from mldsl.runtime.store import Record


def is_unmet(outcome: StepOutcome) -> bool:
    """Whether an expectation of the step's was not met, a breach included. An error is not that."""
    return outcome.error is not None and outcome.error.kind == "unmet"


def asks_for_training(record: Record) -> bool:
    """Whether a monitor wants the pipeline to be run, which is for whoever carried the monitor out to do."""
    return record.kind == "monitor" and retraining_requested(record.details)


def summary(record: Record, store: str) -> dict[str, object]:
    """What other tasks, and people, may want to know, as small plain JSON.

    `key` and `outputs`, where the step's outputs are in the store at that address; of an evaluation `metrics`; of a
    monitor `outcome`, and `retrain`: whether the pipeline is to be run.
    """
    outputs = {name: f"{store}/{stored.path}" for name, stored in record.outputs.items()}
    return {"key": record.key, "outputs": outputs, **_found(record)}


def _found(record: Record) -> Mapping[str, Any]:
    details = record.details
    match record.kind:
        case "evaluate" if details.get("metrics") is not None:
            return {"metrics": details["metrics"]}
        case "monitor":
            return {"outcome": details["outcome"], "retrain": asks_for_training(record)}
        case _:
            return {}
