"""`predict with MODEL`: the model's predictions as columns."""

from __future__ import annotations

from mldsl.analysis import typed
from mldsl.analysis.context import Context
from mldsl.analysis.models.facts import can_predict, takes_missing
from mldsl.analysis.program import ModelDecl
from mldsl.analysis.tables.flow import Flow, Step, replaced
from mldsl.analysis.typed import Schema
from mldsl.analysis.wording import described, quoted
from mldsl.catalog.types import fits
from mldsl.diagnostics.model import Label
from mldsl.source import Span
from mldsl.syntax import tree


def predict_with(verb: tree.PredictWith, flow: Flow, context: Context) -> Step:
    """The table needs the model's features; the predictions' names must be free."""
    model = context.model(verb.model)
    if model is None:
        return None, flow.to(replaced(flow.schema, flow.schema.columns, open_=True), verb.span)
    fine = can_predict(context, model, verb.model.span)
    fine = fine and has_features(model, flow.schema, verb.model.span, context)
    taken = [column.name for column in model.outputs if flow.schema.get(column.name) is not None]
    if taken:
        first = flow.schema.get(taken[0])
        labels = (Label(first.origin, f"`{taken[0]}`"),) if first is not None and first.origin is not None else ()
        message = f"the predictions would be {quoted(taken)}, which the table has already"
        context.report("ML206", message, verb.model.span, labels=labels, help="`rename` or `drop` it before")
        fine = False
    added = (column for column in model.outputs if column.name not in taken)
    schema = replaced(flow.schema, (*flow.schema.columns, *added))
    return typed.Predict(verb.span, schema, model.name) if fine else None, flow.to(schema, verb.span)


def has_features(model: ModelDecl, schema: Schema, span: Span, context: Context) -> bool:
    """Whether a table has what a model learned from, in types that fit; ML507 at `span` if not."""
    missing, unlike = [], []
    for feature in model.features:
        column = schema.get(feature.name)
        if column is None:
            missing.append(feature.name)
            continue
        context.use(column)
        plain = fits(column.type.with_null(False), feature.type.with_null(False))
        if not plain or (not fits(column.type, feature.type) and not takes_missing(model, feature.name)):
            unlike.append(f"`{feature.name}` is {described(column.type)} here and {described(feature.type)} there")
    said = [f"the table lacks {quoted(missing)}"] if missing and not schema.open else []
    said += unlike
    if said:
        message = f"`{model.name}` cannot predict here: {'; '.join(said)}"
        context.report("ML507", message, span, labels=(Label(model.span, "the model"),))
    return not said
