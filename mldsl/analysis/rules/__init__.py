"""Rules: what is wrong with, or worth a warning in, a program that has a meaning; one file a rule."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from mldsl.analysis.rules import (
    absolute_paths,
    credentials,
    labels,
    required_evaluations,
    rollouts,
    thresholds,
    too_few_rows,
    unanswerable_requests,
    unchecked_sources,
    unread_columns,
    unused_declarations,
    waiting_checks,
)
from mldsl.analysis.rules.subject import Subject
from mldsl.diagnostics.model import Diagnostic

Rule = Callable[[Subject], Iterator[Diagnostic]]
POLICIES: tuple[Rule, ...] = (
    required_evaluations.look,
    rollouts.look,
    thresholds.look,
    too_few_rows.look,
    unanswerable_requests.look,
    labels.look,
)
RULES: tuple[Rule, ...] = (
    unused_declarations.look,
    unchecked_sources.look,
    absolute_paths.look,
    unread_columns.look,
    credentials.look,
    *POLICIES,
    waiting_checks.look,
)


def warnings(subject: Subject) -> Iterator[Diagnostic]:
    """What the rules have to say of a program whose declarations have been resolved."""
    for rule in RULES:
        yield from rule(subject)


def policies(subject: Subject) -> Iterator[Diagnostic]:
    """What they have to say of how models go live and are watched, which a profile may change."""
    for rule in POLICIES:
        yield from rule(subject)
