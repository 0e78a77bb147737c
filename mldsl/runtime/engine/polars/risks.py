"""Values that an operation does not allow: noted while lowering, looked up when a query has failed."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import polars as pl

from mldsl.runtime.engine.failing import failing_rows
from mldsl.runtime.errors import StepFailed

_ROW, _BAD, _VALUE = "\x1frisk_row", "\x1frisk_bad", "\x1frisk_value"


@dataclass(frozen=True, slots=True)
class Risk:
    """`bad` is true in the rows of `frame` where `what` fails (`does not fit`); `value` is what they hold there."""

    frame: pl.LazyFrame
    bad: pl.Expr
    value: pl.Expr
    what: str
    problem: str


@contextmanager
def explained(risks: Sequence[Risk]) -> Iterator[None]:
    """Around a query: what fails in it is said in the words of the risk that came true."""
    try:
        yield
    except pl.exceptions.PolarsError as error:
        failure = explain(risks)
        if failure is None:
            raise
        raise failure from error


def explain(risks: Sequence[Risk]) -> StepFailed | None:
    """The first of `risks` that came true, as the error to raise; None if none did."""
    for risk in risks:
        try:
            found = _rows(risk)
        except pl.exceptions.PolarsError:
            continue  # an earlier operation fails in this query, and an earlier risk stands for it
        if found:
            return failing_rows(risk.what, risk.problem, len(found), found)
    return None


def _rows(risk: Risk) -> list[tuple[int, object]]:
    rows = risk.frame.with_columns(risk.bad.alias(_BAD), risk.value.alias(_VALUE))
    lazy = rows.with_row_index(_ROW, offset=1).filter(pl.col(_BAD))
    return lazy.select(_ROW, _VALUE).collect().rows()
