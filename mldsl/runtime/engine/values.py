"""Values of the language as numbers, without any data library."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from mldsl.runtime.errors import StepFailed

INT_MIN, INT_MAX = -(2**63), 2**63 - 1


def micros(value: timedelta) -> int:
    """A duration in microseconds. Raises StepFailed where 64 bits do not hold it."""
    found = value // timedelta(microseconds=1)
    if not INT_MIN <= found <= INT_MAX:
        raise StepFailed(f"a duration of {value.days} days is too long", "the longest is 106751991 days")
    return found


def in_utc(value: datetime) -> datetime:
    """A datetime in UTC; one without a zone is in UTC already."""
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
