"""ML313: a model fitted on what another one predicts for its own training rows."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.flow.evidence import Evidence, last_word
from mldsl.analysis.flow.regions import meet
from mldsl.analysis.program import ModelDecl
from mldsl.analysis.rules.leak import Leak
from mldsl.diagnostics.model import Diagnostic, Label
from mldsl.source import Span


def look(evidence: Evidence) -> Iterator[Leak]:
    """One for each such model, at the prediction. Clusters and anomalies have seen no labels: they are not meant."""
    for model in evidence.models():
        leak = _of(model, evidence)
        if leak is not None:
            yield leak


def _of(model: ModelDecl, evidence: Evidence) -> Leak | None:
    table = evidence.trained_on(model)
    for _, read in evidence.reads(model):
        name = read.node.model
        other = evidence.program.models.get(name) if name is not None else None
        if other is None or other.goal != "predict" or not evidence.sound(other.name):
            continue
        if meet(table.rows if read.way.own else read.way.regions, evidence.fitted_rows(other)):
            return _leak(model, other, read.node.span, evidence)
    return None


def _leak(model: ModelDecl, other: ModelDecl, made: Span, evidence: Evidence) -> Leak:
    span = last_word(made)
    message = f"`{model.name}` is fitted on what `{other.name}` predicts for its own training rows"
    labels = (
        Label(evidence.data(other), f"`{other.name}` is fitted here"),
        Label(evidence.data(model), f"`{model.name}` is fitted here"),
    )
    help_ = f"predict rows that `{other.name}` has not seen, and fit `{model.name}` on those"
    later = (item.name for item in evidence.models() if model in evidence.builds_on(item))
    return Leak(
        Diagnostic("ML313", message, span, "", labels, help_),
        tuple(("model", name) for name in (model.name, *later)),
    )
