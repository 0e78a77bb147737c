"""Fitting one estimator on prepared rows: weights, classes that are missing, early stopping, errors in plain words."""

from __future__ import annotations

import inspect
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import numpy as np

from mldsl.catalog.algorithms import ALGORITHMS
from mldsl.catalog.tasks import Task
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.models.bins import Bins
from mldsl.runtime.models.calibration import Calibrator, fit_calibrator
from mldsl.runtime.models.epochs import fit_in_epochs, in_epochs
from mldsl.runtime.models.estimators import Recipe, make_estimator, takes_sparse, takes_weights
from mldsl.runtime.models.features import Floats, Ints
from mldsl.runtime.models.folds import Divider, Fold
from mldsl.runtime.models.learner import Learner, Nearest, first_words, fitting_help
from mldsl.runtime.models.preparation import to_dense
from mldsl.runtime.models.threads import native_threads
from mldsl.runtime.models.untyped import Fitted, Prepared

_SIGMOID_FOLDS = 5
_STOPPING_FOLDS = 10  # without a validation part, early stopping looks at one of so many folds
_LOOKED_AT = 10_000  # rows are compared where a fit has failed, if they are no more
_BOOSTERS = ("XGB", "LGBM")
# The switch first; without one, the number of rounds to wait.
_STOPPING_PARAMETERS = ("early_stopping", "early_stopping_round", "early_stopping_rounds", "n_iter_no_change")
# Their histograms have the same bits on any number of threads.
_HISTOGRAMS = ("HistGradientBoostingClassifier", "HistGradientBoostingRegressor")


@dataclass(frozen=True, slots=True)
class Setting:
    """What is the same for all fits of a model. `threads` is how many an estimator may use that does not mind."""

    task: Task
    classes: tuple[str, ...]
    balanced: bool
    seed: int
    folder: Path
    threads: int = 1


@dataclass(frozen=True, slots=True, eq=False)
class Rows:
    """Prepared rows: features, target (None where there is none), weights, and how they are divided into folds.

    `bins` are those of the features.
    """

    prepared: Prepared
    target: Floats | Ints | None
    weights: Floats | None
    divider: Divider
    bins: Bins = field(default_factory=Bins)

    def take(self, rows: Ints) -> Rows:
        """Only these rows."""
        target = None if self.target is None else self.target[rows]
        weights = None if self.weights is None else self.weights[rows]
        return Rows(self.prepared[rows], target, weights, self.divider.take(rows))

    @property
    def size(self) -> int:
        """Bytes, roughly."""
        prepared = self.prepared
        return 12 * int(prepared.nnz) if hasattr(prepared, "nnz") else int(prepared.nbytes)

    def filled(self) -> Rows:
        """The same with a dense matrix."""
        return replace(self, prepared=to_dense(self.prepared))


@dataclass(frozen=True, slots=True, eq=False)
class Portion:
    """What one fit is given, everything prepared by what was learned from the rows that are fitted on.

    `training` are the rows to fit on, `validation` those that early stopping looks at, `folds` divide the training rows
    (each prepared anew) into rows to fit on and rows to judge, for a sigmoid.
    """

    training: Rows
    validation: Rows | None = None
    folds: tuple[tuple[Rows, Rows], ...] = ()

    @property
    def size(self) -> int:
        """Bytes, roughly."""
        whole = (self.training, *([self.validation] if self.validation is not None else []))
        return sum(rows.size for rows in (*whole, *(rows for fold in self.folds for rows in fold)))


@dataclass(frozen=True, slots=True)
class Needs:
    """What the fit of a recipe needs beside the rows to fit on: rows to stop by, folds for a sigmoid."""

    stops: bool = False
    sigmoid: bool = False

    def stopping(self, divider: Divider, seed: int) -> Fold:
        """The rows to fit on and those to stop by, where there is no validation part: the last of some folds."""
        return divider.folds_up_to(_STOPPING_FOLDS, seed)[-1]

    def folds(self, divider: Divider, seed: int) -> list[Fold]:
        """The folds for a sigmoid; none where it needs none."""
        return divider.folds_up_to(_SIGMOID_FOLDS, seed) if self.sigmoid else []


