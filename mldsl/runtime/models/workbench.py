"""The workbench: everything that models are fitted on, its folds, and each fold's preparation, made once.

All recipes whose algorithms prepare alike share a fold's prepared rows.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from mldsl.plan.canonical import plain
from mldsl.plan.fingerprint import digest
from mldsl.plan.nodes import PrepareRule
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.evaluation.metrics import metric_value, why_undefined
from mldsl.runtime.models.answers import answer, judged
from mldsl.runtime.models.estimators import Recipe
from mldsl.runtime.models.features import Encoder, Floats, Ints, Matrix
from mldsl.runtime.models.fitting import Needs, Portion, Rows, Setting, fit_learner, needs
from mldsl.runtime.models.folds import Divider, Fold
from mldsl.runtime.models.learner import Learner
from mldsl.runtime.models.memory import FORGETFUL, Memory
from mldsl.runtime.models.preparation import Preparation, Purpose, fit_preparation, memory
from mldsl.runtime.models.spread import Spread
from mldsl.runtime.models.untyped import Prepared


@dataclass(frozen=True, slots=True, eq=False)
class Material:
    """Rows as they come: features, target, weights, and how they are divided."""

    matrix: Matrix
    target: Floats | Ints | None
    weights: Floats | None
    divider: Divider

    def take(self, rows: Ints) -> Material:
        """Only these rows."""
        return Material(
            self.matrix.take(rows),
            None if self.target is None else self.target[rows],
            None if self.weights is None else self.weights[rows],
            self.divider.take(rows),
        )

    def prepared(self, prepared: Prepared) -> Rows:
        """The same rows, prepared."""
        return Rows(prepared, self.target, self.weights, self.divider)


@dataclass(frozen=True, slots=True, eq=False)
class Divided:
    """A fold: what is fitted on its training rows, and the rows that it judges, prepared as the training rows are."""

    portion: Portion
    judged: Rows

    @property
    def size(self) -> int:
        """Bytes, roughly."""
        return self.portion.size + self.judged.size


@dataclass(frozen=True, slots=True)
class Scored:
    """What folds said of a recipe: a score each, or why there are none; `late` where the time was up before."""

    scores: tuple[float, ...] = ()
    error: str | None = None
    late: bool = False

    @property
    def mean(self) -> float | None:
        """The score; None where there is none."""
        return float(np.mean(self.scores)) if self.scores else None


Map = Callable[..., list[Scored]]
Until = Callable[[Recipe], float | None]


@dataclass(slots=True, eq=False)
class Workbench:
    """`rules` has the prepare rules of each algorithm by its index; `count` is how many folds there are.

    With `spread` it is one of several workers that make one search; what they find is in the `memory`.
    """

    encoder: Encoder
    rules: Sequence[tuple[PrepareRule, ...]]
    material: Material
    validation: Material | None
    setting: Setting
    count: int
    memory: Memory = FORGETFUL
    spread: Spread | None = None
    _folds: list[Fold] = field(default_factory=list)
    _divided: dict[tuple[int, str, Needs], Divided] = field(default_factory=dict)
    _bytes: int = 0

    @property
    def folds(self) -> list[Fold]:
        """The folds. A clustering has one, of all rows on both sides: it has no truth that it could learn by heart."""
        if not self._folds:
            rows = np.arange(self.material.matrix.rows)
            clusters = self.setting.task == "cluster"
            self._folds = [(rows, rows)] if clusters else self.material.divider.folds(self.count, self.setting.seed)
        return self._folds

    def fit(self, recipe: Recipe) -> tuple[Preparation, Learner]:
        """The recipe fitted on all rows."""
        preparation, portion = self._portion(recipe, self.material)
        return preparation, fit_learner(recipe, portion, self.setting)

    def score(self, recipes: Sequence[Recipe], metric: str, over: Map, until: Until | None = None) -> list[Scored]:
        """The metric of each recipe in every fold; `over` maps a function over many items at once.

        What is remembered of a killed run is not fitted again. `until` gives the time (of `time.monotonic`) from which
        on a recipe's fits are not begun any more; then it has no scores and is `late`.
        """
        numbers = range(len(self.folds))
        tasks = [(recipe, number) for recipe in recipes for number in numbers]
        known = [self.memory.score(recipe, metric, number) for recipe, number in tasks]
        new = [task for task, score in zip(tasks, known, strict=True) if score is None]
        wanted = {self._key(*task): task for task in new if not _is_up(until, task[0])}
        over(lambda key: self._try_dividing(*wanted[key]), [key for key in wanted if key not in self._divided])

        def fit(task: tuple[Recipe, int]) -> Scored:
            if _is_up(until, task[0]):
                return Scored(error="the time was up", late=True)
            return self._score(*task, metric)

        fresh = iter(self._mapped(over, fit, new, metric))
        found = [next(fresh) if score is None else Scored((score,)) for score in known]
        return [_joined(found[start : start + len(numbers)]) for start in range(0, len(found), len(numbers))]

    def _mapped(
        self, over: Map, fit: Callable[[tuple[Recipe, int]], Scored], tasks: Sequence[tuple[Recipe, int]], metric: str
    ) -> list[Scored]:
        """What `fit` gives for each task; one of several workers looks first whether another has it meanwhile."""
        if self.spread is None:
            return over(fit, tasks)

        def unless_known(place: int) -> Scored:
            recipe, number = tasks[place]
            score = self.memory.score(recipe, metric, number)
            return fit(tasks[place]) if score is None else Scored((score,))

        order = self.spread.order(len(tasks))
        found = dict(zip(order, over(unless_known, order), strict=True))
        return [found[place] for place in range(len(tasks))]

    def out_of_fold(self, recipe: Recipe) -> tuple[Ints, list[tuple[Learner, Prepared]]]:
        """The rows that some fold judges, in that order, and each fold's learner with its prepared rows."""
        pairs = []
        for number in range(len(self.folds)):
            divided = self.divided(recipe, number)
            pairs.append((fit_learner(recipe, divided.portion, self.setting), divided.judged.prepared))
        return np.concatenate([judged_rows for _, judged_rows in self.folds]), pairs

    def divided(self, recipe: Recipe, number: int) -> Divided:
        """A fold as a recipe prepares it."""
        key = self._key(recipe, number)
        found = self._divided.get(key)
        if found is None:
            found = self._divide(recipe, number)
            if self._bytes + found.size < memory() / 3:
                self._divided[key] = found
                self._bytes += found.size
        return found

    def _divide(self, recipe: Recipe, number: int) -> Divided:
        fitted, judged_rows = (self.material.take(rows) for rows in self.folds[number])
        preparation, portion = self._portion(recipe, fitted)
        return Divided(portion, judged_rows.prepared(preparation.transform(judged_rows.matrix)))

    def _portion(self, recipe: Recipe, material: Material) -> tuple[Preparation, Portion]:
        """What a recipe is fitted on: whatever it does not fit on has no part in what prepares it."""
        wanted, validation = needs(recipe, self.setting), None
        if wanted.stops:
            validation = self.validation
            if validation is None:
                fitted, held_out = wanted.stopping(material.divider, self.setting.seed)
                material, validation = material.take(fitted), material.take(held_out)
        preparation, prepared = self._prepare(recipe.index, material)
        stopping = None if validation is None else validation.prepared(preparation.transform(validation.matrix))
        inner = wanted.folds(material.divider, self.setting.seed)
        folds = tuple(self._inner(recipe, material, fold) for fold in inner)
        return preparation, Portion(material.prepared(prepared), stopping, folds)

    def _inner(self, recipe: Recipe, material: Material, fold: Fold) -> tuple[Rows, Rows]:
        fitted, held_out = (material.take(rows) for rows in fold)
        preparation, prepared = self._prepare(recipe.index, fitted)
        return fitted.prepared(prepared), held_out.prepared(preparation.transform(held_out.matrix))

    def _try_dividing(self, recipe: Recipe, number: int) -> Scored:
        try:
            self.divided(recipe, number)
        except StepFailed as error:
            return Scored(error=error.message)  # scoring comes upon it again
        return Scored()

    def _score(self, recipe: Recipe, number: int, metric: str) -> Scored:
        try:
            divided = self.divided(recipe, number)
            learner = fit_learner(recipe, divided.portion, self.setting)
            answers = answer(learner, divided.judged.prepared)
            found = judged(learner, answers, divided.judged.target, divided.judged.prepared)
        except StepFailed as error:
            return Scored(error=error.message)
        value = metric_value(metric, found)
        if value is None:
            return Scored(error=f"`{metric}` is not defined in fold {number + 1}: {why_undefined(metric, found)}")
        self.memory.keep(recipe, metric, number, value)
        return Scored((value,))

    def _prepare(self, algorithm: int, material: Material) -> tuple[Preparation, Prepared]:
        purpose = Purpose(self.setting.task, self.setting.seed, material.divider)
        return fit_preparation(self.rules[algorithm], self.encoder, material.matrix, material.target, purpose)

    def _key(self, recipe: Recipe, number: int) -> tuple[int, str, Needs]:
        """What recipes have in common that share a fold: how they prepare, and what else their fits need."""
        rules = digest(plain([replace(rule, algorithms=()) for rule in self.rules[recipe.index]]))
        return number, rules, needs(recipe, self.setting)


def _is_up(until: Until | None, recipe: Recipe) -> bool:
    """Whether no fit of a recipe is to begin any more."""
    end = None if until is None else until(recipe)
    return end is not None and time.monotonic() >= end


def _joined(parts: Sequence[Scored]) -> Scored:
    """Of several failures the first; a recipe that failed before the time was up has failed."""
    failed = min((part for part in parts if part.error), key=lambda part: part.late, default=None)
    return failed or Scored(tuple(score for part in parts for score in part.scores))
