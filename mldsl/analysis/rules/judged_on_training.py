"""ML304: a model that is evaluated on rows that it, or a model that it builds on, was fitted on."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.flow.evidence import Evidence, Judgement
from mldsl.analysis.flow.regions import meet
from mldsl.analysis.program import ModelDecl
from mldsl.analysis.rules.leak import Leak
from mldsl.catalog.algorithms import ALGORITHMS, facts
from mldsl.diagnostics.model import Diagnostic, Label


def look(evidence: Evidence) -> Iterator[Leak]:
    """One for each evaluation, at its table.

    An algorithm that labels only the rows that it was fitted on can be judged on no others.
    """
    for item in evidence.judgements():
        if not predicts(item.model):
            continue
        for model in (item.model, *evidence.builds_on(item.model)):
            if evidence.sound(model.table) and meet(item.rows, evidence.fitted_rows(model)):
                yield _leak(item, model, evidence)
                break


def _leak(item: Judgement, model: ModelDecl, evidence: Evidence) -> Leak:
    name = item.decl.table
    if model is item.model:
        message = f"`{model.name}` is evaluated on rows of `{name}` that it was fitted on"
    else:
        message = (
            f"`{item.model.name}` is evaluated on rows of `{name}` that `{model.name}`, which it uses, was fitted on"
        )
    split = next(iter(evidence.splits_of(model)), None)
    judge = f"`{split.name}.test`" if split is not None and "test" in split.shares else "rows that no model has seen"
    labels = (Label(evidence.data(model), f"`{model.name}` is fitted here"),)
    diagnostic = Diagnostic("ML304", message, item.place, "", labels, f"evaluate it on {judge}")
    return Leak(diagnostic, (("model", item.model.name),))


def predicts(model: ModelDecl) -> bool:
    """Whether a model says something of rows that it was not fitted on."""
    for use in model.algorithms:
        entry = ALGORITHMS.get(use.name)
        known = facts(use.factory) if entry is None and isinstance(use.factory, str) else None
        if (entry is not None and not entry.predicts) or (known is not None and not known.predicts):
            return False
    return True
