"""Prepare steps on few rows: the same operations as scikit-learn's, without what it does around them for tables.

Each gives the very bits that the fitted step gives, since a tree may ask on which side of a number a value lies. What
has no row here works through scikit-learn.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np

from mldsl.runtime.models.features import Floats
from mldsl.runtime.models.untyped import Fitted
from mldsl.runtime.scoring.rows.beyond import Beyond

Operation = Callable[[Floats], Floats]


@dataclass(frozen=True, slots=True, eq=False)
class Quick:
    """A prepare step as one operation."""

    transform: Operation


def quick_step(step: Fitted) -> Fitted:
    """The same step in its quick form; itself where it has none."""
    if step is None or type(step).__module__.partition(".")[0] != "sklearn":
        return step
    make = _STEPS.get(type(step).__name__)
    operation = None if make is None else make(step)
    return step if operation is None else Quick(operation)


def _impute(step: Fitted) -> Operation | None:
    statistics = np.asarray(step.statistics_)
    if statistics.dtype != np.float64 or step.add_indicator or np.isnan(statistics).any():
        return None
    return lambda rows: np.where(np.isnan(rows), statistics, rows)


def _standard(step: Fitted) -> Operation | None:
    if not (step.with_mean and step.with_std):
        return None
    mean, scale = step.mean_, step.scale_
    return lambda rows: (rows - mean) / scale


def _minmax(step: Fitted) -> Operation | None:
    if step.clip:
        return None
    scale, least = step.scale_, step.min_
    return lambda rows: rows * scale + least


def _robust(step: Fitted) -> Operation | None:
    if not (step.with_centering and step.with_scaling):
        return None
    center, scale = step.center_, step.scale_
    return lambda rows: (rows - center) / scale


def _quantile(step: Fitted) -> Operation | None:
    if step.output_distribution != "uniform":
        return None
    references = step.references_
    pairs = [(column, -column[::-1]) for column in step.quantiles_.T]
    backwards = -references[::-1]

    def transform(rows: Floats) -> Floats:
        found = np.empty(rows.shape)
        for place, (known, mirrored) in enumerate(pairs):
            column = rows[:, place]
            between = 0.5 * (np.interp(column, known, references) - np.interp(-column, mirrored, backwards))
            between[column == known[-1]] = 1
            between[column == known[0]] = 0
            found[:, place] = between
        return found

    return transform


def _power(step: Fitted) -> Operation | None:
    """Yeo and Johnson's transformation (2000), and then the scale that was learned."""
    scaler = getattr(step, "_scaler", None)
    if step.method != "yeo-johnson" or not step.standardize or scaler is None:
        return None
    scale = _standard(scaler)
    lambdas = [float(value) for value in step.lambdas_]
    if scale is None or np.isnan(lambdas).any():
        return None

    # Until 1.7 scikit-learn had a formula of its own, whose last bits are others.
    formula: Callable[[Floats, float], Floats] = getattr(step, "_yeo_johnson_transform", _yeo_johnson)

    def transform(rows: Floats) -> Floats:
        return scale(np.column_stack([formula(rows[:, place], value) for place, value in enumerate(lambdas)]))

    return transform


def _yeo_johnson(column: Floats, power: float) -> Floats:
    """As SciPy computes it, by cases of the power."""
    eps = float(np.finfo(np.float64).eps)
    found = np.zeros_like(column)
    above = column >= 0
    below = ~above
    if abs(power) < eps:
        found[above] = np.log1p(column[above])
    else:
        found[above] = np.expm1(power * np.log1p(column[above])) / power
    if abs(power - 2) > eps:
        found[below] = -np.expm1((2 - power) * np.log1p(-column[below])) / (2 - power)
    else:
        found[below] = -np.log1p(-column[below])
    return found


def _bins(step: Fitted) -> Operation | None:
    if step.encode != "ordinal" or step.dtype is not None:
        return None
    edges = [np.asarray(column)[1:-1] for column in step.bin_edges_]

    def transform(rows: Floats) -> Floats:
        if np.isnan(rows).any():
            raise Beyond  # an error, which scikit-learn words
        found = [np.searchsorted(known, rows[:, place], side="right") for place, known in enumerate(edges)]
        return np.column_stack(found).astype(np.float64)

    return transform


def _onehot(step: Fitted) -> Operation | None:
    plain = step.handle_unknown == "ignore" and step.drop is None and not getattr(step, "infrequent_categories_", None)
    categories = [np.asarray(column) for column in step.categories_]
    if not plain or not categories or any(column.dtype != np.float64 for column in categories):
        return None
    columns = np.repeat(np.arange(len(categories)), [len(column) for column in categories])
    known = np.concatenate(categories)
    missing = np.isnan(known)

    def transform(rows: Floats) -> Floats:
        given = rows[:, columns]
        return np.asarray((given == known) | (missing & np.isnan(given)), np.float64)

    return transform


def _select(step: Fitted) -> Operation:
    kept = np.flatnonzero(step.get_support())
    return lambda rows: rows[:, kept]


_STEPS: Mapping[str, Callable[[Any], Operation | None]] = {
    "SimpleImputer": _impute,
    "StandardScaler": _standard,
    "MinMaxScaler": _minmax,
    "RobustScaler": _robust,
    "QuantileTransformer": _quantile,
    "PowerTransformer": _power,
    "KBinsDiscretizer": _bins,
    "OneHotEncoder": _onehot,
    "SelectKBest": _select,
}
"""By the class of scikit-learn."""
