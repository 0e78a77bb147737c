"""Verdicts: whether a condition holds, with confidence where that is asked: passed, failed or inconclusive."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from math import ceil
from typing import Literal

import numpy as np

from mldsl.plan.expressions import Call, Expression, MaxDifference, MetricRef
from mldsl.runtime.evaluation.bca import Shape, bootstrap_interval
from mldsl.runtime.evaluation.bootstrap import Resampler
from mldsl.runtime.evaluation.conditions import Subject, mentions_loss, mentions_metric
from mldsl.runtime.evaluation.intervals import Interval, clopper_pearson
from mldsl.runtime.evaluation.linear import difference, linear
from mldsl.runtime.evaluation.metric_intervals import metric_interval
from mldsl.runtime.evaluation.metrics import why_undefined
from mldsl.runtime.evaluation.paired import paired_interval

Outcome = Literal["passed", "failed", "inconclusive"]
_ENOUGH = 2**40  # rows: more than this is not worth naming


@dataclass(frozen=True, slots=True)
class Verdict:
    """What was found of one condition.

    `value` is what was compared with `threshold`; `interval` has the one-sided bounds at the confidence asked;
    `rows_needed` is how many rows would decide it, if the value stayed as it is; `reason` says why nothing was found.
    """

    outcome: Outcome
    value: float | None = None
    threshold: float | None = None
    interval: Interval | None = None
    rows_needed: int | None = None
    reason: str | None = None


@dataclass(frozen=True, slots=True)
class _Comparison:
    """`quantity OP threshold`, turned so that the quantity stands left."""

    quantity: Expression
    threshold: float
    at_least: bool
    strict: bool


Settled = Callable[[Expression], Verdict | None]
"""What is already known of a condition, or of a part of it under `and`, `or` and `not`."""


def judge_but(
    condition: Expression, subject: Subject, resampler: Resampler, confidence: float | None, settled: Settled
) -> Verdict:
    """As `judge`, with the verdicts that `settled` gives; None of it leaves a part to be judged."""
    known = settled(condition)
    if known is not None:
        return known
    match condition:
        case Call(function="and" | "or" as word, arguments=arguments):
            return _combined(word, [judge_but(item, subject, resampler, confidence, settled) for item in arguments])
        case Call(function="not", arguments=(inner,)):
            verdict = judge_but(inner, subject, resampler, confidence, settled)
            return replace(verdict, outcome=_OPPOSITE[verdict.outcome])
        case _:
            return judge(condition, subject, resampler, confidence)


def judge(condition: Expression, subject: Subject, resampler: Resampler, confidence: float | None) -> Verdict:
    """Whether the condition holds: by its value, or with that confidence."""
    if confidence is None:
        return _by_value(condition, subject)
    match condition:
        case Call(function="and" | "or" as word, arguments=arguments):
            return _combined(word, [judge(item, subject, resampler, confidence) for item in arguments])
        case Call(function="not", arguments=(inner,)):
            verdict = judge(inner, subject, resampler, confidence)
            return replace(verdict, outcome=_OPPOSITE[verdict.outcome])
        case Call(function="between", arguments=(value, low, high)):
            sides = (Call(type=condition.type, function=name, arguments=(value, bound)) for name, bound in
                     (("greater_equal", low), ("less_equal", high)))  # fmt: skip
            return _combined("and", [judge(side, subject, resampler, confidence) for side in sides])
    comparison = _comparison(condition, subject)
    if comparison is None:
        return _by_share(condition, subject, resampler, confidence)
    return _by_interval(comparison, subject, resampler, confidence)


_OPPOSITE: Mapping[Outcome, Outcome] = {"passed": "failed", "failed": "passed", "inconclusive": "inconclusive"}
_WORST_FIRST: tuple[Outcome, ...] = ("failed", "inconclusive", "passed")


def worst(outcomes: list[Outcome]) -> Outcome:
    """The outcome of all together: each must pass."""
    return min(outcomes, key=_WORST_FIRST.index, default="inconclusive")


def _combined(word: str, verdicts: list[Verdict]) -> Verdict:
    """The verdict that decides: the worst under `and`, the best under `or`."""
    rank = _WORST_FIRST if word == "and" else _WORST_FIRST[::-1]
    return min(verdicts, key=lambda verdict: rank.index(verdict.outcome))


# --- by value --------------------------------------------------------------------------------------------------------


def _by_value(condition: Expression, subject: Subject) -> Verdict:
    holds = subject.value(condition)
    comparison = _first_comparison(condition, subject)
    value = None if comparison is None else subject.value(comparison.quantity)
    threshold = None if comparison is None else comparison.threshold
    if holds is None:
        return Verdict("inconclusive", value, threshold, reason=_why(condition, subject))
    return Verdict("passed" if holds else "failed", value, threshold)


def _why(condition: Expression, subject: Subject) -> str:
    """Why a condition is null: the first metric in it that is not defined."""
    match condition:
        case MetricRef(name=name) if subject.value(condition) is None:
            return f"`{name}` is not defined: {why_undefined(name, subject.of(condition))}"
        case MaxDifference(metric=metric, column=column) if subject.value(condition) is None:
            return f"`{metric}` is not defined in two slices of `{column}` with enough rows"
        case Call(arguments=arguments):
            reasons = (_why(item, subject) for item in arguments if mentions_metric(item))
            return next((reason for reason in reasons if reason), "")
        case _:
            return ""


def _first_comparison(condition: Expression, subject: Subject) -> _Comparison | None:
    """The comparison whose numbers are shown."""
    match condition:
        case Call(function="between", arguments=(value, low, _)):
            return _comparison(Call(type=condition.type, function="greater_equal", arguments=(value, low)), subject)
        case Call(arguments=arguments):
            found = _comparison(condition, subject)
            return found or next((inner for item in arguments if (inner := _first_comparison(item, subject))), None)
        case _:
            return None


# --- with confidence -------------------------------------------------------------------------------------------------

_COMPARISONS: Mapping[str, tuple[bool, bool]] = {
    "greater": (True, True),
    "greater_equal": (True, False),
    "less": (False, True),
    "less_equal": (False, False),
}


def _comparison(condition: Expression, subject: Subject) -> _Comparison | None:
    """The condition as `quantity OP threshold`; None where it is something else.

    A metric or a difference of two stands alone on the left, and what is added to it on the right.
    """
    if not isinstance(condition, Call) or condition.function not in _COMPARISONS:
        return None
    at_least, strict = _COMPARISONS[condition.function]
    left, right = condition.arguments
    sides = linear(left, subject.params), linear(right, subject.params)
    if sides[0] is not None and sides[1] is not None:
        found = difference(sides[0].minus(sides[1]), left.type)
        if found is not None:
            turned = at_least if found.sign > 0 else not at_least
            return _Comparison(found.quantity, found.threshold, turned, strict)
    if not mentions_metric(right):
        quantity, bound = left, subject.value(right)
    elif not mentions_metric(left):
        quantity, bound, at_least = right, subject.value(left), not at_least
    else:
        quantity, bound = Call(type=left.type, function="subtract", arguments=(left, right)), 0.0
    return None if bound is None or not mentions_metric(quantity) else _Comparison(quantity, bound, at_least, strict)


def _by_interval(comparison: _Comparison, subject: Subject, resampler: Resampler, confidence: float) -> Verdict:
    value, threshold = subject.value(comparison.quantity), comparison.threshold
    if value is None:
        return Verdict("inconclusive", None, threshold, reason=_why(comparison.quantity, subject))
    interval = interval_of(comparison.quantity, subject, resampler, confidence)
    if interval is None:
        return Verdict("inconclusive", value, threshold, reason="there are too few rows for an interval")
    outcome = _outcome(comparison, interval)
    needed = None
    if outcome == "inconclusive":
        needed = rows_needed(value, threshold, interval, resampler.rows, confidence)
    return Verdict(outcome, value, threshold, interval, needed)


def _outcome(comparison: _Comparison, interval: Interval) -> Outcome:
    low, high, bound = interval.low, interval.high, comparison.threshold
    if not comparison.at_least:
        low, high, bound = -high, -low, -bound
    if low > bound or (low == bound and not comparison.strict):
        return "passed"
    if high < bound or (high == bound and comparison.strict):
        return "failed"
    return "inconclusive"


def _by_share(condition: Expression, subject: Subject, resampler: Resampler, confidence: float) -> Verdict:
    """Any other condition: in which share of the resamples it holds."""
    drawn = resampler.resample(subject.quantity(condition))
    drawn = drawn[np.isfinite(drawn)]
    if len(drawn) < resampler.resamples / 2:
        return Verdict("inconclusive", reason=_why(condition, subject) or "there are too few rows for an interval")
    share = float(drawn.mean())
    outcome: Outcome = "passed" if share >= confidence else "failed" if share <= 1 - confidence else "inconclusive"
    return Verdict(outcome, share, confidence)


def interval_of(quantity: Expression, subject: Subject, resampler: Resampler, confidence: float) -> Interval | None:
    """The metric's own interval; of two models' a paired one; of what else is computed from metrics a bootstrap."""
    match quantity:
        case MetricRef():
            return metric_interval(quantity.name, subject.of(quantity), resampler, confidence)
        case Call(function="subtract", arguments=(MetricRef() as one, MetricRef() as other)) if one.name == other.name:
            return paired_interval(one.name, subject.of(one), subject.of(other), resampler, confidence)
    return bootstrap_interval(subject.quantity(quantity), resampler, confidence, Shape(skewed=mentions_loss(quantity)))


def rows_needed(value: float, threshold: float, interval: Interval, rows: int, confidence: float) -> int | None:
    """How many rows would decide it if the value stayed as it is; None where no number would (or only a vast one).

    Intervals narrow with the root of the number of rows; for a proportion the exact bound is searched.
    """
    if value == threshold:
        return None
    if interval.share is not None and interval.size:
        scale = _exact_scale(interval.share, interval.size, threshold, confidence)
    else:
        bound = interval.low if value > threshold else interval.high
        scale = ((value - bound) / (value - threshold)) ** 2
    return ceil(rows * scale) if np.isfinite(scale) and rows * scale < _ENOUGH else None


def _exact_scale(share: float, size: float, threshold: float, confidence: float) -> float:
    """By how much a proportion's rows must grow until its exact bound reaches the threshold."""
    decided: Callable[[float], bool]
    if share > threshold:
        decided = lambda scale: clopper_pearson(share, size * scale, confidence)[0] >= threshold  # noqa: E731
    else:
        decided = lambda scale: clopper_pearson(share, size * scale, confidence)[1] <= threshold  # noqa: E731
    high = 1.0
    while not decided(high):
        high *= 2
        if size * high > _ENOUGH:
            return float("inf")
    low = high / 2
    while high - low > 1e-4 * high:
        middle = (low + high) / 2
        low, high = (low, middle) if decided(middle) else (middle, high)
    return high
