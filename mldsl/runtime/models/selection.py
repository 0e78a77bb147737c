"""Selection: which recipe a model is made by; with one algorithm and nothing to tune there is nothing to select."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from mldsl.catalog.metrics import DEFAULT_METRICS, FALLBACK_METRIC, METRICS
from mldsl.plan.nodes import ModelBody
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.models.estimators import Recipe, fixed_recipe, make_estimator
from mldsl.runtime.models.fitting import is_calibrated
from mldsl.runtime.models.tuning import Candidate, Told, best, search
from mldsl.runtime.models.workbench import Map, Workbench
from mldsl.runtime.words import duration

_DRY_TRIALS = 2


@dataclass(frozen=True, slots=True)
class Selection:
    """The recipe chosen, by which metric, everything that was tried, and what to say where the time was up before."""

    recipe: Recipe
    metric: str | None = None
    candidates: tuple[Candidate, ...] = ()
    cut_short: str | None = None


class NoTrial(StepFailed):
    """The time of a search was up before a trial had ended."""


def compares(body: ModelBody) -> bool:
    """Whether recipes are tried and compared; otherwise there is one."""
    return body.tune is not None or len(body.algorithms) > 1


def select(body: ModelBody, bench: Workbench, over: Map, told: Told, dry: bool = False) -> Selection:
    """The recipe to fit: the best of a tuning, the best of several algorithms, or the only one.

    In a dry run two trials are enough. Raises StepFailed where nothing could be fitted, naming the first cause, and
    NoTrial where the time was up before.
    """
    if body.task == "anomaly" and (body.tune is not None or len(body.algorithms) > 1):
        raise StepFailed("models of anomalies cannot be compared without labels", "name one algorithm and its values")
    if body.tune is not None:
        trials = min(body.tune.trials, _DRY_TRIALS) if dry else body.tune.trials
        tried, late = search(bench, body.algorithms, body.tune, over, told, trials)
        if not tried:
            raise NoTrial(
                f"no trial of `tune` ended within its `timeout` of {duration(body.tune.timeout or 0)}",
                "raise `timeout`, or let a trial do less: fewer folds (`cv`), fewer rows, narrower ranges",
            )
        chosen = best(tried, body.tune.maximize, f"all {len(tried)} trials failed")
        done = f"tuning ended at its `timeout`, after {len(tried)} of {trials} trials" if late else None
        return Selection(chosen.recipe, body.tune.metric, tuple(tried), done)
    recipes = [fixed_recipe(index, algorithm) for index, algorithm in enumerate(body.algorithms)]
    if len(recipes) == 1:
        return Selection(recipes[0])
    metric = _metric(body, recipes, bench)
    tried = [
        Candidate(recipe, scored) for recipe, scored in zip(recipes, bench.score(recipes, metric, over), strict=True)
    ]
    chosen = best(tried, METRICS[metric].greater_is_better, "none of the algorithms could be fitted")
    return Selection(chosen.recipe, metric, tuple(tried))


def _metric(body: ModelBody, recipes: Sequence[Recipe], bench: Workbench) -> str:
    """By what algorithms are compared: the task's default that all of them can be judged by."""
    metric = DEFAULT_METRICS[body.task]
    if METRICS[metric].needs == "probabilities" and not all(_gives_probabilities(item, bench) for item in recipes):
        return FALLBACK_METRIC
    return metric


def _gives_probabilities(recipe: Recipe, bench: Workbench) -> bool:
    estimator = make_estimator(recipe, bench.setting.seed, bench.setting.folder)
    return hasattr(estimator, "predict_proba") or is_calibrated(recipe, bench.setting.task)
