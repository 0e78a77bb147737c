"""Decisions: the calibration and the threshold of a classifier, found on rows that it was not fitted on.

Those are the validation part's; without one, the training rows, each answered by the model of a fold that it was not
in. Never the test part's.
"""

from __future__ import annotations

import numpy as np

from mldsl.plan.nodes import ModelBody, Threshold
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.models.calibration import fit_calibrator
from mldsl.runtime.models.estimators import Recipe
from mldsl.runtime.models.features import Floats, Ints
from mldsl.runtime.models.learner import Learner
from mldsl.runtime.models.preparation import Preparation, to_dense
from mldsl.runtime.models.threshold import choose_threshold
from mldsl.runtime.models.untyped import Prepared
from mldsl.runtime.models.workbench import Material, Workbench

_PLAIN = 0.5


def decide(
    body: ModelBody, bench: Workbench, recipe: Recipe, preparation: Preparation, learner: Learner
) -> tuple[Learner, float]:
    """The learner, calibrated where that is asked for, and the threshold (0.5 where none is asked for)."""
    asked = body.threshold
    fixed = asked is None or asked.value is not None
    if body.calibrate is None and fixed:
        return learner, _PLAIN if asked is None or asked.value is None else asked.value
    unseen, pairs = _unseen(bench, recipe, preparation, learner)
    truth = np.asarray(unseen.target, np.int64)
    if body.calibrate is not None:
        scores = np.concatenate([one.scores(_fitting(one, rows)) for one, rows in pairs])
        calibrator = fit_calibrator(body.calibrate, scores, truth, unseen.weights)
        learner = learner.with_calibrator(calibrator)
        pairs = [(one.with_calibrator(calibrator), rows) for one, rows in pairs]
    if asked is None:
        return learner, _PLAIN
    return learner, _threshold(asked, truth, pairs)


def _threshold(asked: Threshold, truth: Ints, pairs: list[tuple[Learner, Prepared]]) -> float:
    parts: list[Floats] = []
    for learner, rows in pairs:
        found = learner.probabilities(_fitting(learner, rows))
        if found is None:
            raise StepFailed(
                f"`{learner.name}` gives no probabilities, so that there is no threshold to choose",
                "calibrate it (`calibrate: sigmoid`), or choose another algorithm",
            )
        parts.append(found[:, 1])
    return choose_threshold(asked, truth, np.concatenate(parts))


def _fitting(learner: Learner, rows: Prepared) -> Prepared:
    return to_dense(rows) if learner.dense else rows


def _unseen(
    bench: Workbench, recipe: Recipe, preparation: Preparation, learner: Learner
) -> tuple[Material, list[tuple[Learner, Prepared]]]:
    """Rows that learners did not see, and these learners with the rows prepared for them, in that order."""
    if bench.validation is not None:
        if len(np.unique(np.asarray(bench.validation.target))) < 2:
            raise StepFailed("the validation part has rows of one class only", "make its share greater")
        return bench.validation, [(learner, preparation.transform(bench.validation.matrix))]
    rows, pairs = bench.out_of_fold(recipe)
    return bench.material.take(rows), pairs
