"""Fitting one estimator on prepared rows: weights, classes that are missing, early stopping, errors in plain words."""

from __future__ import annotations

import inspect
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from mldsl.catalog.algorithms import ALGORITHMS
from mldsl.catalog.tasks import Task
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.models.calibration import fit_calibrator
from mldsl.runtime.models.estimators import Recipe, make_estimator, takes_sparse, takes_weights
from mldsl.runtime.models.features import Floats, Ints
from mldsl.runtime.models.folds import Divider
from mldsl.runtime.models.learner import Learner, Nearest, first_words, missing_help
from mldsl.runtime.models.preparation import to_dense
from mldsl.runtime.models.threads import native_threads
from mldsl.runtime.models.untyped import Fitted, Prepared

_SIGMOID_FOLDS = 5
_STOPPING_FOLDS = 10  # without a validation part, early stopping looks at one of so many folds
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
    """Prepared rows: features, target (None where there is none), weights, and how they are divided into folds."""

    prepared: Prepared
    target: Floats | Ints | None
    weights: Floats | None
    divider: Divider

    def take(self, rows: Ints) -> Rows:
        """Only these rows."""
        target = None if self.target is None else self.target[rows]
        weights = None if self.weights is None else self.weights[rows]
        return Rows(self.prepared[rows], target, weights, self.divider.take(rows))

    def filled(self) -> Rows:
        """The same with a dense matrix."""
        return Rows(to_dense(self.prepared), self.target, self.weights, self.divider)


def fit_learner(recipe: Recipe, rows: Rows, setting: Setting, validation: Rows | None = None) -> Learner:
    """The recipe's estimator, fitted on `rows`; `validation` is what early stopping looks at where it is asked for.

    Raises StepFailed where the estimator cannot be made or fitted.
    """
    estimator = make_estimator(recipe, setting.seed, setting.folder)
    dense = not takes_sparse(estimator)
    rows = rows.filled() if dense else rows
    validation = validation.filled() if dense and validation is not None else validation
    learner = _fit(recipe, estimator, rows, setting, validation, dense)
    if is_calibrated(recipe, setting.task):
        return learner.with_calibrator(_own_sigmoid(recipe, rows, setting, dense))
    return learner


def _fit(
    recipe: Recipe, estimator: Fitted, rows: Rows, setting: Setting, validation: Rows | None, dense: bool
) -> Learner:
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
    own = Rows(rows.prepared, numbers, weights, rows.divider)
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
    more = _stopping(recipe, estimator, rows, setting, validation)
    rows = more.rows
    if rows.weights is not None:
        if not takes_weights(estimator):
            raise StepFailed(f"`{recipe.name}` cannot weigh rows", "leave `weight` out, or choose another algorithm")
        more.arguments["sample_weight"] = rows.weights
    target = () if rows.target is None else (rows.target,)
    histograms = type(estimator).__name__ in _HISTOGRAMS
    prepared = _without_empty(rows.prepared) if histograms else rows.prepared
    try:
        with native_threads(setting.threads if histograms else 1):
            estimator.fit(prepared, *target, **more.arguments)
    except StepFailed:
        raise
    except MemoryError as error:
        raise StepFailed(f"`{recipe.name}` does not fit into this machine's memory") from error
    except Exception as error:
        raise StepFailed(f"`{recipe.name}` cannot be fitted: {first_words(error)}", missing_help(error)) from error
    if hasattr(estimator, "_bin_mapper"):
        estimator._bin_mapper.n_threads = 1  # how many threads there were is no part of the model


def _without_empty(prepared: Prepared) -> Prepared:
    """Columns with nothing but missing values as columns of 0: scikit-learn cannot bin them, and they say nothing."""
    empty = np.isnan(prepared).all(axis=0)
    return np.where(empty, 0.0, prepared) if empty.any() else prepared


def _refuse_own_folds(recipe: Recipe, estimator: Fitted, divider: Divider) -> None:
    """Classes that a program names by their path may divide rows on their own, and know nothing of groups and times."""
    if divider.groups is None and divider.times is None:
        return
    if "cv" in getattr(estimator, "get_params", dict)():
        raise StepFailed(
            f"`{recipe.name}` would divide the training rows into random folds, and the split is not random",
            "compare its parameters with `tune` instead: its folds follow the split",
        )


# --- early stopping --------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Stopping:
    """The rows to fit on and what else `fit` is given."""

    rows: Rows
    arguments: dict[str, object]


def _eval_set(validation: Rows) -> dict[str, object]:
    return {"eval_set": [(validation.prepared, validation.target)]}


def _stopping(recipe: Recipe, estimator: Fitted, rows: Rows, setting: Setting, validation: Rows | None) -> _Stopping:
    """What early stopping needs, where the program asks for it: rows to look at, of the kind that the split makes.

    The validation part's; without one, a fold of the training rows, which are then not fitted on. Estimators that hold
    out rows on their own do so at random: that is refused where the split is by time or group.
    """
    if not _stops_early(recipe, estimator):
        return _Stopping(rows, {})
    name = type(estimator).__name__
    by_argument = "X_val" in inspect.signature(estimator.fit).parameters
    if not by_argument and not name.startswith(("XGB", "LGBM")):
        if rows.divider.groups is not None or rows.divider.times is not None:
            raise StepFailed(
                f"`{recipe.name}` would hold out random rows for early stopping, and the split is not random",
                "leave early stopping out, or use `gradient_boosting`",
            )
        return _Stopping(rows, {})
    if validation is None:
        fitted, judged = rows.divider.folds_up_to(_STOPPING_FOLDS, setting.seed)[-1]
        rows, validation = rows.take(fitted), rows.take(judged)
    if not by_argument:
        return _Stopping(rows, {**_eval_set(validation), **({"verbose": False} if name.startswith("XGB") else {})})
    arguments: dict[str, object] = {"X_val": validation.prepared, "y_val": validation.target}
    if rows.weights is not None and validation.weights is not None:
        arguments["sample_weight_val"] = validation.weights
    return _Stopping(rows, arguments)


def _stops_early(recipe: Recipe, estimator: Fitted) -> bool:
    """Whether the program asks for it: by the switch, or where a class has none by the number of rounds to wait."""
    if hasattr(estimator, "early_stopping"):
        return recipe.parameters.get("early_stopping") not in (None, False)
    waits = ("early_stopping_round", "early_stopping_rounds", "n_iter_no_change")
    return any(recipe.parameters.get(name) is not None for name in waits)


# --- probabilities of estimators without -----------------------------------------------------------------------------


def is_calibrated(recipe: Recipe, task: Task) -> bool:
    """Whether the catalog says that its probabilities come from a sigmoid around it."""
    known = ALGORITHMS.get(recipe.name)
    return known is not None and task in known.calibrated


def _own_sigmoid(recipe: Recipe, rows: Rows, setting: Setting, dense: bool) -> Fitted:
    """A sigmoid from the scores of folds of the rows, for an algorithm that gives no probabilities itself."""
    scores, seen = [], []
    for fitted, judged in rows.divider.folds_up_to(_SIGMOID_FOLDS, setting.seed):
        estimator = make_estimator(recipe, setting.seed, setting.folder)
        learner = _fit(recipe, estimator, rows.take(fitted), setting, None, dense)
        scores.append(learner.scores(rows.prepared[judged]))
        seen.append(judged)
    order = np.concatenate(seen)
    weights = None if rows.weights is None else rows.weights[order]
    return fit_calibrator("sigmoid", np.concatenate(scores), np.asarray(rows.target)[order], weights)


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
