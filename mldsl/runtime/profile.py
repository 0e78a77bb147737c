"""What the columns of a data file hold: how many values, which, how many nulls. Reads all of it."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import polars as pl

from mldsl.plan.nodes import Argument, ColumnSpec
from mldsl.runtime.sources.connectors import read_parts, text_reader
from mldsl.runtime.sources.fit import fitted
from mldsl.runtime.sources.parts import Reading

MOST_LISTED = 50
"""The values of a column with more of them are not listed."""


@dataclass(frozen=True, slots=True)
class ColumnFacts:
    """A column: `counts` are its values, sorted, with their numbers of rows; none where there are too many to list.

    `length` is the mean length of its texts, 0 for other types; `words` the share of texts with a space in them.
    """

    nulls: int
    distinct: int
    low: Any = None
    high: Any = None
    counts: tuple[tuple[Any, int], ...] = ()
    length: float = 0.0
    words: float = 0.0


@dataclass(frozen=True, slots=True)
class TableFacts:
    """How many rows there are, and the columns by the names that the schema gives them."""

    rows: int
    columns: Mapping[str, ColumnFacts]


def profile(
    connector: str, arguments: Mapping[str, Argument], columns: Sequence[ColumnSpec], folder: Path
) -> TableFacts:
    """The facts of a source, read with that schema. Raises StepFailed where it cannot be read."""
    with tempfile.TemporaryDirectory() as scratch:
        reading = Reading("the data", arguments, tuple(columns), folder, Path(scratch))
        frame = fitted(read_parts(connector, reading), columns, text_reader(connector, reading)).collect()
    return TableFacts(frame.height, {name: _facts(frame[name]) for name in frame.columns})


def _facts(column: pl.Series) -> ColumnFacts:
    there = column.drop_nulls()
    distinct = there.n_unique()
    length, words = _wording(there)
    ordered = there.dtype.is_numeric() or there.dtype.is_temporal()
    return ColumnFacts(
        nulls=column.null_count(),
        distinct=distinct,
        low=there.min() if ordered else None,
        high=there.max() if ordered else None,
        counts=_counts(there) if distinct <= MOST_LISTED else (),
        length=length,
        words=words,
    )


def _counts(there: pl.Series) -> tuple[tuple[Any, int], ...]:
    name = there.name
    counted = there.to_frame().group_by(name).agg(pl.len().alias(f"{name} "))
    return tuple(sorted((value, count) for value, count in counted.iter_rows()))


def _wording(there: pl.Series) -> tuple[float, float]:
    if there.dtype not in (pl.String, pl.Enum, pl.Categorical) or there.is_empty():
        return 0.0, 0.0
    texts = there.cast(pl.String).str.strip_chars()
    length: Any = texts.str.len_chars().mean()
    words: Any = texts.str.contains(" ", literal=True).mean()
    return float(length), float(words)