def needs(recipe: Recipe, setting: Setting) -> Needs:
    """What the fit of a recipe needs. Raises StepFailed where its estimator cannot be made."""
    if is_calibrated(recipe, setting.task):
        return Needs(sigmoid=True)
    asked = any(recipe.parameters.get(name) not in (None, False) for name in _STOPPING_PARAMETERS)
    if not asked or setting.task not in ("binary", "multiclass", "regression"):
        return Needs()
    estimator = make_estimator(recipe, setting.seed, setting.folder)
    return Needs(stops=_stops_early(recipe, estimator) and _takes_validation(estimator))


def fit_learner(recipe: Recipe, portion: Portion, setting: Setting) -> Learner:
    """The recipe's estimator, fitted on a portion that is cut as it needs it.

    Raises StepFailed where the estimator cannot be made or fitted.
    """
    estimator = make_estimator(recipe, setting.seed, setting.folder)
    dense = not takes_sparse(estimator)
    learner = _fit(recipe, estimator, portion.training, setting, portion.validation, dense)
    if is_calibrated(recipe, setting.task):
        return learner.with_calibrator(_own_sigmoid(recipe, portion.folds, setting, dense))
    return learner


def _fit(
    recipe: Recipe, estimator: Fitted, rows: Rows, setting: Setting, validation: Rows | None, dense: bool
) -> Learner:
    rows = rows.filled() if dense else rows
    validation = validation.filled() if dense and validation is not None else validation
    match setting.task:
        case "binary" | "multiclass":
            return _fit_classifier(recipe, estimator, rows, setting, validation, dense)
        case "regression":
            _call_fit(recipe, estimator, rows, setting, validation)
            return Learner(recipe.name, setting.task, estimator, dense=dense)
        case "cluster":
            return Learner(recipe.name, setting.task, _fit_clusters(recipe, estimator, rows, setting), dense=dense)
        case _:
            _call_fit(recipe, estimator, rows, setting, None)
            return Learner(recipe.name, setting.task, estimator, dense=dense)


def _fit_classifier(
    recipe: Recipe, estimator: Fitted, rows: Rows, setting: Setting, validation: Rows | None, dense: bool
) -> Learner:
    present, numbers = np.unique(np.asarray(rows.target), return_inverse=True)
    if len(present) < 2:
        raise StepFailed(f"the rows have only one class (`{setting.classes[int(present[0])]}`) to learn from")
    weights = rows.weights
    if setting.balanced:
        estimator, weights = _balance(recipe, estimator, numbers, weights)
    if validation is not None:
        validation = _of_classes(validation, present)
    own = replace(rows, target=numbers, weights=weights)
    _call_fit(recipe, estimator, own, setting, validation)
    known = tuple(int(number) for number in present)
    return Learner(recipe.name, setting.task, estimator, known, len(setting.classes), dense=dense)


def _of_classes(rows: Rows, present: Ints) -> Rows | None:
    """The rows of these classes, under the estimator's numbers; None where there are none."""
    rows = rows.take(np.flatnonzero(np.isin(np.asarray(rows.target), present)))
    if not rows.prepared.shape[0]:
        return None
    numbers = np.searchsorted(present, np.asarray(rows.target))
    return Rows(rows.prepared, numbers, rows.weights, rows.divider)


def _balance(recipe: Recipe, estimator: Fitted, numbers: Ints, weights: Floats | None) -> tuple[Fitted, Floats | None]:
    """Rare classes count more: through the estimator's own parameter where it has one, else through weights."""
    if "class_weight" in getattr(estimator, "get_params", dict)():
        return estimator.set_params(class_weight="balanced"), weights
    if not takes_weights(estimator):
        raise StepFailed(
            f"`{recipe.name}` cannot weigh classes", "leave `class_weight` out, or choose another algorithm"
        )
    from sklearn.utils.class_weight import compute_sample_weight

    balanced = compute_sample_weight("balanced", numbers)
    return estimator, balanced if weights is None else balanced * weights


