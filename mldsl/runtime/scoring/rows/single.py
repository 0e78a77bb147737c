"""A fitted model on one row in plain Python, where all of its parts have such a form."""

from __future__ import annotations

import math
from array import array
from collections.abc import Callable, Mapping, Sequence
from operator import mul
from typing import Any

import numpy as np

from mldsl.runtime.models.artifact import FittedModel
from mldsl.runtime.models.calibration import Calibrator, Curve
from mldsl.runtime.scoring.rows.beyond import Beyond
from mldsl.runtime.scoring.rows.columns import Numbers, Operation, operation
from mldsl.runtime.scoring.rows.estimators import (
    BoostedClassifier,
    BoostedRegressor,
    GrownClassifier,
    GrownRegressor,
    Line,
    Logistic,
)
from mldsl.runtime.scoring.rows.trees import Forest
from mldsl.runtime.scoring.rows.values import numbers

Score = Callable[[Numbers], Numbers]
"""From a prepared row to what the estimator says: for a classifier a score or share for each class, else a number."""


class SingleRow:
    """The model for one row. Making it raises Beyond where a part has no such form."""

    def __init__(self, model: FittedModel, estimator: object) -> None:
        learner = model.learner
        if model.encoder.textual or model.encoder.pictures:
            raise Beyond("texts and pictures are looked at as a table")
        if model.task not in ("binary", "multiclass", "regression"):
            raise Beyond("only predictions have a form for one row")
        if model.task != "regression" and len(learner.present) != learner.classes:
            raise Beyond("a class that the estimator has not seen")
        self._numbers = numbers(model.encoder.numeric)
        self._blocks = [(block.columns, _chain(block.steps)) for block in model.preparation.blocks]
        self._whole = len(self._blocks) == 1 and self._blocks[0][0] == tuple(range(len(self._blocks[0][0])))
        self._classes = model.target.classes if model.target is not None else ()
        self._threshold = model.threshold
        self._binary = model.task == "binary"
        self._names = [output.name for output in model.outputs]
        self._shares = None if model.task == "regression" else _shares(estimator, learner.calibrator)
        self._number = _number(estimator) if model.task == "regression" else None

    def answer(self, row: Mapping[str, Any]) -> dict[str, object]:
        """What the model says of a row with its columns. Raises Beyond where the estimator would refuse it."""
        prepared = self._prepared(self._numbers(row))
        if self._number is not None:
            value = self._number(prepared)
            if not math.isfinite(value):
                raise Beyond
            return {self._names[0]: value}
        assert self._shares is not None
        shares = self._shares(prepared)
        if not all(map(math.isfinite, shares)):
            raise Beyond
        if self._binary:
            said = shares[1] >= self._threshold
            return dict(zip(self._names, (self._classes[said], shares[1]), strict=False))
        best = max(range(len(shares)), key=shares.__getitem__)
        return dict(zip(self._names, (self._classes[best], *shares), strict=False))

    def _prepared(self, row: Numbers) -> Numbers:
        found: Numbers = []
        for columns, steps in self._blocks:
            part = row if self._whole else [row[place] for place in columns]
            for step in steps:
                part = step(part)
            found += part
        if math.inf in found or -math.inf in found:
            raise Beyond
        return found


def _chain(steps: Sequence[Any]) -> list[Operation]:
    return [made for step in steps if (made := operation(step)) is not None]


# --- estimators ------------------------------------------------------------------------------------------------------


def _number(estimator: object) -> Callable[[Numbers], float]:
    match estimator:
        case Line(weights=weights, offset=offset):
            factors = weights.tolist()
            return lambda row: sum(map(mul, row, factors)) + offset
        case BoostedRegressor():
            raw, inverse = _boosted(estimator), estimator.inverse
            return lambda row: float(inverse(raw(row)[0]))  # type: ignore[arg-type]
        case GrownRegressor(forest=forest):
            means = _means(forest)
            return lambda row: means(row)[0]
        case _:
            raise Beyond(f"{type(estimator).__name__} has no form for one row")


def _shares(estimator: object, calibrator: Calibrator | None) -> Score:
    """A classifier's shares of each class, calibrated."""
    match estimator:
        case Logistic() | BoostedClassifier():
            scores = _lines(estimator) if isinstance(estimator, Logistic) else _boosted(estimator)
            return _softened(scores) if calibrator is None else _calibrated(scores, calibrator)
        case GrownClassifier(forest=forest):
            means = _means(forest)
            if calibrator is None:
                return means
            return _calibrated((lambda row: means(row)[1:]) if len(calibrator.curves) == 1 else means, calibrator)
        case _:
            raise Beyond(f"{type(estimator).__name__} has no form for one row")


def _lines(estimator: Logistic) -> Score:
    pairs = list(zip(estimator.weights.T.tolist(), estimator.offsets.tolist(), strict=True))
    return lambda row: [sum(map(mul, row, factors)) + offset for factors, offset in pairs]


def _boosted(estimator: BoostedClassifier | BoostedRegressor) -> Score:
    """The sums of the leaves, in the order in which scikit-learn adds them up."""
    forest, baseline = estimator.forest, estimator.baseline.tolist()
    values = forest.values[:, 0].tolist()
    width = len(baseline)

    def raw(row: Numbers) -> Numbers:
        found = list(baseline)
        for number, leaf in enumerate(forest.walk(row)):
            found[number % width] += values[leaf]
        return found

    return raw


def _means(forest: Forest) -> Score:
    """The mean of the leaves' values; trees of this kind look at floats of 32 bits."""
    values, count = forest.values.tolist(), forest.count

    def means(row: Numbers) -> Numbers:
        rounded = array("f", row).tolist()
        if math.inf in rounded or -math.inf in rounded:
            raise Beyond
        leaves = [values[leaf] for leaf in forest.walk(rounded)]
        return [sum(column) / count for column in zip(*leaves, strict=True)]

    return means


# --- shares ----------------------------------------------------------------------------------------------------------


def _softened(scores: Score) -> Score:
    def shares(row: Numbers) -> Numbers:
        found = scores(row)
        if len(found) == 1:
            positive = _expit(found[0])
            return [1 - positive, positive]
        most = max(found)
        powers = [math.exp(score - most) for score in found]
        total = sum(powers)
        return [power / total for power in powers]

    return shares


def _calibrated(scores: Score, calibrator: Calibrator) -> Score:
    curves = [_curve(curve) for curve in calibrator.curves]

    def shares(row: Numbers) -> Numbers:
        found = [curve(score) for curve, score in zip(curves, scores(row), strict=True)]
        if len(found) == 1:
            return [1 - found[0], found[0]]
        total = sum(found)
        return [1 / len(found)] * len(found) if total == 0 else [share / total for share in found]

    return shares


def _curve(curve: Curve) -> Callable[[float], float]:
    if curve.slope is None:
        assert curve.points is not None
        known, shares = curve.points
        return lambda score: float(np.interp(score, known, shares))
    slope, offset = curve.slope, curve.offset
    return lambda score: _expit(-(slope * score + offset))


def _expit(score: float) -> float:
    if score >= 0:
        return 1 / (1 + math.exp(-score))
    power = math.exp(score)
    return power / (1 + power)
