"""ML501: a deployment that goes live whatever its evaluation says, or with none to say anything."""

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
        if found is None or found.span != node.name.span:
            continue
        required = next(filter(_is_evaluation, found.requires), None)
        evaluated = any(_is_of(item, found.model) for item in subject.declarations)
        if required is None:
            message = f"`{found.name}` goes live whatever the evaluation of `{found.model}` says"
            add = "add `require evaluation`"
            help_ = add if evaluated else f"{_evaluate(found.model)}, and {add}"
            yield Diagnostic("ML501", message, node.name.span, help=help_)
        elif not evaluated and not subject.failed:
            message = f"there is no evaluation of `{found.model}` that could be required"
            yield Diagnostic("ML501", message, required.span, help=_evaluate(found.model))


def _is_evaluation(requirement: RequireDecl) -> bool:
    return isinstance(requirement.condition, Named) and requirement.condition.name == "evaluation"


def _is_of(declaration: tree.Declaration, model: str) -> bool:
    return isinstance(declaration, tree.Evaluate) and declaration.model.parts[0].text == model


def _evaluate(model: str) -> str:
    return f"say how good it must be: `evaluate {model} on … {{ expect … }}`"
