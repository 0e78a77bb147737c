"""What a condition on models demands of each metric: its comparisons with numbers, and those that can never be met."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.expressions.contradictions import Bounds
from mldsl.analysis.policies.ranges import COMPARISONS, mirrored, outcome, value_of
from mldsl.analysis.typed import Call, MaxDifference, MetricRef, TypedExpr
from mldsl.catalog.metrics import METRICS
from mldsl.records import record
from mldsl.source import Span

Quantity = tuple[object, ...]
"""What is measured, told apart from everything else that is."""

_NEGATED = {
    "less": "greater_equal",
    "less_equal": "greater",
    "greater": "less_equal",
    "greater_equal": "less",
    "not_equal": "equal",
}


@record
class Demand:
    """The values of a quantity that a comparison leaves, and where it stands."""

    quantity: Quantity
    bounds: Bounds
    span: Span


def demands(condition: TypedExpr, negated: bool = False) -> Iterator[Demand]:
    """The comparisons of a metric with a number that all must hold where the condition does."""
    match condition:
        case Call(function="not", arguments=(inner,)):
            yield from demands(inner, not negated)
        case Call(function="and" | "or" as word, arguments=arguments) if (word == "or") == negated:
            for argument in arguments:
                yield from demands(argument, negated)
        case Call(function="between", arguments=(value, low, high), span=span) if not negated:
            quantity, ends = _quantity(value), (value_of(low), value_of(high))
            if quantity is not None and None not in ends:
                yield Demand(quantity, Bounds(*ends), span)
        case Call(function=function, arguments=(left, right), span=span) if function in COMPARISONS:
            for quantity, sign, number in (
                (_quantity(left), function, value_of(right)),
                (_quantity(right), mirrored(function), value_of(left)),
            ):
                bounds = _bounds(_NEGATED.get(sign, "") if negated else sign, number)
                if quantity is not None and bounds is not None:
                    yield Demand(quantity, bounds, span)


def _quantity(expr: TypedExpr) -> Quantity | None:
    match expr:
        case MetricRef(name=name, of=of, period=period):
            return (name, of, period)
        case MaxDifference(metric=metric, column=column):
            return (metric, "max_difference", column)
        case _:
            return None


def _bounds(sign: str, value: float | None) -> Bounds | None:
    if value is None:
        return None
    match sign:
        case "equal":
            return Bounds(value, value)
        case "less" | "less_equal":
            return Bounds(high=value, open_high=sign == "less")
        case "greater" | "greater_equal":
            return Bounds(low=value, open_low=sign == "greater")
        case _:
            return None


def impossible(condition: TypedExpr, confidence: float | None, wanted: bool = True) -> Iterator[Call]:
    """The smallest parts of a condition that can never turn out as `wanted`, whatever the model is.

    With a confidence even the best value of a proportion or an area is never sure: an exact bound stays off it.
    """
    if not isinstance(condition, Call):
        return
    if condition.function == "not":
        for part in condition.arguments:
            yield from impossible(part, confidence, not wanted)
    elif condition.function in ("and", "or"):
        for part in condition.arguments:
            yield from impossible(part, confidence, wanted)
    elif outcome(condition) is (not wanted) or (wanted and confidence is not None and _at_the_limit(condition)):
        yield condition


def _at_the_limit(condition: Call) -> bool:
    """Whether a comparison asks for no less than the best there is."""
    if condition.function not in COMPARISONS:
        return False
    left, right = condition.arguments
    for metric, sign, value in (
        (left, condition.function, value_of(right)),
        (right, mirrored(condition.function), value_of(left)),
    ):
        entry = METRICS.get(metric.name) if isinstance(metric, MetricRef) and metric.of == "model" else None
        if entry is None or entry.interval == "bootstrap":
            continue
        if (sign == "greater_equal" and value == entry.high) or (sign == "less_equal" and value == entry.low):
            return True
    return False
