"""ML308: a column that identifies rows, and is a feature all the same."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.flow.evidence import Evidence
from mldsl.analysis.program import ModelDecl
from mldsl.analysis.rules.leak import Leak
from mldsl.analysis.typed import Column
from mldsl.diagnostics.model import Diagnostic, Label

_ROLES = ("key", "entity")


def look(evidence: Evidence) -> Iterator[Leak]:
    """One for each such feature: where `features:` names it, else where the copy was made."""
    for model in evidence.models():
        for feature in model.features:
            role = _role(feature, model, evidence)
            if role is None:
                continue
            span = evidence.named(model, feature.name) or feature.origin or model.span
            declared = evidence.node(model, feature.name).span
            labels = (Label(declared, f"the role `{role}`"),) if declared != span else ()
            message = f"`{feature.name}` tells rows apart and says nothing of new ones, but is a feature"
            help_ = f"leave it out: `features: all except ({feature.name})`"
            diagnostic = Diagnostic("ML308", message, span, f"a feature of `{model.name}`", labels, help_)
            yield Leak(diagnostic)


def _role(feature: Column, model: ModelDecl, evidence: Evidence) -> str | None:
    """The role that makes it an identifier; a copy under another name has lost it, and is one while it is unique."""
    node = evidence.node(model, feature.name)
    own = next((role for role in _ROLES if role in feature.roles), None)
    if own is not None or not evidence.trained_on(model).unique([node]):
        return own
    return next((role for role in _ROLES if role in node.roles), None)
