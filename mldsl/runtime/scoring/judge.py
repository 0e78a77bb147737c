"""Holds a row path against the reference path, before anybody is answered by it."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

import polars as pl

from mldsl.plan.expressions import Json
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.scoring.altered import altered
from mldsl.runtime.scoring.prepared import RowPath
from mldsl.runtime.scoring.reference import ReferenceScorer
from mldsl.runtime.scoring.rows.beyond import Beyond
from mldsl.runtime.scoring.served import Answer, Row

TOLERANCE = 1e-9
"""By how much a number of an answer may differ (relative to it where it is beyond 1: floats have 16 digits)."""


def judge(reference: ReferenceScorer, held_back: pl.DataFrame) -> dict[str, Json]:
    """Whether the row path says what the reference path says, of these rows and of rows altered in every way.

    `prepared` says so, `reason` why (not); `rows` is of how many rows, `largest_difference` how near (relative to the
    answer where that is beyond 1), `left` how many of these rows the row path leaves to the reference path, `slow` the
    parts of the model that work through scikit-learn.
    """
    if not held_back.height:
        return refused("there are no rows to hold it against")
    try:
        path = RowPath(reference.served)
    except Beyond as beyond:
        return refused(str(beyond))
    found = _Comparison(reference, path)
    problem = found.problem(held_back.to_dicts())
    document: dict[str, Json] = {
        "rows": found.rows,
        "largest_difference": found.largest,
        "left": found.left,
        "slow": list(path.model.slow),
    }
    if problem is not None:
        return {"prepared": False, "reason": problem, **document}
    if 2 * found.left > found.rows:
        return {"prepared": False, "reason": "it leaves most rows to the reference path", **document}
    return {"prepared": True, "reason": f"it answers as the reference path does in {found.rows:,} rows", **document}


def refused(reason: str) -> dict[str, Json]:
    """What is said where there is no row path."""
    return {"prepared": False, "reason": reason, "rows": 0, "largest_difference": None, "left": 0, "slow": []}


@dataclass(slots=True)
class _Comparison:
    """Counts on the way: rows, what the row path left, and the largest difference."""

    reference: ReferenceScorer
    path: RowPath
    rows: int = 0
    left: int = 0
    largest: float = 0.0
    at: datetime = field(default_factory=lambda: datetime.now(UTC))

    def problem(self, rows: Sequence[dict[str, object]]) -> str | None:
        """Where the two differ first, in words; None where they do not."""
        for group in (list(rows), *altered(rows, self.reference.served.path.columns)):
            for row, expected in zip(group, self._expected(group), strict=True):
                wrong = self._wrong(row, expected)
                if wrong is not None:
                    return wrong
        return None

    def _expected(self, rows: Sequence[Row]) -> Iterator[Answer | None]:
        """What the reference path says; None for a row that it refuses."""
        try:
            yield from self.reference.score(rows, self.at)
        except StepFailed:
            for row in rows:
                try:
                    yield self.reference.score([row], self.at)[0]
                except StepFailed:
                    yield None

    def _wrong(self, row: Row, expected: Answer | None) -> str | None:
        self.rows += 1
        try:
            (found,) = self.path.answers([row], self.at)
        except Exception:  # whatever it is, such a row is left to the reference path
            self.left += 1
            return None
        if expected is None:
            return "it answers a row that the reference path refuses"
        for name, value in expected.items():
            other = None if found is None else found[name]
            difference = _difference(value, other)
            if math.isfinite(difference):
                self.largest = max(self.largest, difference)
            if difference > TOLERANCE:
                return f"`{name}` is {other!r} where the reference path says {value!r}"
        return None


def _difference(one: object, other: object) -> float:
    """Between two values of an answer; infinite between what are no numbers and not the same."""
    if isinstance(one, float) and isinstance(other, float) and not (math.isnan(one) or math.isnan(other)):
        return abs(one - other) / max(1.0, abs(one))
    return 0.0 if type(one) is type(other) and one == other else math.inf
