"""Conditions over metrics, computed for many resamples at once. Null is NaN; true is 1, false is 0."""

from __future__ import annotations

import operator
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from mldsl.catalog.metrics import METRICS
from mldsl.plan.expressions import Call, Constant, Expression, MaxDifference, MetricRef, Named, ParamRef
from mldsl.plan.walk import descendants
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.evaluation.judged import Floats, Judged
from mldsl.runtime.evaluation.metrics import METRIC_FUNCTIONS
from mldsl.runtime.evaluation.slices import Slice


@dataclass(frozen=True, slots=True, eq=False)
class Subject:
    """What a condition speaks of: judged rows, their slices by column, and the run's parameters.

    `champion` are the same rows with the answers of the model in production, in the same order.
    """

    judged: Judged
    slices: Mapping[str, Sequence[Slice]] = field(default_factory=dict)
    params: Mapping[str, object] = field(default_factory=dict)
    champion: Judged | None = None

    def of(self, metric: MetricRef) -> Judged:
        """Whose answers the metric is of."""
        if metric.of == "model":
            return self.judged
        if metric.of == "champion" and self.champion is not None:
            return self.champion
        raise StepFailed(f"`{metric.of}.{metric.name}` is not known here")

    def quantity(self, expression: Expression) -> Callable[[Floats], Floats]:
        """The expression as a function of counts (resamples × rows)."""
        return lambda counts: compute(expression, self, counts)

    def value(self, expression: Expression) -> float | None:
        """The expression's value for the rows as they are; None where it is null."""
        found = float(compute(expression, self, np.ones((1, self.judged.rows)))[0])
        return found if np.isfinite(found) else None


def compute(expression: Expression, subject: Subject, counts: Floats) -> Floats:
    """The expression for each resample."""
    match expression:
        case Constant():
            return _number(expression.python, counts)
        case ParamRef(name=name):
            return _number(subject.params[name], counts)
        case MetricRef(name=name):
            return _finite(METRIC_FUNCTIONS[name](subject.of(expression), counts))
        case MaxDifference(metric=metric, column=column):
            return _max_difference(metric, subject.slices[column], subject.judged, counts)
        case Call(function=function, arguments=arguments):
            if function not in _FUNCTIONS:
                raise StepFailed(f"`{function}` cannot be used in an expectation of an evaluation")
            with np.errstate(all="ignore"):
                return _finite(_FUNCTIONS[function](*(compute(item, subject, counts) for item in arguments)))
    raise StepFailed(f"an expectation of an evaluation cannot hold a {expression.node.replace('_', ' ')}")


def mentions_champion(expression: Expression) -> bool:
    """Whether the expression speaks of the model in production."""
    return any(isinstance(item, MetricRef) and item.of == "champion" for item in descendants(expression))


def mentions_named(expression: Expression) -> bool:
    """Whether the expression speaks of `evaluation` or of an approval."""
    return any(isinstance(item, Named) for item in descendants(expression))


def mentions_metric(expression: Expression) -> bool:
    """Whether the expression varies with the rows."""
    match expression:
        case MetricRef() | MaxDifference():
            return True
        case Call(arguments=arguments):
            return any(mentions_metric(item) for item in arguments)
        case _:
            return False


def mentions_loss(expression: Expression) -> bool:
    """Whether a metric in it is made of more than right and wrong labels."""
    for item in descendants(expression):
        match item:
            case MetricRef(name=name) | MaxDifference(metric=name):
                if METRICS[name].needs != "labels":
                    return True
    return False


def differing_columns(expression: Expression) -> set[str]:
    """The columns whose slices the expression compares."""
    match expression:
        case MaxDifference(column=column):
            return {column}
        case Call(arguments=arguments):
            return {column for item in arguments for column in differing_columns(item)}
        case _:
            return set()


def _number(value: object, counts: Floats) -> Floats:
    if value is None:
        return np.full(len(counts), np.nan)
    if isinstance(value, (bool, int, float)):
        return np.full(len(counts), float(value))
    raise StepFailed(f"an expectation compares metrics with numbers, not with {value!r}")


