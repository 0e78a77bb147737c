"""Estimators on few rows: linear models as sums of products, trees walked; the others work through scikit-learn.

An object here has those methods of the estimator that a learner asks, and gives what it gives up to rounding.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

import numpy as np

from mldsl.runtime.models.features import Floats, Ints
from mldsl.runtime.models.untyped import Fitted
from mldsl.runtime.scoring.rows.beyond import Beyond
from mldsl.runtime.scoring.rows.trees import Forest, boosted, grown


def quick_estimator(estimator: Fitted) -> Fitted:
    """The same estimator in its quick form; itself where it has none."""
    if type(estimator).__module__.partition(".")[0] != "sklearn":
        return estimator
    make = _ESTIMATORS.get(type(estimator).__name__)
    found = None if make is None else make(estimator)
    return estimator if found is None else found


def _expit(scores: Floats) -> Floats:
    from scipy.special import expit

    return np.asarray(expit(scores), np.float64)


def _softmax(scores: Floats) -> Floats:
    found = np.exp(scores - scores.max(axis=1, keepdims=True))
    return np.asarray(found / found.sum(axis=1, keepdims=True), np.float64)


# --- linear ----------------------------------------------------------------------------------------------------------


class Line:
    """A regression: a sum of products."""

    def __init__(self, estimator: Fitted) -> None:
        self.weights = np.asarray(estimator.coef_, np.float64).ravel()
        self.offset = float(np.ravel(estimator.intercept_)[0])

    def predict(self, rows: Floats) -> Floats:
        """See scikit-learn."""
        return np.asarray(rows @ self.weights + self.offset, np.float64)


class Logistic:
    """Logistic regression, of two classes or (by softmax) more."""

    def __init__(self, estimator: Fitted) -> None:
        self.weights = np.asarray(estimator.coef_, np.float64).T
        self.offsets = np.asarray(estimator.intercept_, np.float64)

    def decision_function(self, rows: Floats) -> Floats:
        """See scikit-learn."""
        found = np.asarray(rows @ self.weights + self.offsets, np.float64)
        return found.ravel() if found.shape[1] == 1 else found

    def predict_proba(self, rows: Floats) -> Floats:
        """See scikit-learn."""
        scores = self.decision_function(rows)
        if scores.ndim == 2:
            return _softmax(scores)
        positive = _expit(scores)
        return np.column_stack((1 - positive, positive))


def _line(estimator: Fitted) -> Line | None:
    return Line(estimator) if np.ndim(estimator.coef_) == 1 or len(estimator.coef_) == 1 else None


def _logistic(estimator: Fitted) -> Logistic | None:
    several = len(estimator.classes_) > 2
    by_class = estimator.solver == "liblinear" or getattr(estimator, "multi_class", "auto") == "ovr"
    return None if several and by_class else Logistic(estimator)


# --- boosting --------------------------------------------------------------------------------------------------------


class Boosted:
    """Histogram gradient boosting: for each class (or the only score) the sum of its trees' leaves."""

    def __init__(self, forest: Forest, rounds: int, baseline: Floats) -> None:
        self.forest = forest
        self.rounds = rounds
        self.baseline = baseline

    def raw(self, rows: Floats) -> Floats:
        """Rows × scores."""
        leaves = self.forest.values[self.forest.leaves(rows), 0]
        return np.asarray(leaves.reshape(len(rows), self.rounds, -1).sum(axis=1) + self.baseline, np.float64)


class BoostedClassifier(Boosted):
    """See `Boosted`."""

    def decision_function(self, rows: Floats) -> Floats:
        """See scikit-learn."""
        found = self.raw(rows)
        return found.ravel() if found.shape[1] == 1 else found

    def predict_proba(self, rows: Floats) -> Floats:
        """See scikit-learn."""
        found = self.raw(rows)
        if found.shape[1] > 1:
            return _softmax(found)
        positive = _expit(found.ravel())
        return np.column_stack((1 - positive, positive))


