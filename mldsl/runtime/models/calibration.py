"""Calibration: from a classifier's scores to probabilities that come true as often as they say.

The curve of each class is fitted on rows that the classifier did not see; for several classes, each against the rest,
the results are brought to a sum of 1.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np

from mldsl.runtime.models.features import Floats, Ints

Method = Literal["isotonic", "sigmoid"]


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """From a score to a probability.

    A sigmoid is 1 / (1 + exp(slope × score + offset)); without a slope it is straight lines between `points`.
    """

    slope: float | None
    offset: float
    points: tuple[Floats, Floats] | None

    def probability(self, scores: Floats) -> Floats:
        """The probability of each score."""
        if self.slope is None:
            assert self.points is not None
            return np.asarray(np.interp(scores, *self.points), np.float64)
        from scipy.special import expit

        return np.asarray(expit(-(self.slope * scores + self.offset)), np.float64)


@dataclass(frozen=True, slots=True, eq=False)
class Calibrator:
    """A curve for each class; for two classes, that of the second."""

    curves: tuple[Curve, ...]

    def probabilities(self, scores: Floats) -> Floats:
        """Rows × classes, of scores (n) for two classes or (n × classes)."""
        if scores.ndim == 1:
            positive = self.curves[0].probability(scores)
            return np.column_stack((1 - positive, positive))
        found = np.column_stack([curve.probability(scores[:, place]) for place, curve in enumerate(self.curves)])
        total = found.sum(axis=1, keepdims=True)
        return np.where(total == 0, 1 / found.shape[1], found / np.where(total == 0, 1, total))


def fit_calibrator(method: Method, scores: Floats, truth: Ints, weights: Floats | None) -> Calibrator:
    """The calibrator of these scores of unseen rows, and of the classes they really are of."""
    if scores.ndim == 1:
        return Calibrator((_fit(method, scores, truth == 1, weights),))
    return Calibrator(
        tuple(_fit(method, scores[:, number], truth == number, weights) for number in range(scores.shape[1]))
    )


def _fit(method: Method, scores: Floats, positive: Ints, weights: Floats | None) -> Curve:
    return _isotonic(scores, positive, weights) if method == "isotonic" else _sigmoid(scores, positive, weights)


def _isotonic(scores: Floats, positive: Ints, weights: Floats | None) -> Curve:
    from sklearn.isotonic import IsotonicRegression

    fitted = IsotonicRegression(out_of_bounds="clip", y_min=0, y_max=1).fit(
        scores, positive.astype(np.float64), sample_weight=weights
    )
    return Curve(None, 0.0, (fitted.X_thresholds_.astype(np.float64), fitted.y_thresholds_.astype(np.float64)))


def _sigmoid(scores: Floats, positive: Ints, weights: Floats | None) -> Curve:
    """Platt's sigmoid (1999), with his smoothed targets."""
    from scipy.optimize import minimize
    from scipy.special import expit, xlogy

    rows = np.ones(len(scores)) if weights is None else weights
    ups, downs = float(rows[positive].sum()), float(rows[~positive].sum())
    aims = np.where(positive, (ups + 1) / (ups + 2), 1 / (downs + 2))
    size = max(float(np.abs(scores).max()), 1e-12)  # scores of any size give numbers near 1
    scaled = scores / size

    def loss(parameters: Floats) -> tuple[float, Floats]:
        said = expit(-(parameters[0] * scaled + parameters[1]))
        value = -float(rows @ (xlogy(aims, np.maximum(said, 1e-300)) + xlogy(1 - aims, np.maximum(1 - said, 1e-300))))
        slopes = rows * (aims - said)
        return value, np.array([slopes @ scaled, slopes.sum()])

    start = np.array([0.0, np.log((downs + 1) / (ups + 1))])
    slope, offset = minimize(loss, start, jac=True, method="L-BFGS-B", options={"gtol": 1e-8, "ftol": 1e-14}).x
    return Curve(float(slope) / size, float(offset), None)