def _finite(values: Floats) -> Floats:
    return np.where(np.isfinite(values), values, np.nan)


def _max_difference(metric: str, parts: Sequence[Slice], judged: Judged, counts: Floats) -> Floats:
    """The greatest gap between slices that have enough rows; null with fewer than two of them."""
    found = [METRIC_FUNCTIONS[metric](judged.take(part.rows), counts[:, part.rows]) for part in parts if part.judged]
    if len(found) < 2:
        return np.full(len(counts), np.nan)
    stacked = np.array(found)
    defined = np.isfinite(stacked).sum(axis=0) >= 2
    high = np.where(np.isfinite(stacked), stacked, -np.inf).max(axis=0)
    low = np.where(np.isfinite(stacked), stacked, np.inf).min(axis=0)
    return np.where(defined, high - np.where(defined, low, 0), np.nan)


# --- functions: arithmetic gives null where it is not defined, logic is three-valued ---------------------------------


def _and(a: Floats, b: Floats) -> Floats:
    return np.where((a == 0) | (b == 0), 0.0, a * b)


def _or(a: Floats, b: Floats) -> Floats:
    return 1 - _and(1 - a, 1 - b)


def _if(condition: Floats, then: Floats, otherwise: Floats) -> Floats:
    return np.where(condition == 1, then, otherwise)


def _in(value: Floats, *items: Floats) -> Floats:
    found: Floats = np.zeros(len(value))
    for item in items:
        found = _or(found, _comparing(operator.eq)(value, item))
    return found


def _coalesce(*values: Floats) -> Floats:
    found = values[0]
    for value in values[1:]:
        found = np.where(np.isnan(found), value, found)
    return found


def _extreme(choose: Callable[[Floats, Floats], Floats]) -> Callable[..., Floats]:
    def chosen(*values: Floats) -> Floats:
        found = values[0]
        for value in values[1:]:
            found = choose(found, value)
        return found

    return chosen


def _comparing(compare: Callable[[Floats, Floats], object]) -> Callable[[Floats, Floats], Floats]:
    def compared(a: Floats, b: Floats) -> Floats:
        return np.where(np.isnan(a) | np.isnan(b), np.nan, np.asarray(compare(a, b), np.float64))

    return compared


def _round(value: Floats, digits: Floats | None = None) -> Floats:
    return np.round(value, 0 if digits is None else int(digits[0]))


def _between(value: Floats, low: Floats, high: Floats) -> Floats:
    return _and(_comparing(operator.ge)(value, low), _comparing(operator.le)(value, high))


_FUNCTIONS: Mapping[str, Callable[..., Floats]] = {
    "add": operator.add,
    "subtract": operator.sub,
    "multiply": operator.mul,
    "divide": operator.truediv,
    "floor_divide": operator.floordiv,
    "modulo": operator.mod,
    "power": operator.pow,
    "negate": operator.neg,
    "abs": np.abs,
    "round": _round,
    "floor": np.floor,
    "ceil": np.ceil,
    "sqrt": np.sqrt,
    "exp": np.exp,
    "log": np.log,
    "log1p": np.log1p,
    "log10": np.log10,
    "sign": np.sign,
    "float": np.asarray,
    "clip": np.clip,
    "least": _extreme(np.minimum),
    "greatest": _extreme(np.maximum),
    "not": lambda a: 1 - a,
    "and": _and,
    "or": _or,
    "equal": _comparing(operator.eq),
    "not_equal": _comparing(operator.ne),
    "less": _comparing(operator.lt),
    "less_equal": _comparing(operator.le),
    "greater": _comparing(operator.gt),
    "greater_equal": _comparing(operator.ge),
    "between": _between,
    "in": _in,
    "is_null": lambda a: np.isnan(a).astype(np.float64),
    "coalesce": _coalesce,
    "if": _if,
}