def _call_fit(recipe: Recipe, estimator: Fitted, rows: Rows, setting: Setting, validation: Rows | None) -> None:
    _refuse_own_folds(recipe, estimator, rows.divider)
    _refuse_own_holdout(recipe, estimator, rows.divider)
    if rows.weights is not None and not takes_weights(estimator):
        raise StepFailed(f"`{recipe.name}` cannot weigh rows", "leave `weight` out, or choose another algorithm")
    histograms = type(estimator).__name__ in _HISTOGRAMS
    try:
        with native_threads(setting.threads if histograms else 1):
            if validation is not None and in_epochs(estimator):
                fit_in_epochs(estimator, rows.prepared, np.asarray(rows.target), rows.weights, _judging(validation))
            else:
                _fit_at_once(estimator, rows, validation, histograms)
    except StepFailed:
        raise
    except MemoryError as error:
        raise StepFailed(f"`{recipe.name}` does not fit into this machine's memory") from error
    except Exception as error:
        words = "no feature differs between the training rows" if _is_same(rows.prepared) else first_words(error)
        raise StepFailed(f"`{recipe.name}` cannot be fitted: {words}", fitting_help(error)) from error
    if hasattr(estimator, "_bin_mapper"):
        estimator._bin_mapper.n_threads = 1  # how many threads there were is no part of the model


def _is_same(prepared: Prepared) -> bool:
    """Whether all rows are the same: some estimators cannot say so in words."""
    found = to_dense(prepared[: min(prepared.shape[0], _LOOKED_AT)])
    return bool((found == found[:1]).all()) and prepared.shape[0] <= _LOOKED_AT


def _judging(rows: Rows) -> tuple[Prepared, Any, Floats | None]:
    return rows.prepared, rows.target, rows.weights


def _fit_at_once(estimator: Fitted, rows: Rows, validation: Rows | None, histograms: bool) -> None:
    arguments = {} if validation is None else _stopping(estimator, rows, validation)
    if rows.weights is not None:
        arguments["sample_weight"] = rows.weights
    target = () if rows.target is None else (rows.target,)
    if not histograms:
        estimator.fit(rows.prepared, *target, **arguments)
        return
    with rows.bins.shared(estimator, rows.prepared.shape[0]):
        estimator.fit(_without_empty(rows.prepared), *target, **arguments)


def _without_empty(prepared: Prepared) -> Prepared:
    """Columns with nothing but missing values as columns of 0: scikit-learn cannot bin them, and they say nothing."""
    empty = np.isnan(prepared).all(axis=0)
    return np.where(empty, 0.0, prepared) if empty.any() else prepared


def _refuse_own_folds(recipe: Recipe, estimator: Fitted, divider: Divider) -> None:
    """Classes that a program names by their path may divide rows on their own, and know nothing of groups and times."""
    if divider.at_random:
        return
    if "cv" in getattr(estimator, "get_params", dict)():
        raise StepFailed(
            f"`{recipe.name}` would divide the training rows into random folds, and the split is not random",
            "compare its parameters with `tune` instead: its folds follow the split",
        )


# --- early stopping --------------------------------------------------------------------------------------------------


def _refuse_own_holdout(recipe: Recipe, estimator: Fitted, divider: Divider) -> None:
    """Classes that take no validation rows hold out random ones, which is another kind of split by time or group."""
    if divider.at_random:
        return
    if _stops_early(recipe, estimator) and not _takes_validation(estimator):
        raise StepFailed(
            f"`{recipe.name}` would hold out random rows for early stopping, and the split is not random",
            "leave early stopping out, or use `gradient_boosting`",
        )


