"""Learners: a fitted estimator with what it needs to answer in the model's own classes, whatever rows it had seen."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import TypeVar

import numpy as np

from mldsl.catalog.tasks import Task
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.models.calibration import Calibrator
from mldsl.runtime.models.features import Floats, Ints
from mldsl.runtime.models.untyped import Fitted, Prepared

Found = TypeVar("Found")


@dataclass(frozen=True, slots=True, eq=False)
class Learner:
    """A fitted estimator.

    `present` has the numbers of the classes among the rows that it was fitted on, in the estimator's order: it numbers
    them from 0. `classes` is how many the model has. With a `calibrator` the probabilities are the calibrator's.
    `dense` says that it takes no sparse matrix.
    """

    name: str
    task: Task
    estimator: Fitted
    present: tuple[int, ...] = ()
    classes: int = 0
    calibrator: Calibrator | None = None
    dense: bool = False

    # --- classes ---

    @property
    def gives_probabilities(self) -> bool:
        """Whether `probabilities` gives some."""
        return self.calibrator is not None or hasattr(self.estimator, "predict_proba")

    def probabilities(self, rows: Prepared) -> Floats | None:
        """Rows × classes; classes that it never saw have probability 0. None where the estimator gives none."""
        if self.calibrator is not None:
            return self.calibrator.probabilities(self.scores(rows))
        if not hasattr(self.estimator, "predict_proba"):
            return None
        found = self._ask(lambda: self.estimator.predict_proba(rows), rows)
        return self._spread(np.asarray(found, np.float64), 0.0)

    def scores(self, rows: Prepared) -> Floats:
        """What a calibrator starts from: decision values where there are some, else probabilities.

        For two classes of the second (n), else rows × classes.
        """
        if hasattr(self.estimator, "decision_function"):
            found = np.asarray(self._ask(lambda: self.estimator.decision_function(rows), rows), np.float64)
            found = np.column_stack((-found, found)) if found.ndim == 1 else found
        else:
            found = np.asarray(self._ask(lambda: self.estimator.predict_proba(rows), rows), np.float64)
        spread = self._spread(found, float(found.min()) if found.size else 0.0)
        return spread[:, 1] if self.classes == 2 else spread

    def labels(self, rows: Prepared) -> Ints:
        """The numbers of the classes that it says."""
        said = np.asarray(self._ask(lambda: self.estimator.predict(rows), rows))
        return np.asarray(self.present, np.int64)[said.ravel().astype(np.int64)]

    def _spread(self, found: Floats, otherwise: float) -> Floats:
        """The columns of the classes present, as columns of all classes."""
        if len(self.present) == self.classes:
            return found
        whole = np.full((len(found), self.classes), otherwise)
        whole[:, list(self.present)] = found
        return whole

    # --- numbers, clusters, anomalies ---

    def values(self, rows: Prepared) -> Floats:
        """A regression's predictions."""
        return np.asarray(self._ask(lambda: self.estimator.predict(rows), rows), np.float64).ravel()

    def clusters(self, rows: Prepared) -> Ints:
        """The numbers of clusters; -1 is none."""
        return np.asarray(self._ask(lambda: self.estimator.predict(rows), rows), np.int64).ravel()

    def anomalies(self, rows: Prepared) -> tuple[Ints, Floats]:
        """1 for an anomaly, else 0; and scores: the greater, the stranger."""
        flags = np.asarray(self._ask(lambda: self.estimator.predict(rows), rows)).ravel() == -1
        score = getattr(self.estimator, "score_samples", None) or self.estimator.decision_function
        return flags.astype(np.int64), -np.asarray(self._ask(lambda: score(rows), rows), np.float64).ravel()

    def _ask(self, question: Callable[[], Found], rows: Prepared) -> Found:
        try:
            found = question()
            numbers = np.asarray(found, np.float64)
        except Exception as error:
            raise StepFailed(f"`{self.name}` cannot predict: {first_words(error)}", fitting_help(error)) from error
        if numbers.shape[:1] != rows.shape[:1]:
            raise StepFailed(
                f"`{self.name}` was asked about {rows.shape[0]:,} rows and gave an answer of shape {numbers.shape}",
                "its `predict` and `predict_proba` are to give one answer for each row",
            )
        if not np.isfinite(numbers).all():
            raise StepFailed(
                f"`{self.name}` predicts what is not a finite number",
                "scale the features, drop columns that say the same, or choose another algorithm",
            )
        return found

    def with_calibrator(self, calibrator: Calibrator) -> Learner:
        """The same, calibrated."""
        return replace(self, calibrator=calibrator)


def first_words(error: Exception) -> str:
    """The first line of an error; its kind where it is not an ordinary one or says nothing."""
    line = " ".join(str(error).strip().split("\n")[0].split())
    return line if isinstance(error, ValueError) and line else f"{type(error).__name__}: {line}".rstrip(": ")


def fitting_help(error: Exception) -> str | None:
    """What to do where an estimator complains of missing values, or of a target that its loss is not for."""
    said = str(error)
    if "NaN" in said:
        return "missing values reach it: fill them in `prepare` with `impute(median)` or `impute(most_frequent)`"
    if "out of the valid range of the loss" in said:
        return "`poisson` and `tweedie` take no target below 0, `gamma` none at 0 either: choose another algorithm"
    return None


class Nearest:
    """Clusters for new rows where an algorithm labels only those it was fitted on: that of the nearest known row.

    Beyond `reach` of all known rows a new row is in no cluster (-1).
    """

    def __init__(self, points: Floats, labels: Ints, reach: float | None = None) -> None:
        self.points = points
        self.labels = labels
        self.reach = reach

    def predict(self, rows: Prepared) -> Ints:
        """The cluster of each row."""
        from sklearn.metrics import pairwise_distances_argmin_min

        if not len(self.points):
            return np.full(rows.shape[0], -1)
        nearest, distance = pairwise_distances_argmin_min(rows, self.points)
        found = np.asarray(self.labels[nearest], np.int64)
        return found if self.reach is None else np.where(distance <= self.reach, found, -1)
