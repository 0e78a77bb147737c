"""Tuning: looks for the best algorithm and parameters, over all algorithms and ranges at once.

Trials are asked for in batches whose size does not depend on how many workers there are, and told in order: so the same
seed gives the same search on any machine (but for a `timeout`, which ends it at different trials).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice, product
from typing import TYPE_CHECKING

import numpy as np

from mldsl.plan.nodes import Algorithm, Choice, FixedValue, Range, Tune
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.models.estimators import Recipe
from mldsl.runtime.models.untyped import Json
from mldsl.runtime.models.workbench import Map, Scored, Workbench

if TYPE_CHECKING:
    from optuna import Study, Trial

_BATCH = {"tpe": 2, "random": 8, "grid": 8}
_FINEST_GRID = 20

Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A recipe that was tried, and what came of it."""

    recipe: Recipe
    scored: Scored

    def summary(self) -> Json:
        """As plain JSON."""
        found = {
            "algorithm": self.recipe.name,
            "parameters": dict(self.recipe.parameters),
            "score": self.scored.mean,
            "scores": list(self.scored.scores),
        }
        return found if self.scored.error is None else {**found, "error": self.scored.error}


def best(candidates: Sequence[Candidate], maximize: bool, what: str) -> Candidate:
    """The candidate with the best score, the first of several. Raises StepFailed where none has one."""
    scored = [(candidate.scored.mean, candidate) for candidate in candidates if candidate.scored.mean is not None]
    if not scored:
        first = candidates[0]
        raise StepFailed(f"{what}; the first: {first.scored.error}")
    pick = max if maximize else min
    return pick(scored, key=lambda pair: pair[0])[1]


def search(
    bench: Workbench, algorithms: Sequence[Algorithm], tune: Tune, over: Map, told: Told, trials: int
) -> tuple[list[Candidate], bool]:
    """The trials, in order, as `tune` asks for them; at most so many, and whether the time was up before.

    No fit is begun after that, but for those of the first trial; what was stopped has not begun.
    """
    batches = _grid(algorithms, trials, bench.setting.seed) if tune.sampler == "grid" else None
    study = None if batches is not None else _study(tune, bench.setting.seed)
    ended = bench.memory.ended
    trying = _Trying(bench, tune.metric, over, _end(tune, ended))
    size = _batch(bench, tune, trials)
    found: list[Candidate] = []
    while len(found) < trials:
        if found and trying.late and not ended:
            return found, True
        wanted = min(size, trials - len(found))
        asked = [study.ask() for _ in range(wanted)] if study is not None else []
        recipes = [_suggest(trial, algorithms) for trial in asked] if batches is None else list(islice(batches, wanted))
        if not recipes:
            break
        scored = trying.scores(recipes)
        found += [Candidate(recipe, score) for recipe, score in zip(recipes, scored, strict=True) if not score.late]
        if study is not None:
            _tell(study, asked, scored)
        told(len(found), trials)
        if any(score.late for score in scored):
            return found, True
    return found, False


def _end(tune: Tune, ended: bool) -> float | None:
    """When the time is up: at once where other workers have used it; what they found counts."""
    if tune.timeout is None:
        return None
    return 0.0 if ended else time.monotonic() + tune.timeout


def _batch(bench: Workbench, tune: Tune, trials: int) -> int:
    """How many trials are asked for at once; all where workers share a search that no score steers."""
    if bench.spread is not None and tune.sampler != "tpe":
        return trials
    return tune.parallel or _BATCH[tune.sampler]