def _takes_validation(estimator: Fitted) -> bool:
    """Whether rows to stop by can be given to it."""
    given = "X_val" in inspect.signature(estimator.fit).parameters
    return given or type(estimator).__name__.startswith(_BOOSTERS) or in_epochs(estimator)


def _stopping(estimator: Fitted, rows: Rows, validation: Rows) -> dict[str, object]:
    """What `fit` is given so that it stops by the validation rows."""
    name = type(estimator).__name__
    if name.startswith(_BOOSTERS):
        return {
            "eval_set": [(validation.prepared, validation.target)],
            **({"verbose": False} if name.startswith("XGB") else {}),
        }
    arguments: dict[str, object] = {"X_val": validation.prepared, "y_val": validation.target}
    if rows.weights is not None and validation.weights is not None:
        arguments["sample_weight_val"] = validation.weights
    return arguments


def _stops_early(recipe: Recipe, estimator: Fitted) -> bool:
    """Whether the program asks for it: by the switch, or where a class has none by the number of rounds to wait."""
    if hasattr(estimator, "early_stopping"):
        return recipe.parameters.get("early_stopping") not in (None, False)
    return any(recipe.parameters.get(name) is not None for name in _STOPPING_PARAMETERS[1:])


# --- probabilities of estimators without -----------------------------------------------------------------------------


def is_calibrated(recipe: Recipe, task: Task) -> bool:
    """Whether the catalog says that its probabilities come from a sigmoid around it."""
    known = ALGORITHMS.get(recipe.name)
    return known is not None and task in known.calibrated


def _own_sigmoid(recipe: Recipe, folds: Sequence[tuple[Rows, Rows]], setting: Setting, dense: bool) -> Calibrator:
    """A sigmoid from the scores of rows that were not fitted on, for an algorithm without probabilities of its own."""
    scores, truth = [], []
    weights: list[Floats] = []
    for fitted, judged in folds:
        _has_classes(recipe, fitted, setting)
        estimator = make_estimator(recipe, setting.seed, setting.folder)
        learner = _fit(recipe, estimator, fitted, setting, None, dense)
        scores.append(learner.scores(to_dense(judged.prepared) if dense else judged.prepared))
        truth.append(np.asarray(judged.target))
        weights += [] if judged.weights is None else [judged.weights]
    weighed = np.concatenate(weights) if weights else None
    return fit_calibrator("sigmoid", np.concatenate(scores), np.concatenate(truth), weighed)


def _has_classes(recipe: Recipe, rows: Rows, setting: Setting) -> None:
    present = np.unique(np.asarray(rows.target))
    if len(present) < 2:
        only = setting.classes[int(present[0])]
        raise StepFailed(
            f"`{recipe.name}` gets its probabilities from folds of the training rows, and one has `{only}` alone",
            "there are too few rows of the others: use an algorithm with probabilities, such as `logistic_regression`",
        )


# --- clusters --------------------------------------------------------------------------------------------------------

# Of these skops cannot save what they predict with; the nearest centre says the same.
_BY_CENTRES = ("Birch",)


def _fit_clusters(recipe: Recipe, estimator: Fitted, rows: Rows, setting: Setting) -> Fitted:
    if hasattr(estimator, "predict"):
        _call_fit(recipe, estimator, rows, setting, None)
        if type(estimator).__name__ in _BY_CENTRES:
            return Nearest(estimator.subcluster_centers_, estimator.subcluster_labels_.astype(np.int64))
        return estimator
    _call_fit(recipe, estimator, rows, setting, None)
    labels = np.asarray(estimator.labels_, np.int64)
    points = np.asarray(to_dense(rows.prepared), np.float64)
    if hasattr(estimator, "core_sample_indices_") and hasattr(estimator, "eps"):
        core = estimator.core_sample_indices_
        return Nearest(points[core], labels[core], float(estimator.eps))
    return Nearest(points, labels)
