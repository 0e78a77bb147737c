"""Conditions over metrics, as the compiler lowers them."""

from __future__ import annotations

from typing import Any

from mldsl.catalog.types import BOOL, FLOAT
from mldsl.plan.expressions import Call, Constant, Expression, MaxDifference, MetricRef
from mldsl.plan.nodes import Expectation


def metric(name: str) -> MetricRef:
    return MetricRef(type=FLOAT, name=name)


def gap(name: str, column: str) -> MaxDifference:
    return MaxDifference(type=FLOAT, metric=name, column=column)


def value(given: Any) -> Any:
    return Constant(type=FLOAT, value=given) if isinstance(given, int | float) or given is None else given


def call(function: str, *arguments: Any) -> Call:
    return Call(type=BOOL, function=function, arguments=tuple(value(item) for item in arguments))


def at_least(given: Expression | str, bound: float) -> Call:
    return call("greater_equal", metric(given) if isinstance(given, str) else given, bound)


def at_most(given: Expression | str, bound: float) -> Call:
    return call("less_equal", metric(given) if isinstance(given, str) else given, bound)


def expect(condition: Expression, confidence: float | None = None, each: str | None = None) -> Expectation:
    return Expectation(text="it holds", condition=condition, level="table", confidence=confidence, each=each)
