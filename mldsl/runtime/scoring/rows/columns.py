"""Prepare steps on the numbers of one row, as plain Python: a tenth of the time that NumPy takes for so few.

Each gives the very bits that the fitted step gives (see `steps`); what NumPy computes with functions of its own is left
to these functions.
"""

from __future__ import annotations

import math
from bisect import bisect_right
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np

from mldsl.runtime.models.features import Floats
from mldsl.runtime.models.transformers import Constants, Ordinals, TargetMeans
from mldsl.runtime.models.untyped import Fitted
from mldsl.runtime.scoring.rows.beyond import Beyond

Numbers = list[float]
Operation = Callable[[Numbers], Numbers]

_NAN = math.nan


def operation(step: Fitted) -> Operation | None:
    """The step for one row. Raises Beyond where it has no such form; None where it does nothing."""
    if step is None:
        return None
    make = _OPERATIONS.get(type(step).__name__)
    if make is None:
        raise Beyond(f"{type(step).__name__} has no form for one row")
    return make(step)


def _filled(values: Sequence[float]) -> Operation:
    return lambda row: [value if number != number else number for number, value in zip(row, values, strict=True)]


def _impute(step: Fitted) -> Operation:
    statistics = np.asarray(step.statistics_)
    _only_if(statistics.dtype == np.float64 and not step.add_indicator and not np.isnan(statistics).any())
    return _filled(statistics.tolist())


def _constants(step: Constants) -> Operation:
    return _filled([float(value) for value in step.values])


def _standard(step: Fitted) -> Operation:
    _only_if(step.with_mean and step.with_std)
    return _divided(step.mean_, step.scale_)


def _robust(step: Fitted) -> Operation:
    _only_if(step.with_centering and step.with_scaling)
    return _divided(step.center_, step.scale_)


def _divided(center: Floats, scale: Floats) -> Operation:
    pairs = list(zip(center.tolist(), scale.tolist(), strict=True))
    return lambda row: [(number - middle) / size for number, (middle, size) in zip(row, pairs, strict=True)]


def _minmax(step: Fitted) -> Operation:
    _only_if(not step.clip)
    pairs = list(zip(step.scale_.tolist(), step.min_.tolist(), strict=True))
    return lambda row: [number * size + least for number, (size, least) in zip(row, pairs, strict=True)]


def _onehot(step: Fitted) -> Operation:
    """A list of zeros, with a one at the place of each column's category."""
    plain = step.handle_unknown == "ignore" and step.drop is None and not getattr(step, "infrequent_categories_", None)
    _only_if(plain and all(np.asarray(known).dtype == np.float64 for known in step.categories_))
    width = sum(len(known) for known in step.categories_)
    places: list[tuple[dict[float, int], int | None]] = []
    start = 0
    for known in step.categories_:
        numbered = {number: start + at for at, number in enumerate(known.tolist())}
        missing = next((place for number, place in numbered.items() if number != number), None)
        places.append(({number: place for number, place in numbered.items() if number == number}, missing))
        start += len(known)

    def transform(row: Numbers) -> Numbers:
        found = [0.0] * width
        for number, (known, missing) in zip(row, places, strict=True):
            place = missing if number != number else known.get(number)
            if place is not None:
                found[place] = 1.0
        return found

    return transform


def _ordinals(step: Ordinals) -> Operation:
    codes = [{number: float(at) for at, number in enumerate(known.tolist())} for known in step.categories]
    return lambda row: [
        _NAN if number != number else known.get(number, -1.0) for number, known in zip(row, codes, strict=True)
    ]


def _target_means(step: TargetMeans) -> Operation:
    """The means of each column's category; behind the known ones is what was not seen."""
    columns: list[tuple[dict[float, Numbers], Numbers, Numbers]] = []
    for known, means in zip(step.categories, step.means, strict=True):
        rows = means.tolist()
        seen = dict(zip(known.tolist(), rows[:-1], strict=True))
        missing = next((row for number, row in seen.items() if number != number), rows[-1])
        columns.append(({number: row for number, row in seen.items() if number == number}, missing, rows[-1]))

    def transform(row: Numbers) -> Numbers:
        found: Numbers = []
        for number, (known, missing, unseen) in zip(row, columns, strict=True):
            found += missing if number != number else known.get(number, unseen)
        return found

    return transform


def _bins(step: Fitted) -> Operation:
    _only_if(step.encode == "ordinal" and step.dtype is None)
    edges = [np.asarray(column)[1:-1].tolist() for column in step.bin_edges_]

    def transform(row: Numbers) -> Numbers:
        if any(number != number for number in row):
            raise Beyond  # an error, which scikit-learn words
        return [float(bisect_right(known, number)) for number, known in zip(row, edges, strict=True)]

    return transform


def _select(step: Fitted) -> Operation:
    kept = np.flatnonzero(step.get_support()).tolist()
    return lambda row: [row[place] for place in kept]


def _by_numpy(step: Fitted) -> Operation:
    """Through the step's quick form, which has functions that Python computes with other last bits."""
    from mldsl.runtime.scoring.rows.steps import Quick, quick_step

    quick = quick_step(step)
    _only_if(isinstance(quick, Quick))
    return lambda row: quick.transform(np.array([row]))[0].tolist()


def _only_if(holds: Any) -> None:  # noqa: ANN401 - NumPy's bools
    if not holds:
        raise Beyond("a step whose parameters are not the usual ones")


_OPERATIONS: Mapping[str, Callable[[Any], Operation]] = {
    "SimpleImputer": _impute,
    "Constants": _constants,
    "StandardScaler": _standard,
    "MinMaxScaler": _minmax,
    "RobustScaler": _robust,
    "QuantileTransformer": _by_numpy,
    "PowerTransformer": _by_numpy,
    "KBinsDiscretizer": _bins,
    "OneHotEncoder": _onehot,
    "Ordinals": _ordinals,
    "TargetMeans": _target_means,
    "SelectKBest": _select,
}
"""By the class of the step."""
