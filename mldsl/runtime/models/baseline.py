"""The trivial baseline that every model is reported beside: the most frequent class, the mean."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mldsl.catalog.tasks import Task
from mldsl.runtime.models.answers import Answers
from mldsl.runtime.models.features import Floats, Ints
from mldsl.runtime.models.untyped import Json


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is said of every row alike: a value, or the classes' shares among the training rows."""

    task: Task
    value: float = 0.0
    shares: tuple[float, ...] = ()

    def answers(self, rows: int) -> Answers:
        """Its answers for so many rows."""
        if self.task == "regression":
            return Answers(np.full(rows, self.value))
        shares = np.array(self.shares)
        return Answers(np.full(rows, int(shares.argmax())), np.tile(shares, (rows, 1)))

    def summary(self, classes: tuple[str, ...]) -> Json:
        """As plain JSON."""
        if self.task == "regression":
            return {"kind": "mean", "value": self.value}
        return {"kind": "majority", "class": classes[int(np.argmax(self.shares))], "shares": list(self.shares)}


def make_baseline(task: Task, target: Floats | Ints | None, weights: Floats | None, classes: int) -> Baseline | None:
    """The baseline of these training rows; None for a task without truth."""
    if target is None or task in ("cluster", "anomaly"):
        return None
    if task == "regression":
        return Baseline(task, float(np.average(target, weights=weights)))
    counts = np.bincount(target.astype(np.int64), weights=weights, minlength=classes)
    return Baseline(task, shares=tuple(float(share) for share in counts / counts.sum()))
