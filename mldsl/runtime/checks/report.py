"""Verdicts as plain JSON and as sentences."""

from __future__ import annotations

import math
from datetime import date, datetime, timedelta
from typing import Any

from mldsl.plan.expressions import to_json
from mldsl.runtime.checks.judge import Verdict
from mldsl.runtime.engine.describe import show


def entry(verdict: Verdict) -> dict[str, Any]:
    """One expectation in a report. `rows` are the table's, `share` is that of the judged rows that hold."""
    found: dict[str, Any] = {
        "text": verdict.expectation.text,
        "outcome": verdict.outcome,
        "rows": verdict.rows,
        "failing": verdict.failing,
    }
    if verdict.judged is not None:
        found["share"] = verdict.share
        found["samples"] = [
            {"row": row, "values": {name: _plain(value) for name, value in values.items()}}
            for row, values in verdict.samples
        ]
    elif verdict.has_value:
        found["value"] = _plain(verdict.value)
    return found


def message(table: str, verdict: Verdict) -> str:
    """What is wrong, for people: how many rows, and the first; or what the value is."""
    text = f"`{verdict.expectation.text}`"
    if verdict.judged is None:
        value = f" (it is {show(_rounded(verdict.value))})" if verdict.has_value else ""
        return f"{table}: {text} does not hold{value}"
    notes = []
    wanted = verdict.expectation.at_least
    if wanted is not None and verdict.share is not None:
        notes.append(f"{_percent(verdict.share)} hold, at least {_percent(wanted)} are wanted")
    if verdict.samples:
        notes.append(f"first: {_sample(*verdict.samples[0])}")
    noted = f" ({'; '.join(notes)})" if notes else ""
    return f"{table}: {verdict.failing} of {verdict.rows} rows fail {text}{noted}"


def _percent(share: float) -> str:
    return f"{100 * share:.4g}%"


def _sample(row: int, values: dict[str, Any]) -> str:
    if not values:
        return f"row {row}"
    if len(values) == 1:
        return f"row {row}: {show(next(iter(values.values())))}"
    return f"row {row}: " + ", ".join(f"{name} {show(value)}" for name, value in values.items())


def _rounded(value: Any) -> Any:  # noqa: ANN401 - any value of the language
    return float(f"{value:.6g}") if isinstance(value, float) else value


def _plain(value: Any) -> Any:  # noqa: ANN401 - any value of the language
    match value:
        case datetime():
            return to_json(value.replace(tzinfo=None))
        case date():
            return to_json(value)
        case timedelta():
            return show(value)
        case float() if not math.isfinite(value):
            return None
        case bytes() | list():
            return None
        case _:
            return value
