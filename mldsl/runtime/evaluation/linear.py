"""Sums of metrics, read off conditions: `roc_auc >= champion.roc_auc + 0.01` is about a difference, and 0.01."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from mldsl.catalog.types import Type
from mldsl.plan.expressions import Call, Constant, Expression, MetricRef, ParamRef


@dataclass(frozen=True, slots=True)
class Linear:
    """`constant` and so many of each metric."""

    constant: float = 0.0
    metrics: Mapping[MetricRef, float] = field(default_factory=dict)

    def times(self, factor: float) -> Linear:
        """So many times as much."""
        return Linear(self.constant * factor, {metric: weight * factor for metric, weight in self.metrics.items()})

    def plus(self, other: Linear) -> Linear:
        """Both together; what cancels out is gone."""
        names = dict.fromkeys([*self.metrics, *other.metrics])
        weights = {name: self.metrics.get(name, 0.0) + other.metrics.get(name, 0.0) for name in names}
        return Linear(self.constant + other.constant, {name: weight for name, weight in weights.items() if weight})

    def minus(self, other: Linear) -> Linear:
        """What is left without the other."""
        return self.plus(other.times(-1))


@dataclass(frozen=True, slots=True)
class Difference:
    """`sign` × (`quantity` − `threshold`), where the quantity is a metric or one model's less another's."""

    quantity: Expression
    threshold: float
    sign: int


def linear(expression: Expression, params: Mapping[str, object]) -> Linear | None:
    """The expression as a sum of metrics; None where it is something else."""
    match expression:
        case Constant():
            return _constant(expression.python)
        case ParamRef(name=name):
            return _constant(params.get(name))
        case MetricRef():
            return Linear(0.0, {expression: 1.0})
        case Call(function="negate" | "float" as function, arguments=(inner,)):
            found = linear(inner, params)
            return None if found is None else found.times(-1 if function == "negate" else 1)
        case Call(function="add" | "subtract" | "multiply" | "divide" as function, arguments=(left, right)):
            one, other = linear(left, params), linear(right, params)
            return None if one is None or other is None else _combined(function, one, other)
        case _:
            return None


def difference(given: Linear, type_: Type) -> Difference | None:
    """A sum that is one metric, or one model's metric less another's, and a constant; None for any other."""
    weights = list(given.metrics.items())
    if len(weights) == 1 and abs(weights[0][1]) == 1:
        metric, weight = weights[0]
        return Difference(metric, -given.constant * weight, int(weight))
    if len(weights) != 2 or weights[0][1] != -weights[1][1] or abs(weights[0][1]) != 1:
        return None
    (one, weight), (other, _) = sorted(weights, key=lambda item: item[0].of != "model")
    quantity = Call(type=type_, function="subtract", arguments=(one, other))
    return Difference(quantity, -given.constant * weight, int(weight))


def _constant(value: object) -> Linear | None:
    return Linear(float(value)) if isinstance(value, (int, float)) else None


def _combined(function: str, one: Linear, other: Linear) -> Linear | None:
    match function:
        case "add":
            return one.plus(other)
        case "subtract":
            return one.minus(other)
        case "multiply" if not one.metrics or not other.metrics:
            return other.times(one.constant) if not one.metrics else one.times(other.constant)
        case "divide" if not other.metrics and other.constant:
            return one.times(1 / other.constant)
        case _:
            return None
