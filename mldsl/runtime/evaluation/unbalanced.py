"""Accuracy asked of a badly unbalanced target: a number that says little, however high it is."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.plan.expressions import MaxDifference, MetricRef
from mldsl.plan.nodes import EvaluateBody, Expectation
from mldsl.plan.walk import descendants
from mldsl.runtime.findings import Finding
from mldsl.runtime.models.artifact import FittedModel

_BADLY = 0.9  # one class has this share of the training rows: the others together are one in ten


def unbalanced(body: EvaluateBody, model: FittedModel) -> Iterator[Finding]:
    """A finding where an expectation asks for accuracy and one class of the training rows outweighs all others."""
    shares = () if model.baseline is None else model.baseline.shares
    asked = [item.text for item in body.expectations if _asks_accuracy(item)]
    if not asked or not shares or max(shares) < _BADLY or model.target is None:
        return
    name = model.target.names()[shares.index(max(shares))]
    yield Finding(
        "ML410",
        f"`{asked[0]}` asks for accuracy, and {max(shares):.1%} of the training rows are `{name}`: who always says so "
        "is right as often",
        "ask for `balanced_accuracy` or `mcc`, or in a binary task for `average_precision`, `recall` or `precision`",
    )


def _asks_accuracy(expectation: Expectation) -> bool:
    for node in descendants(expectation.condition):
        match node:
            case MetricRef(name="accuracy") | MaxDifference(metric="accuracy"):
                return True
    return False
