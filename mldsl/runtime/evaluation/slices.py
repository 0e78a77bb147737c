"""Slices: the rows of each value of a column, over which `for each` and `max_difference` look."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import TYPE_CHECKING, Any

import numpy as np

from mldsl.runtime.evaluation.judged import Ints

if TYPE_CHECKING:
    import polars as pl

Json = Any
"""Plain JSON."""

FEWEST_ROWS = 30
"""Slices of fewer rows are reported, not judged."""


@dataclass(frozen=True, slots=True, eq=False)
class Slice:
    """One value (None: missing) and the numbers of its rows, ascending."""

    value: Json
    rows: Ints

    @property
    def judged(self) -> bool:
        """Whether it has enough rows."""
        return len(self.rows) >= FEWEST_ROWS


def slices(column: pl.Series) -> tuple[Slice, ...]:
    """The slices of a column, in the order of its values (an enum's: as declared), the missing ones last."""
    values = column.unique().sort(nulls_last=True)
    position = {value: number for number, value in enumerate(values.to_list())}
    codes = np.fromiter((position[value] for value in column.to_list()), np.int64, len(column))
    order = np.argsort(codes, kind="stable")
    parts = np.split(order, np.flatnonzero(np.diff(codes[order])) + 1) if len(order) else []
    return tuple(Slice(plain(value), rows) for value, rows in zip(position, parts, strict=True))


def plain(value: object) -> Json:
    """A cell's value as JSON has it; dates in ISO 8601, durations in seconds."""
    match value:
        case datetime() | date():
            return value.isoformat()
        case timedelta():
            return value.total_seconds()
        case _:
            return value
