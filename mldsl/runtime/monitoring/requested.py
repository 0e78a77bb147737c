"""What a monitor only asks for, as whoever carried it out reads it in its report."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def retraining_requested(report: Mapping[str, Any]) -> bool:
    """Whether the report of a monitor (`mldsl.runtime.monitoring.step`) asks for a run of the pipeline."""
    actions = report.get("actions", ())
    return any(item["action"] == "retrain" and item["state"] == "requested" for item in actions)
