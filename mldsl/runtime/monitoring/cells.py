"""A column of the training rows and of a batch as numbered cells, over which distances are taken.

A category is a cell, and so is null among them. Numbers have a cell for each value; where there are more than some
hundreds, neighbours share one, at the mean of their values, except for the outermost, which tails consist of.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

import numpy as np
import numpy.typing as npt
import polars as pl

from mldsl.runtime.monitoring import distances
from mldsl.runtime.monitoring.distances import Distance, Floats

Ints = npt.NDArray[np.int64]
Method = Literal["psi", "ks"]
Part = Literal["values", "missing"]

INNER = 384
"""Cells for numbers between the outermost: each has about 1/384 of the rows, so that distances are right to some
thousandths of the training rows' standard deviation."""
OUTER = 64
"""The smallest and the largest values that have a cell each."""
CATEGORIES = 1000
"""The categories that have a cell each, the most frequent ones; all others share one."""
BINS = 10
"""Bins of the population stability index: tenths of the training rows."""


@dataclass(frozen=True, slots=True, eq=False)
class Coded:
    """What is compared of a column.

    `codes` are the rows' cells, first those of the training rows and then the batch's; a row that is left out has the
    number `cells`. `measure` names the distance.
    """

    column: str
    part: Part
    measure: str
    distance: Distance
    codes: Ints
    cells: int


def code(name: str, training: pl.Series, batch: pl.Series, method: Method | None) -> Iterator[Coded]:
    """The column as it is compared: numbers by their values and, where some are missing, by how many are."""
    kind = _kind(training, batch)
    if kind == "number":
        yield from _numbers(name, _floats(training), _floats(batch), method)
    else:
        yield _categories(name, _texts(training), _texts(batch), method)


def _kind(training: pl.Series, batch: pl.Series) -> str:
    """Numbers, dates and durations have distances; a column that never varied in training has categories, too."""
    dtype = training.dtype if training.dtype != pl.Null else batch.dtype
    measurable = dtype.is_numeric() or dtype.is_temporal()
    return "number" if measurable and training.drop_nulls().n_unique() > 1 else "category"


def _floats(values: pl.Series) -> Floats:
    """The values as numbers, the missing ones as NaN; dates and times in microseconds."""
    if values.dtype == pl.Date:
        values = values.cast(pl.Datetime("us"))
    if values.dtype.is_temporal():
        values = values.to_physical()
    found = values.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    return np.where(np.isfinite(found), found, np.nan)


def _texts(values: pl.Series) -> pl.Series:
    return values.cast(pl.String) if not values.dtype.is_nested() else values.map_elements(str, pl.String)


# --- categories ------------------------------------------------------------------------------------------------------


def _categories(name: str, training: pl.Series, batch: pl.Series, method: Method | None) -> Coded:
    both = pl.concat([training.rename(name), batch.rename(name)])
    measure, distance = _OF_CATEGORIES[method]
    codes, cells = number(both)
    return Coded(name, "values", measure, distance, codes, cells)


_OF_CATEGORIES: dict[Method | None, tuple[str, Distance]] = {
    None: ("Jensen-Shannon", distances.jensen_shannon),
    "psi": ("PSI", distances.stability_index),
    "ks": ("total variation", distances.total_variation),
}


def number(values: pl.Series) -> tuple[Ints, int]:
    """Each row's category as a number, the most frequent first, and how many numbers there are; null is a category.

    Of equally frequent ones the text decides, never whose rows they are in.
    """
    frame = pl.DataFrame({"value": values})
    counts = frame.group_by("value").agg(pl.len().alias("rows")).sort("rows", "value", descending=[True, False])
    places = counts.select("value", pl.int_range(pl.len()).clip(0, CATEGORIES).alias("place"))
    codes = frame.join(places, on="value", how="left", nulls_equal=True, maintain_order="left")["place"]
    return codes.cast(pl.Int64).to_numpy(), min(counts.height, CATEGORIES + 1)


# --- numbers ---------------------------------------------------------------------------------------------------------


def _numbers(name: str, training: Floats, batch: Floats, method: Method | None) -> Iterator[Coded]:
    both = np.concatenate([training, batch])
    missing = np.isnan(both)
    match method:
        case "psi":
            codes, cells = _bins(training, both)
            yield Coded(name, "values", "PSI", distances.stability_index, codes, cells)
        case "ks":
            codes, positions = _grid(both)  # null stands behind every number
            yield Coded(name, "values", "Kolmogorov-Smirnov", distances.kolmogorov_smirnov, codes, len(positions) + 1)
        case None:
            codes, positions = _grid(both)
            distance = distances.wasserstein(positions, float(np.nanstd(training, ddof=1)))
            yield Coded(name, "values", "Wasserstein", distance, codes, len(positions))
            if missing.any():
                yield Coded(name, "missing", "Jensen-Shannon", distances.jensen_shannon, missing.astype(np.int64), 2)


def _grid(values: Floats) -> tuple[Ints, Floats]:
    """Each value's cell, and the cells' positions; a missing value has the number after the last."""
    known = values[~np.isnan(values)]
    order = np.argsort(known, kind="stable")
    ordered = known[order]
    fresh = np.flatnonzero(np.concatenate(([True], ordered[1:] != ordered[:-1])))
    if len(fresh) > INNER + 2 * OUTER:
        fresh = _thinned(fresh, len(ordered))
    sizes = np.diff(np.append(fresh, len(ordered)))
    cell = np.repeat(np.arange(len(fresh)), sizes)
    codes = np.full(len(values), len(fresh), np.int64)
    inside = np.empty(len(known), np.int64)
    inside[order] = cell
    codes[~np.isnan(values)] = inside
    return codes, np.add.reduceat(ordered, fresh) / sizes


def _thinned(starts: Ints, rows: int) -> Ints:
    """Of the places where a value begins, those of the outermost, and evenly over the rows between them."""
    inner = starts[OUTER:-OUTER]
    wanted = np.linspace(inner[0], inner[-1], INNER, endpoint=False)
    kept = inner[np.unique(np.searchsorted(inner, wanted, side="left").clip(0, len(inner) - 1))]
    return np.unique(np.concatenate([starts[:OUTER], kept, starts[-OUTER:]]))


def _bins(training: Floats, both: Floats) -> tuple[Ints, int]:
    """The tenths of the training rows; a missing value has a bin of its own, the last."""
    edges = np.unique(np.nanquantile(training, np.linspace(0, 1, BINS + 1)[1:-1]))
    codes = np.searchsorted(edges, both, side="left").astype(np.int64)  # a bin holds its upper edge
    codes[np.isnan(both)] = len(edges) + 1
    return codes, len(edges) + 2
