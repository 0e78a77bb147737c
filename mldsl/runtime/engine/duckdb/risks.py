"""Values that an operation does not allow: noted while lowering, looked up when a query has failed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from mldsl.catalog.types import Type
from mldsl.runtime.engine.duckdb.frame import Frame
from mldsl.runtime.engine.failing import SHOWN, failing_rows
from mldsl.runtime.errors import StepFailed

_MICRO = timedelta(microseconds=1)
_SAID = "a value that the operation does not allow"
STOP = f"error('{_SAID}')"
"""What makes a query fail."""


@dataclass(frozen=True, slots=True)
class Risk:
    """`bad` is true in the rows of `frame` where `what` fails; `value`, of the type `given`, is what they hold."""

    frame: Frame
    bad: str
    value: str
    given: Type
    what: str
    problem: str


def explain(connection: Any, risks: Iterable[Risk], error: type[Exception]) -> StepFailed | None:  # noqa: ANN401
    """The first of `risks` that came true, as the error to raise; None if none did."""
    for risk in risks:
        try:
            count, first = _rows(connection, risk)
        except error:
            continue  # an earlier operation fails in this query, and an earlier risk stands for it
        if count:
            return failing_rows(risk.what, risk.problem, count, first)
    return None


def _rows(connection: Any, risk: Risk) -> tuple[int, list[tuple[int, object]]]:  # noqa: ANN401
    number = f"row_number() OVER (ORDER BY {risk.frame.order_by})" if risk.frame.order else "1"
    rows = f"(SELECT {number} AS n, {risk.bad} AS b, {risk.value} AS v FROM {risk.frame.source})"  # noqa: S608
    found = f"SELECT n, v, count(*) OVER () FROM {rows} WHERE b ORDER BY n LIMIT {SHOWN}"  # noqa: S608
    first = connection.execute(found).fetchall()
    return (first[0][2] if first else 0), [(row, _shown(value, risk.given)) for row, value, _ in first]


def _shown(value: object, given: Type) -> object:
    if given.kind == "duration" and isinstance(value, int) and abs(value) <= timedelta.max // _MICRO:
        return timedelta(microseconds=value)
    return value
