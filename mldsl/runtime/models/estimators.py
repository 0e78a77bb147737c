"""Estimators: from an algorithm of the plan and its parameters' values to an object that can be fitted."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path

from mldsl.plan.nodes import Algorithm, FixedValue, PythonCode
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.models.untyped import Fitted, Json
from mldsl.runtime.models.user_code import user_class

# What mldsl sets on every class that has it: the seed comes beside these.
_ALWAYS: Mapping[str, Json] = {"n_jobs": 1, "warm_start": False}
# What it sets on a library's classes, unless the program does. Scikit-learn's boosting would otherwise hold out random
# rows of its own for early stopping as soon as there are many.
_DEFAULTS: Mapping[str, Mapping[str, Json]] = {
    "HistGradientBoostingClassifier": {"early_stopping": False},
    "HistGradientBoostingRegressor": {"early_stopping": False},
    "XGBClassifier": {"verbosity": 0},
    "XGBRegressor": {"verbosity": 0},
    "LGBMClassifier": {"verbose": -1, "deterministic": True, "force_col_wise": True},
    "LGBMRegressor": {"verbose": -1, "deterministic": True, "force_col_wise": True},
    "LocalOutlierFactor": {"novelty": True},
}
_EXTRAS: Mapping[str, str] = {"xgboost": "boost", "lightgbm": "boost"}
_DENSE_ONLY = ("XGBClassifier", "XGBRegressor")  # they read what a sparse matrix leaves out as missing, not as 0


@dataclass(frozen=True, slots=True)
class Recipe:
    """An algorithm of a model, its index in the model's list, and a value for each parameter that is set."""

    index: int
    algorithm: Algorithm
    parameters: Mapping[str, Json]

    @property
    def name(self) -> str:
        """As the program has it."""
        return self.algorithm.name


def fixed_recipe(index: int, algorithm: Algorithm) -> Recipe:
    """The recipe of an algorithm with nothing to tune."""
    values = {name: given.value for name, given in algorithm.parameters.items() if isinstance(given, FixedValue)}
    return Recipe(index, algorithm, values)


def make_estimator(recipe: Recipe, seed: int, folder: Path) -> Fitted:
    """A new estimator, not yet fitted. Raises StepFailed where its class cannot be imported or does not take them."""
    class_ = estimator_class(recipe.algorithm.factory, folder)
    known = _parameter_names(class_)
    given = {**_DEFAULTS.get(class_.__name__, {}), **recipe.parameters}
    given |= {name: value for name, value in {**_ALWAYS, "random_state": seed}.items() if name in known}
    try:
        return class_(**given)
    except Exception as error:
        raise StepFailed(f"`{recipe.name}` cannot be made: {type(error).__name__}: {error}") from error


def estimator_class(factory: str | PythonCode, folder: Path) -> type:
    """The class of an algorithm. Raises StepFailed where it cannot be imported, naming the extra that brings it."""
    if isinstance(factory, PythonCode):
        return user_class(factory, folder)
    module, _, name = factory.rpartition(".")
    try:
        found = getattr(import_module(module), name)
    except ImportError as error:
        library = module.partition(".")[0]
        extra = _EXTRAS.get(library)
        help_ = f'install it: `pip install "mldsl[{extra}]"`' if extra else f"install `{library}` where this runs"
        raise StepFailed(f"`{factory}` cannot be imported: {error}", help_) from error
    except AttributeError:
        raise StepFailed(f"`{module}` has no class `{name}` in the version that is installed") from None
    if not isinstance(found, type):
        raise StepFailed(f"`{factory}` is not a class")
    return found


def takes_weights(estimator: Fitted) -> bool:
    """Whether its `fit` weighs rows."""
    return "sample_weight" in inspect.signature(estimator.fit).parameters


def takes_sparse(estimator: Fitted) -> bool:
    """Whether it can be fitted on a sparse matrix, with the same result as on a dense one."""
    if type(estimator).__name__ in _DENSE_ONLY or not hasattr(estimator, "__sklearn_tags__"):
        return False
    from sklearn.utils import get_tags

    return bool(get_tags(estimator).input_tags.sparse)


def _parameter_names(class_: type) -> frozenset[str]:
    """The parameters of a class: asked of an object, since some take them by `**`, or read off its signature."""
    try:
        return frozenset(class_().get_params(deep=False))
    except (TypeError, AttributeError, ValueError, RuntimeError):
        return frozenset(inspect.signature(class_).parameters)