class BoostedRegressor(Boosted):
    """See `Boosted`; `inverse` is that of the loss's link."""

    inverse: Callable[[Floats], Floats]

    def predict(self, rows: Floats) -> Floats:
        """See scikit-learn."""
        return self.inverse(self.raw(rows).ravel())


def _boosted_parts(estimator: Fitted) -> tuple[Forest, int, Floats] | None:
    if getattr(estimator, "is_categorical_", None) is not None:
        return None
    rounds = estimator._predictors
    trees = [tree for round_ in rounds for tree in round_]
    forest = boosted(trees, estimator.n_features_in_) if trees else None
    return None if forest is None else (forest, len(rounds), np.ravel(estimator._baseline_prediction))


def _boosted_classifier(estimator: Fitted) -> BoostedClassifier | None:
    parts = _boosted_parts(estimator)
    return None if parts is None else BoostedClassifier(*parts)


def _boosted_regressor(estimator: Fitted) -> BoostedRegressor | None:
    parts = _boosted_parts(estimator)
    if parts is None:
        return None
    found = BoostedRegressor(*parts)
    found.inverse = estimator._loss.link.inverse
    return found


# --- forests ---------------------------------------------------------------------------------------------------------


class Grown:
    """Decision trees, one or many: the mean of their leaves' values. They look at floats of 32 bits."""

    def __init__(self, trees: list[Fitted], width: int) -> None:
        self.forest = grown(trees, width)

    def means(self, rows: Floats) -> Floats:
        """Rows × values."""
        with np.errstate(over="ignore"):
            rounded = rows.astype(np.float32).astype(np.float64)
        if np.isinf(rounded).any():
            raise Beyond  # an error, which scikit-learn words
        return np.asarray(self.forest.values[self.forest.leaves(rounded)].mean(axis=1), np.float64)


class GrownClassifier(Grown):
    """See `Grown`."""

    def predict_proba(self, rows: Floats) -> Floats:
        """See scikit-learn."""
        found = self.means(rows)
        return np.asarray(found / found.sum(axis=1, keepdims=True), np.float64)

    def predict(self, rows: Floats) -> Ints:
        """See scikit-learn."""
        return np.asarray(self.means(rows).argmax(axis=1), np.int64)


class GrownRegressor(Grown):
    """See `Grown`."""

    def predict(self, rows: Floats) -> Floats:
        """See scikit-learn."""
        return self.means(rows)[:, 0]


def _grown(make: type[Grown]) -> Callable[[Fitted], Grown | None]:
    def build(estimator: Fitted) -> Grown | None:
        members = getattr(estimator, "estimators_", None)
        trees = [estimator.tree_] if members is None else [member.tree_ for member in members]
        if getattr(estimator, "n_outputs_", 1) != 1:
            return None
        if make is GrownClassifier and _counts(trees):
            return None
        return make(trees, estimator.n_features_in_)

    return build


def _counts(trees: list[Fitted]) -> bool:
    """Whether leaves hold counts and not shares, as in versions before 1.3: shares of a mean are not its shares."""
    return any(not np.allclose(tree.value[:, 0, :].sum(axis=1), 1) for tree in trees)


_ESTIMATORS: Mapping[str, Callable[[Any], Any]] = {
    "LinearRegression": _line,
    "Ridge": _line,
    "Lasso": _line,
    "ElasticNet": _line,
    "LogisticRegression": _logistic,
    "HistGradientBoostingClassifier": _boosted_classifier,
    "HistGradientBoostingRegressor": _boosted_regressor,
    "RandomForestClassifier": _grown(GrownClassifier),
    "ExtraTreesClassifier": _grown(GrownClassifier),
    "DecisionTreeClassifier": _grown(GrownClassifier),
    "RandomForestRegressor": _grown(GrownRegressor),
    "ExtraTreesRegressor": _grown(GrownRegressor),
    "DecisionTreeRegressor": _grown(GrownRegressor),
}
"""By the class of scikit-learn."""
