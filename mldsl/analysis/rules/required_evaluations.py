"""ML501: a deployment that goes live whatever its evaluation says."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.program import DeployDecl, RequireDecl
from mldsl.analysis.rules.subject import Subject
from mldsl.analysis.typed import Named
from mldsl.diagnostics.model import Diagnostic
from mldsl.syntax import tree


def look(subject: Subject) -> Iterator[Diagnostic]:
    """One warning for each, at its name."""
    resolved = subject.context.all(DeployDecl)
    for node in subject.declarations:
        if not isinstance(node, tree.Deploy) or not subject.whole(node):
            continue
        found = resolved.get(node.name.text)
        if found is None or found.span != node.name.span or any(map(_is_evaluation, found.requires)):
            continue
        message = f"`{found.name}` goes live whatever the evaluation of `{found.model}` says"
        yield Diagnostic("ML501", message, node.name.span, help=_help(found.model, subject))


def _is_evaluation(requirement: RequireDecl) -> bool:
    return isinstance(requirement.condition, Named) and requirement.condition.name == "evaluation"


def _help(model: str, subject: Subject) -> str:
    if any(item.model == model for item in subject.evaluations):
        return "add `require evaluation`"
    return f"say how good it must be, `evaluate {model} on … {{ expect … }}`, and add `require evaluation`"
