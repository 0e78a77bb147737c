"""ML503: a rollout whose shares do not rise to 100%."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.rules.subject import Subject
from mldsl.diagnostics.model import Diagnostic, Label
from mldsl.source import Span
from mldsl.syntax import tree


def look(subject: Subject) -> Iterator[Diagnostic]:
    """One error for each share that is none or that does not rise, and for a rollout that ends too early."""
    for node in subject.declarations:
        if isinstance(node, tree.Deploy):
            for item in node.body:
                if isinstance(item, tree.Rollout) and subject.whole(item):
                    yield from _judge(item)


def _judge(rollout: tree.Rollout) -> Iterator[Diagnostic]:
    before: tree.Literal | None = None
    fine = True
    for stage in rollout.stages:
        share = stage.share
        value = _number(share)
        if not 0 < value <= 1:
            message = "a share of the requests is more than 0% and at most 100%"
            yield Diagnostic("ML503", message, share.span)
            fine = False
        elif before is not None and value <= _number(before):
            labels = (Label(before.span, "the stage before has as many"),)
            message = f"the shares of a rollout rise, and {share.span.text} is not more than {before.span.text}"
            yield Diagnostic("ML503", message, share.span, labels=labels)
            fine = False
        before = share
    if fine and before is not None and _number(before) < 1:
        message = f"the rollout ends at {before.span.text}: the rest would keep the old model for ever"
        yield Diagnostic("ML503", message, before.span, help="end it with a stage `100%`")
    elif before is None:
        start = rollout.span.start
        span = Span(rollout.span.file, start, start + len("rollout"))
        yield Diagnostic("ML503", "this rollout has no stages", span, help="write `rollout { 10% for 1h; 100% }`")


def _number(literal: tree.Literal) -> float:
    return float(literal.value) if isinstance(literal.value, (int, float)) else 0.0
