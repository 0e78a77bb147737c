"""Defaults of parameters as an orchestrator's form has them, and as it gives them back."""

from __future__ import annotations

from datetime import datetime, timedelta

from mldsl.plan.expressions import from_json
from mldsl.plan.nodes import PlanParam

_UNITS = {"d": 86_400_000_000, "h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000, "ms": 1_000, "us": 1}


def form_value(param: PlanParam) -> bool | int | float | str | None:
    """The default: times with their zone, durations as a program writes them."""
    match from_json(param.default, param.type):
        case timedelta() as length:
            return _duration(length)
        case datetime() as moment:
            return f"{moment.isoformat()}+00:00"
        case None | bool() | int() | float() | str() as plain:
            return plain
        case other:
            return str(other)


def _duration(length: timedelta) -> str:
    left = length // timedelta(microseconds=1)
    sign, left = ("-" if left < 0 else ""), abs(left)
    parts = []
    for unit, size in _UNITS.items():
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return sign + ("".join(parts) or "0s")
