"""ML506: an endpoint whose model learned from columns that one request cannot give."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.policies.keys import KeyFinder
from mldsl.analysis.policies.requests import Need, Requests
from mldsl.analysis.program import DeployDecl, ModelDecl
from mldsl.analysis.rules.subject import Subject
from mldsl.analysis.wording import FEW, quoted
from mldsl.diagnostics.model import Diagnostic, Label
from mldsl.syntax import tree


def look(subject: Subject) -> Iterator[Diagnostic]:
    """One error for each endpoint, at `endpoint(…)`."""
    if subject.failed:
        return
    requests = Requests(subject.context, KeyFinder(subject.context, subject.checks))
    for node in subject.declarations:
        if not isinstance(node, tree.Deploy):
            continue
        found = subject.context.resolved.get(node.name.text)
        if not isinstance(found, DeployDecl) or found.target != "endpoint":
            continue
        model = subject.context.resolved.get(found.model)
        if isinstance(model, ModelDecl):
            features = frozenset(column.name for column in model.features)
            needs = list(requests.needs(model.table, features))
            if needs:
                yield _diagnostic(node, model, needs)


def _diagnostic(node: tree.Deploy, model: ModelDecl, needs: list[Need]) -> Diagnostic:
    first = needs[0]
    names = quoted(sorted(first.columns)[:FEW])
    message = f"a request is one row, and {names} of `{model.name}` takes {first.what}"
    labels = tuple(Label(need.span, f"{quoted(sorted(need.columns)[:FEW])} is made here") for need in needs)
    help_ = "join a table by its key, leave the feature out, or deploy to a `batch`, which has all tables at hand"
    return Diagnostic("ML506", message, node.target.span, labels=labels, help=help_)
