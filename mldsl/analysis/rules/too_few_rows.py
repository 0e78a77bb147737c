"""ML502: a test part so small that what is expected of it with confidence cannot turn out to be sure."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from math import ceil, log

from mldsl.analysis.policies.ranges import COMPARISONS, mirrored, value_of
from mldsl.analysis.policies.sizes import Size, Sizes
from mldsl.analysis.program import DeployDecl, ExpectationDecl, RequireDecl, SplitDecl
from mldsl.analysis.rules.subject import Subject
from mldsl.analysis.typed import Call, MetricRef, TypedExpr
from mldsl.catalog.metrics import METRICS
from mldsl.diagnostics.model import Diagnostic, Label
from mldsl.records import record

# Of which rows a metric is a share. All of them are counted: there may be fewer, never more.
_ROWS = {"recall": "positive test rows", "precision": "test rows that are called positive"}


@record
class _Asked:
    """A comparison of a proportion with a number, and the confidence asked."""

    comparison: Call
    metric: str
    threshold: float
    confidence: float
    at_least: bool

    @property
    def rows(self) -> int:
        """How many rows it takes at the very least: so many as give a sure answer when every one of them is right.

        The exact one-sided bound of n right answers out of n is the n-th root of 1 - confidence (Clopper and Pearson
        1934); it reaches the threshold from log(1 - confidence) / log(threshold) rows on.
        """
        threshold = self.threshold if self.at_least else 1 - self.threshold
        return ceil(log(1 - self.confidence) / log(threshold) - 1e-9)


def look(subject: Subject) -> Iterator[Diagnostic]:
    """One warning for each comparison, where the program says how many rows there are at most."""
    if subject.failed:
        return
    sizes = Sizes(subject.context, subject.checks)
    tables: dict[str, set[str]] = {}
    for evaluation in subject.evaluations:
        tables.setdefault(evaluation.model, set()).add(evaluation.table)
        yield from _judge(evaluation.expectations, evaluation.table, sizes, subject)
    for deployment in subject.context.all(DeployDecl).values():
        judged_on = sorted(tables.get(deployment.model, ()))
        if len(judged_on) == 1:
            yield from _judge(deployment.requires, judged_on[0], sizes, subject)


def _judge(
    conditions: Iterable[ExpectationDecl | RequireDecl], table: str, sizes: Sizes, subject: Subject
) -> Iterator[Diagnostic]:
    asked = [found for item in conditions for found in _asked(item)]
    size = sizes.of(table) if asked else None
    for item in asked if size is not None else ():
        if size is not None and item.rows > size.rows:
            yield _too_small(item, table, size, subject)


def _too_small(item: _Asked, table: str, size: Size, subject: Subject) -> Diagnostic:
    text = " ".join(item.comparison.span.text.split())
    sure = f"{item.confidence * 100:.4g}% sure"
    right = "right" if item.at_least else "wrong"
    message = (
        f"`{table}` has about {size.rows} rows, too few to be {sure} of `{text}`"
        f" even if the model is {right} about every one of them"
    )
    help_ = f"it takes {item.rows} {_ROWS.get(item.metric, 'test rows')} or more{_in_all(item.rows, table, subject)}"
    labels = (Label(size.span, "how many rows there are"),)
    return Diagnostic("ML502", message, item.comparison.span, labels=labels, help=help_)


def _in_all(rows: int, table: str, subject: Subject) -> str:
    """How many rows the whole table needs, for a part of a split."""
    name, _, part = table.partition(".")
    split = subject.context.resolved.get(name)
    share = split.shares.get(part) if isinstance(split, SplitDecl) else None
    return f", {ceil(rows / share - 1e-9)} in all" if share else ""


def _asked(item: ExpectationDecl | RequireDecl) -> Iterator[_Asked]:
    """The comparisons that must all hold; of the slices of `for each`, small ones are not judged."""
    if item.confidence is None or (isinstance(item, ExpectationDecl) and item.each is not None):
        return
    for comparison in _comparisons(item.condition):
        left, right = comparison.arguments
        for metric, sign, threshold in (
            (left, comparison.function, value_of(right)),
            (right, mirrored(comparison.function), value_of(left)),
        ):
            if not isinstance(metric, MetricRef) or metric.of != "model" or threshold is None:
                continue
            exact = METRICS[metric.name].interval == "clopper_pearson"
            if exact and 0 < threshold < 1 and sign not in ("equal", "not_equal"):
                at_least = sign.startswith("greater")
                yield _Asked(comparison, metric.name, threshold, item.confidence, at_least)


def _comparisons(condition: TypedExpr) -> Iterator[Call]:
    match condition:
        case Call(function="and", arguments=arguments):
            for argument in arguments:
                yield from _comparisons(argument)
        case Call(function=function) if function in COMPARISONS:
            yield condition
        case _:
            return
