"""Answers: what a learner says of prepared rows, and the same beside the truth, to be judged."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from mldsl.runtime.evaluation.judged import Judged
from mldsl.runtime.models.features import Floats, Ints
from mldsl.runtime.models.learner import Learner
from mldsl.runtime.models.preparation import to_dense
from mldsl.runtime.models.untyped import Prepared


@dataclass(frozen=True, slots=True, eq=False)
class Answers:
    """What a model says of some rows.

    `predicted` has the numbers of classes, values, clusters, or 1 for anomalies. `probabilities` is rows × classes,
    `scores` an anomaly's; None where there are none.
    """

    predicted: Floats | Ints
    probabilities: Floats | None = None
    scores: Floats | None = None


def answer(learner: Learner, prepared: Prepared, threshold: float = 0.5) -> Answers:
    """The learner's answers; of two classes it is the second where its probability reaches the threshold."""
    rows = to_dense(prepared) if learner.dense else prepared
    match learner.task:
        case "binary" | "multiclass":
            found = learner.probabilities(rows)
            if found is None:
                return Answers(learner.labels(rows))
            if learner.task == "binary":
                return Answers((found[:, 1] >= threshold).astype(np.int64), found)
            return Answers(found.argmax(axis=1), found)
        case "regression":
            return Answers(learner.values(rows))
        case "cluster":
            return Answers(learner.clusters(rows))
        case "anomaly":
            flags, scores = learner.anomalies(rows)
            return Answers(flags, scores=scores)


def judged(learner: Learner, answers: Answers, truth: Floats | Ints | None, prepared: Prepared) -> Judged:
    """The answers beside the truth. Classes that the learner does not know get the probability 0."""
    match learner.task:
        case "cluster":
            points = np.asarray(to_dense(prepared), np.float64)
            return Judged("cluster", answers.predicted, answers.predicted, points=points)
        case "anomaly":
            assert truth is not None
            return Judged("anomaly", truth, answers.predicted, answers.scores)
        case "regression":
            assert truth is not None
            return Judged("regression", truth, answers.predicted)
        case task:
            assert truth is not None
            found = answers.probabilities
            if task == "binary":
                return Judged("binary", truth, answers.predicted, None if found is None else found[:, 1])
            classes = max(learner.classes, int(truth.max()) + 1 if len(truth) else 0)
            if found is not None:
                found = np.pad(found, ((0, 0), (0, classes - found.shape[1])))
            return Judged("multiclass", truth, answers.predicted, found, classes=classes)
