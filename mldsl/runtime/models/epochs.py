"""Early stopping, epoch by epoch, of estimators that would otherwise hold out random rows of their own.

Scikit-learn's networks and its linear models fitted row by row take no validation rows; what they do with the rows that
they hold out is done here with those of the model: a score after each epoch, and an end when it has not risen by `tol`
in `n_iter_no_change` epochs. A network keeps the weights of its best epoch.
"""

from __future__ import annotations

import inspect

import numpy as np

from mldsl.runtime.models.features import Floats, Ints
from mldsl.runtime.models.untyped import Fitted, Prepared

_CLASSES = ("MLPClassifier", "MLPRegressor", "SGDClassifier", "SGDRegressor")
_WEIGHTS = ("coefs_", "intercepts_")


def in_epochs(estimator: Fitted) -> bool:
    """Whether `fit_in_epochs` can do it; a network with the solver `lbfgs` knows no epochs and never stops early."""
    return type(estimator).__name__ in _CLASSES and hasattr(estimator, "partial_fit")


def fit_in_epochs(
    estimator: Fitted,
    rows: Prepared,
    target: Floats | Ints,
    weights: Floats | None,
    validation: tuple[Prepared, Floats | Ints, Floats | None],
) -> None:
    """Fit until the validation rows (with their target and weights) are predicted no better."""
    settings = estimator.get_params(deep=False)
    weights = _own_weights(estimator, target, weights)
    changed = {"early_stopping": False, "random_state": np.random.RandomState(settings["random_state"])}
    if "class_weight" in settings:
        changed["class_weight"] = None
    estimator.set_params(**changed)
    try:
        _epochs(estimator, rows, target, weights, validation)
    finally:
        estimator.set_params(**{name: settings[name] for name in changed})


def _epochs(
    estimator: Fitted,
    rows: Prepared,
    target: Floats | Ints,
    weights: Floats | None,
    validation: tuple[Prepared, Floats | Ints, Floats | None],
) -> None:
    judged, truth, judged_weights = validation
    more = {} if weights is None else {"sample_weight": weights}
    first = {"classes": np.unique(target)} if type(estimator).__name__.endswith("Classifier") else {}
    best, waited, kept = -np.inf, 0, {}
    for epoch in range(estimator.max_iter):
        estimator.partial_fit(rows, target, **more, **(first if not epoch else {}))
        score = estimator.score(judged, truth, sample_weight=judged_weights)
        waited = waited + 1 if score < best + (estimator.tol or 0.0) else 0
        if score > best:
            best, kept = score, {name: [part.copy() for part in getattr(estimator, name, ())] for name in _WEIGHTS}
        if waited >= estimator.n_iter_no_change:
            break
    if hasattr(estimator, "coefs_"):
        for name, values in kept.items():
            setattr(estimator, name, values)


def takes_weights_in_epochs(estimator: Fitted) -> bool:
    """Whether an epoch weighs rows."""
    return "sample_weight" in inspect.signature(estimator.partial_fit).parameters


def _own_weights(estimator: Fitted, target: Floats | Ints, weights: Floats | None) -> Floats | None:
    """The weights of rows with those of their classes, which are not balanced over epochs otherwise."""
    asked = getattr(estimator, "class_weight", None)
    if asked is None:
        return weights
    from sklearn.utils.class_weight import compute_sample_weight

    balanced = np.asarray(compute_sample_weight(asked, target), np.float64)
    return balanced if weights is None else balanced * weights
