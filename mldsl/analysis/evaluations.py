"""`evaluate MODEL on TABLE { … }`."""

from __future__ import annotations

from mldsl.analysis.conditions import MetricEnvironment
from mldsl.analysis.context import UNKNOWN, Context, ResolvedTable
from mldsl.analysis.expectations import model_expectation
from mldsl.analysis.expressions.rows import find_column
from mldsl.analysis.metrics import Judged, does
from mldsl.analysis.models.facts import can_predict, judged_by
from mldsl.analysis.options.block import Options, read_options, twice
from mldsl.analysis.program import EvaluateDecl, ModelDecl, SplitDecl, Task
from mldsl.analysis.tables.verbs.predictions import has_features
from mldsl.analysis.typed import Schema
from mldsl.analysis.wording import described, near_or_list, quoted
from mldsl.catalog.options import REPORTS
from mldsl.diagnostics.model import Label
from mldsl.syntax import tree


def resolve_evaluation(context: Context, declaration: tree.Evaluate) -> EvaluateDecl | None:
    """The evaluation; None where its model or its table is not known. All of it is looked at all the same."""
    model = context.model(declaration.model)
    table = context.table(declaration.table)
    schema = table.schema if table is not None else UNKNOWN
    if model is not None and table is not None:
        _check_table(context, model, table, declaration.table)
    judged = judged_by(model)
    body = declaration.body
    options = read_options(
        context, "evaluate", (item for item in body if isinstance(item, tree.Option)), declaration.model.span
    )
    against = _against(context, options, schema, declaration, judged.task)
    environment = MetricEnvironment(judged, schema)
    expectations = tuple(
        model_expectation(context, item, environment, schema) for item in body if isinstance(item, tree.Expectation)
    )
    reports = _reports(context, options, judged)
    if model is None or table is None:
        return None
    name = f"{model.name} on {table.name}"
    span = declaration.model.span.to(declaration.table.span)
    unit = _unit(context, table)
    return EvaluateDecl(name, model.name, table.name, expectations, reports, against, unit, declaration.doc, span)


def _check_table(context: Context, model: ModelDecl, table: ResolvedTable, ref: tree.Ref) -> None:
    """The table has what the model learned from, and the truth to hold its predictions against."""
    target = model.target
    if table.name != model.table and not can_predict(context, model, ref.span):
        return
    if not has_features(model, table.schema, ref.span, context) or target is None:
        return
    column = table.schema.get(target.name)
    labels = (Label(target.origin, "the target"),) if target.origin is not None else ()
    if column is None:
        if not table.schema.open:
            message = f"`{table.name}` has no column `{target.name}` to judge `{model.name}` by"
            context.report("ML201", message, ref.span, labels=labels)
        return
    context.use(column)
    if column.type.kind != target.type.kind and "any" not in (column.type.kind, target.type.kind):
        message = f"`{target.name}` is {described(column.type)} in `{table.name}`, but the target is another type"
        context.report("ML202", message, ref.span, labels=labels)


def _unit(context: Context, table: ResolvedTable) -> str | None:
    split = context.resolved.get(table.name.partition(".")[0])
    return split.group if isinstance(split, SplitDecl) else None


def _against(
    context: Context, options: Options, schema: Schema, declaration: tree.Evaluate, task: Task | None
) -> str | None:
    """The bool column that an anomaly model is held against, which it alone needs."""
    if task is not None and task != "anomaly":
        if "against" in options.given:
            message = f"`against` is for models that find anomalies, and this one {does(task)}"
            context.report("ML111", message, options.given["against"].name.span, help="leave it out")
        return None
    if task == "anomaly" and "against" not in options.given:
        message = "a model that finds anomalies is judged against a bool column, and none is named"
        context.report("ML107", message, declaration.model.span, help="add `against: COLUMN`")
    name = options.get("against", tree.Name)
    column = find_column(tree.Ref(name.span, (name,)), schema, context) if name is not None else None
    if name is None or column is None:
        return None
    context.use(column)
    if column.type.kind not in ("bool", "any") or (column.type.nullable and column.type.kind != "any"):
        labels = (Label(column.origin, described(column.type)),) if column.origin is not None else ()
        message = f"`against` wants a bool column without nulls, not {described(column.type)}"
        context.report("ML202", message, name.span, labels=labels)
        return None
    return column.name


def _reports(context: Context, options: Options, judged: Judged) -> tuple[str, ...]:
    """The names behind `report:`, each known (ML101), fit for the model (ML405) and there once (ML108)."""
    found: dict[str, tree.Name] = {}
    for name in options.each("report", tree.Name):
        report = REPORTS.get(name.text)
        fitting = [item.name for item in REPORTS.values() if judged.task is None or judged.task in item.tasks]
        if report is None:
            help_ = near_or_list(name.text, fitting, "the reports")
            context.report("ML101", f"there is no report `{name.text}`", name.span, help=help_)
        elif name.text in found:
            twice(context, f"`{name.text}` is listed twice", name.span, found[name.text].span)
        elif judged.task is not None and judged.task not in report.tasks:
            message = f"`{name.text}` says nothing of a model that {does(judged.task)}"
            context.report("ML405", message, name.span, help=f"reports for it: {quoted(fitting)}")
        elif report.probabilities and judged.silent is not None:
            algorithm, span = judged.silent
            message = f"`{name.text}` needs probabilities, which `{algorithm}` does not give"
            context.report("ML405", message, name.span, labels=(Label(span, "gives classes only"),))
        else:
            found[name.text] = name
    return tuple(found)
