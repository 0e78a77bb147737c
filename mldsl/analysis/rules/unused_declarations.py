"""ML109: a declaration of the main file that nothing refers to.

Evaluations, deployments and monitors are what a program is for and need no use; a check is a use of what it looks at.
What an imported file declares may be there for other programs.
"""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.rules.subject import Subject
from mldsl.analysis.scope import KIND_WORDS
from mldsl.diagnostics.model import Diagnostic
from mldsl.syntax import tree

_ENDS = (tree.Deploy, tree.Monitor)

_USES: dict[type, str] = {
    tree.Param: "use it in an expression, or take it away",
    tree.Source: "read it in a `transform` or a `split`, or take it away",
    tree.Transform: "use it in a `transform`, a `split` or a `deploy`, or take it away",
    tree.Split: "train a `model` from it, or take it away",
    tree.Model: "`evaluate` or `deploy` it, or take it away",
}


def look(subject: Subject) -> Iterator[Diagnostic]:
    """One warning for each, at its name."""
    for declaration in subject.context.scope.unused():
        name = declaration.name
        if isinstance(declaration, _ENDS) or name.span.file is not subject.files.main:
            continue
        if subject.failed and (subject.mentioned(name.text, name.span) or subject.suggested(name.text)):
            continue
        if isinstance(declaration, tree.Param) and _in_a_text(name.text, subject):
            continue
        kind = KIND_WORDS[type(declaration)].split(" ", 1)[1]
        yield Diagnostic("ML109", f"the {kind} `{name.text}` is never used", name.span, help=_USES[type(declaration)])


def _in_a_text(name: str, subject: Subject) -> bool:
    """Whether a query or a path has the parameter in it, as `{name}`."""
    return any(f"{{{name}}}" in module.file.text for module in subject.files.modules)
