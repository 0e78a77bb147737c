"""Drift: how far columns of a batch are from those of the training rows, and whether chance explains it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import polars as pl

from mldsl.runtime.evaluation.slices import FEWEST_ROWS
from mldsl.runtime.monitoring.cells import Coded, Method, Part, code
from mldsl.runtime.monitoring.chance import compare

MOST_ROWS = 100_000
"""Of a larger batch so many rows are drawn: distances are then right to some thousandths."""


@dataclass(frozen=True, slots=True)
class ColumnDrift:
    """What was found of one column.

    `part` is `values`, or `missing` where the share of missing values differs more. `chance` is the level up to which
    chance explains a distance, at this number of rows and columns.
    """

    column: str
    part: Part
    measure: str
    distance: float
    chance: float

    @property
    def beyond_chance(self) -> bool:
        """Whether chance does not explain the distance."""
        return self.distance > self.chance

    def document(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "column": self.column,
            "part": self.part,
            "measure": self.measure,
            "distance": self.distance,
            "chance": self.chance,
            "beyond_chance": self.beyond_chance,
        }


def drift(
    training: pl.DataFrame, batch: pl.DataFrame, columns: Sequence[str], method: Method | None, seed: int
) -> list[ColumnDrift]:
    """The columns of both tables beside each other, in the given order; they are one family for what chance gives.

    Raises ValueError where either table has fewer rows than can be judged: see `too_few`.
    """
    if reason := too_few(training, batch):
        raise ValueError(reason)
    coded = [item for name in columns for item in code(name, training[name], batch[name], method)]
    found = compare(coded, training.height, batch.height, seed) if coded else None
    if found is None:
        return []
    pairs = zip(coded, found.found.tolist(), found.chance.tolist(), strict=True)
    return list(_by_column(pairs))


def too_few(training: pl.DataFrame, batch: pl.DataFrame) -> str | None:
    """Why these tables cannot be told apart, or alike; None where they can."""
    if batch.height < FEWEST_ROWS:
        return _few(batch.height, "to tell drift from chance")
    return _few(training.height, "to compare with") if training.height < FEWEST_ROWS else None


def _few(rows: int, what: str) -> str:
    return f"{rows} {'row is' if rows == 1 else 'rows are'} too few {what}: at least {FEWEST_ROWS} are needed"


def comparable(frame: pl.DataFrame, name: str) -> bool:
    """Whether the column has values that can be counted or put in order; vectors and pictures have not."""
    return not frame.schema[name].is_nested() and frame.schema[name] != pl.Binary


def _by_column(pairs: Iterator[tuple[Coded, float, float]]) -> Iterator[ColumnDrift]:
    """Of each column the part that is furthest above what chance gives, in units of that."""
    for _, group in groupby(pairs, key=lambda pair: pair[0].column):
        parts = [
            ColumnDrift(item.column, item.part, item.measure, distance if distance == distance else 0.0, chance)
            for item, distance, chance in group
        ]
        yield max(parts, key=lambda part: (part.beyond_chance, part.distance))
