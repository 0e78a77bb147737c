"""What is said of the rows that an operation does not allow."""

from __future__ import annotations

from collections.abc import Sequence

from mldsl.runtime.engine.describe import show
from mldsl.runtime.errors import StepFailed

# How many of the failing rows a message names.
SHOWN = 3
OVERFLOW = "goes beyond 64 bits"
UNFIT = "does not fit"


def failing_rows(what: str, problem: str, count: int, first: Sequence[tuple[int, object]]) -> StepFailed:
    """The error for `count` rows, the first of which have these numbers and values."""
    listed = ", ".join(f"row {row} ({show(value)})" for row, value in first[:SHOWN])
    rows = f"{count} rows" if count > 1 else "1 row"
    more = ", …" if count > SHOWN else ""
    return StepFailed(f"`{what}` {problem} in {rows}: {listed}{more}")
