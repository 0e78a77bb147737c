"""ML508: a monitor that asks how good the predictions were, and knows no table that will say what happened."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.program import MonitorDecl
from mldsl.analysis.rules.subject import Subject
from mldsl.analysis.typed import Call, MetricRef, TypedExpr
from mldsl.diagnostics.model import Diagnostic
from mldsl.syntax import tree


def look(subject: Subject) -> Iterator[Diagnostic]:
    """One error for each monitor, at the first metric that needs labels."""
    resolved = subject.context.all(MonitorDecl)
    for node in subject.declarations:
        if not isinstance(node, tree.Monitor):
            continue
        found = resolved.get(node.name.text)
        if found is None or found.span != node.name.span or found.labels is not None or not subject.whole(node):
            continue
        metric = next((item for part in found.expectations for item in _metrics(part.condition)), None)
        if metric is not None:
            message = f"`{metric.name}` compares predictions with what happened, and no table says what did"
            help_ = "name the table that will hold it: `labels: TABLE`"
            yield Diagnostic("ML508", message, metric.span, help=help_)


def _metrics(expr: TypedExpr) -> Iterator[MetricRef]:
    match expr:
        case MetricRef():
            yield expr
        case Call(arguments=arguments):
            for argument in arguments:
                yield from _metrics(argument)
        case _:
            return
