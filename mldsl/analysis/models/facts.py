"""What conditions and reports need to know of a model that has been resolved."""

from __future__ import annotations

from mldsl.analysis.context import UNKNOWN, Context
from mldsl.analysis.metrics import Judged
from mldsl.analysis.program import AlgorithmUse, ModelDecl, PrepareRule, SourceDecl, SplitDecl, TransformDecl
from mldsl.analysis.typed import Schema
from mldsl.analysis.wording import FEW, quoted
from mldsl.catalog.algorithms import ALGORITHMS, facts
from mldsl.catalog.prepare import STEPS
from mldsl.diagnostics.model import Label
from mldsl.source import Span


def judged_by(model: ModelDecl | None) -> Judged:
    """What metrics of the model judge; nothing is known of a model that could not be resolved."""
    if model is None:
        return Judged(None)
    if model.task not in ("binary", "multiclass") or model.calibrate is not None:
        return Judged(model.task)
    silent = next(((use.name, use.span) for use in model.algorithms if gives_probabilities(use, model) is False), None)
    return Judged(model.task, silent)


def gives_probabilities(use: AlgorithmUse, model: ModelDecl) -> bool | None:
    """Whether an algorithm of a classifier gives probabilities; None where nothing is known of its class."""
    entry = ALGORITHMS.get(use.name)
    if entry is not None:
        return model.task in entry.probabilities
    known = facts(use.factory) if isinstance(use.factory, str) else None
    return known.probabilities if known is not None else None


def takes_missing(model: ModelDecl, feature: str) -> bool:
    """Whether missing values of a feature, which had none in training, are filled or may reach every algorithm."""
    for index, use in enumerate(model.algorithms):
        rules = [item for item in model.prepare if feature in item.columns and index in (item.algorithms or (index,))]
        entry = ALGORITHMS.get(use.name)
        if entry is not None and model.task not in entry.takes_missing and not any(map(_fills, rules)):
            return False
    return True


def _fills(rule: PrepareRule) -> bool:
    """Whether a step of the rule leaves no missing value behind it, or may with one of its choices."""
    steps = [STEPS[use.name] for use in rule.steps]
    choices = [(step, choice) for step in steps for part in step.parameters for choice in part.choices]
    return any(step.fills() for step in steps) or any(step.fills(choice) for step, choice in choices)


def can_predict(context: Context, model: ModelDecl, span: Span) -> bool:
    """Whether a model says something of rows that it was not fitted on; ML404 at `span` if not."""
    for use in model.algorithms:
        entry = ALGORITHMS.get(use.name)
        known = facts(use.factory) if entry is None and isinstance(use.factory, str) else None
        if (entry is not None and not entry.predicts) or (known is not None and not known.predicts):
            message = f"`{use.name}` labels only the rows that it was fitted on"
            labels = (Label(use.span, f"the algorithm of `{model.name}`"),)
            others = [item.name for item in ALGORITHMS.values() if model.task in item.classes and item.predicts]
            help_ = f"these label new rows too: {quoted(others[:FEW])}"
            context.report("ML404", message, span, labels=labels, help=help_)
            return False
    return True


def training_schema(context: Context, model: ModelDecl | None) -> Schema:
    """The columns of the table that a model is fitted on; open where they are not known."""
    if model is None:
        return UNKNOWN
    found = context.resolved.get(model.table.partition(".")[0])
    return found.schema if isinstance(found, (SourceDecl, TransformDecl, SplitDecl)) else UNKNOWN
