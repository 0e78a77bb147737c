"""What is judged: the truth of some rows beside what a model says of them."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from mldsl.catalog.tasks import Task

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Mask = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """Rows with their truth and a model's answers, everything as numbers.

    `truth` and `predicted` are the numbers of classes from 0 (binary and anomaly: 1 is the positive class), a
    regression's values, or a clustering's clusters (no truth: the clusters again). `scores` are the probabilities of
    the positive class (n), of all classes (n × classes), anomaly scores (n), or None where the model gives none.
    `points` are a clustering's prepared features. `classes` is how many classes there are.
    """

    task: Task
    truth: Floats | Ints
    predicted: Floats | Ints
    scores: Floats | None = None
    points: Floats | None = None
    classes: int = 2

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return len(self.predicted)

    def take(self, rows: Mask | Ints) -> Judged:
        """Only these rows."""
        return replace(
            self,
            truth=self.truth[rows],
            predicted=self.predicted[rows],
            scores=None if self.scores is None else self.scores[rows],
            points=None if self.points is None else self.points[rows],
        )