class _Trying:
    """Scores recipes, none of them twice; `end` is when the time is up, but for the first of all."""

    def __init__(self, bench: Workbench, metric: str, over: Map, end: float | None) -> None:
        self._bench = bench
        self._metric = metric
        self._over = over
        self._end = end
        self._first: Recipe | None = None
        self._known: dict[str, Scored] = {}

    @property
    def late(self) -> bool:
        """Whether the time is up."""
        return self._end is not None and time.monotonic() >= self._end

    def scores(self, recipes: Sequence[Recipe]) -> list[Scored]:
        """The scores of recipes."""
        self._first = self._first or recipes[0]
        keys = [f"{recipe.index} {sorted(recipe.parameters.items())!r}" for recipe in recipes]
        new = {key: recipe for key, recipe in zip(keys, recipes, strict=True) if key not in self._known}
        scored = self._bench.score(list(new.values()), self._metric, self._over, self._until)
        self._known.update(zip(new, scored, strict=True))
        return [self._known[key] for key in keys]

    def _until(self, recipe: Recipe) -> float | None:
        return None if recipe is self._first and not self._bench.memory.late else self._end


# --- optuna ----------------------------------------------------------------------------------------------------------


def _study(tune: Tune, seed: int) -> Study:
    import optuna

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    sampler: optuna.samplers.BaseSampler = (
        optuna.samplers.RandomSampler(seed) if tune.sampler == "random" else optuna.samplers.TPESampler(seed=seed)
    )
    return optuna.create_study(sampler=sampler, direction="maximize" if tune.maximize else "minimize")


def _tell(study: Study, trials: Iterable[Trial], scored: Iterable[Scored]) -> None:
    from optuna.trial import TrialState

    for trial, score in zip(trials, scored, strict=True):
        if score.mean is None:
            study.tell(trial, state=TrialState.FAIL)
        else:
            study.tell(trial, score.mean)


def _suggest(trial: Trial, algorithms: Sequence[Algorithm]) -> Recipe:
    """The recipe of a trial: an algorithm, then a value for each of its ranges and choices."""
    index = int(trial.suggest_categorical("algorithm", range(len(algorithms)))) if len(algorithms) > 1 else 0
    algorithm = algorithms[index]
    values: dict[str, Json] = {}
    for name, given in algorithm.parameters.items():
        label = f"{index}.{name}"
        match given:
            case FixedValue(value=value):
                values[name] = value
            case Choice(choice=choice):
                values[name] = choice[int(trial.suggest_categorical(label, range(len(choice))))]
            case Range(range=(low, high), log=log, integer=True):
                values[name] = trial.suggest_int(label, int(low), int(high), log=log)
            case Range(range=(low, high), log=log):
                values[name] = trial.suggest_float(label, low, high, log=log)
    return Recipe(index, algorithm, values)


# --- grid ------------------------------------------------------------------------------------------------------------


def _grid(algorithms: Sequence[Algorithm], trials: int, seed: int) -> Iterator[Recipe]:
    """Every combination of all choices and of evenly spaced points of the ranges, as fine as the trials allow.

    Where even two points a range are more than that, the combinations come in an order drawn with the seed.
    """
    for points in range(_FINEST_GRID, 1, -1):
        found = _combinations(algorithms, points, trials)
        if len(found) <= trials:
            return iter(found)
    everything = _combinations(algorithms, 2, _MOST_COMBINATIONS)
    order = np.random.default_rng(seed).permutation(len(everything))
    return (everything[place] for place in order)


_MOST_COMBINATIONS = 100_000


def _combinations(algorithms: Sequence[Algorithm], points: int, most: int) -> list[Recipe]:
    """The combinations, or a few more than `most` of them."""
    every = (
        Recipe(index, algorithm, dict(zip(algorithm.parameters, values, strict=True)))
        for index, algorithm in enumerate(algorithms)
        for values in product(*(_points(given, points) for given in algorithm.parameters.values()))
    )
    return list(islice(every, most + 1))


def _points(given: Range | Choice | FixedValue, count: int) -> list[Json]:
    match given:
        case FixedValue(value=value):
            return [value]
        case Choice(choice=choice):
            return list(choice)
        case Range(range=(low, high), log=log, integer=integer):
            spaced = np.geomspace(low, high, count) if log else np.linspace(low, high, count)
            exact = [low, *(float(value) for value in spaced[1:-1]), high]
            return list(dict.fromkeys(round(value) for value in exact)) if integer else exact
