"""In which range a number of a condition on models lies, whatever the model is: interval arithmetic over metrics."""

from __future__ import annotations

from datetime import timedelta
from math import inf

from mldsl.analysis.typed import Call, Constant, Drift, MaxDifference, MetricRef, TypedExpr
from mldsl.catalog.metrics import METRICS
from mldsl.records import record


@record
class Range:
    """From `low` to `high`, both included unless infinite."""

    low: float
    high: float

    def __str__(self) -> str:
        if self.low == -inf:
            return "is any number" if self.high == inf else f"is at most {self.high:g}"
        return f"is at least {self.low:g}" if self.high == inf else f"lies between {self.low:g} and {self.high:g}"


ANYWHERE = Range(-inf, inf)

# What production measures; latencies are in seconds.
_LIVE = {"error_rate": Range(0, 1), "latency_p50": Range(0, inf), "latency_p99": Range(0, inf)}

_MIRRORED = {
    "less": "greater",
    "less_equal": "greater_equal",
    "greater": "less",
    "greater_equal": "less_equal",
    "equal": "equal",
    "not_equal": "not_equal",
}

COMPARISONS = frozenset(_MIRRORED)
"""The functions of the catalog that compare two numbers."""


def mirrored(function: str) -> str:
    """The comparison that says the same with its sides swapped."""
    return _MIRRORED[function]


def value_of(expr: TypedExpr) -> float | None:
    """The number that a literal is, a duration in seconds; None for anything else."""
    if not isinstance(expr, Constant) or isinstance(expr.value, bool):
        return None
    if isinstance(expr.value, timedelta):
        return expr.value.total_seconds()
    return float(expr.value) if isinstance(expr.value, (int, float)) else None


def range_of(expr: TypedExpr) -> Range:
    """Where the value of an expression lies; anywhere for what nothing is known of."""
    match expr:
        case Constant():
            value = value_of(expr)
            return ANYWHERE if value is None else Range(value, value)
        case MetricRef(name=name):
            metric = METRICS.get(name)
            return Range(metric.low, metric.high) if metric is not None else _LIVE.get(name, ANYWHERE)
        case MaxDifference(metric=name):
            metric = METRICS[name]
            return Range(0, metric.high - metric.low)
        case Drift(method=method):
            return Range(0, 1 if method == "ks" else inf)
        case Call(function="negate", arguments=(one,)):
            inner = range_of(one)
            return Range(-inner.high, -inner.low)
        case Call(function="add" | "subtract" | "multiply" as function, arguments=(left, right)):
            return _combined(function, range_of(left), range_of(right))
        case _:
            return ANYWHERE


def _combined(function: str, left: Range, right: Range) -> Range:
    if function == "add":
        return Range(left.low + right.low, left.high + right.high)
    if function == "subtract":
        return Range(left.low - right.high, left.high - right.low)
    corners = [_product(one, other) for one in (left.low, left.high) for other in (right.low, right.high)]
    return Range(min(corners), max(corners))


def _product(one: float, other: float) -> float:
    """Nothing times infinity is nothing: the infinity is never reached."""
    return 0.0 if 0 in (one, other) else one * other


def outcome(condition: TypedExpr) -> bool | None:
    """Whether a condition holds whatever the model is: always, never, or (None) that depends."""
    match condition:
        case Call(function="not", arguments=(inner,)):
            found = outcome(inner)
            return None if found is None else not found
        case Call(function="and" | "or" as word, arguments=(left, right)):
            sides = (outcome(left), outcome(right))
            decisive = word == "or"
            if decisive in sides:
                return decisive
            return None if None in sides else not decisive
        case Call(function="between", arguments=(value, low, high)):
            sides = (
                compared("greater_equal", range_of(value), range_of(low)),
                compared("less_equal", range_of(value), range_of(high)),
            )
            return False if False in sides else None if None in sides else True
        case Call(function=function, arguments=(left, right)) if function in COMPARISONS:
            return compared(function, range_of(left), range_of(right))
        case _:
            return None


def compared(function: str, left: Range, right: Range) -> bool | None:
    """The result of a comparison of what lies in these ranges; None where it depends."""
    match function:
        case "less":
            return True if left.high < right.low else False if left.low >= right.high else None
        case "less_equal":
            return True if left.high <= right.low else False if left.low > right.high else None
        case "greater" | "greater_equal":
            return compared(mirrored(function), right, left)
        case "equal":
            return False if left.high < right.low or right.high < left.low else None
        case _:
            return True if left.high < right.low or right.high < left.low else None
