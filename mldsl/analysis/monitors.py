"""`monitor NAME = DEPLOYMENT { … }`."""

from __future__ import annotations

from datetime import timedelta
from typing import Literal

from mldsl.analysis.conditions import MonitorEnvironment
from mldsl.analysis.context import Context
from mldsl.analysis.expectations import model_expectation
from mldsl.analysis.models.facts import judged_by, training_schema
from mldsl.analysis.options.block import Options, once, read_options, report_wrong, twice
from mldsl.analysis.options.calls import secret_or_string
from mldsl.analysis.options.values import Wrong
from mldsl.analysis.program import ActionDecl, ModelDecl, MonitorDecl, Secret
from mldsl.analysis.wording import near_or_list
from mldsl.catalog.options import ACTIONS
from mldsl.diagnostics.model import Label
from mldsl.syntax import tree

_Action = Literal["retrain", "rollback", "notify"]
_ACTIONS: dict[str, _Action] = {"retrain": "retrain", "rollback": "rollback", "notify": "notify"}


def resolve_monitor(context: Context, declaration: tree.Declaration) -> MonitorDecl | None:
    """The monitor; None where its deployment is not known. All of it is looked at all the same."""
    if not isinstance(declaration, tree.Monitor):
        return None
    deployment = context.deployment(declaration.deployment)
    found = context.resolved.get(deployment.model) if deployment is not None else None
    model = found if isinstance(found, ModelDecl) else None
    body = declaration.body
    given = [item for item in body if isinstance(item, tree.Option)]
    options = read_options(context, "monitor", given, declaration.name.span)
    labels = _labels(context, options, model)
    features = model.features if model is not None else ()
    environment = MonitorEnvironment(judged_by(model), training_schema(context, model), features)
    expectations = tuple(
        model_expectation(context, item, environment, None) for item in body if isinstance(item, tree.Expectation)
    )
    actions = _actions(context, declaration)
    if deployment is None:
        return None
    return MonitorDecl(
        declaration.name.text,
        declaration.doc,
        declaration.name.span,
        deployment=deployment.name,
        every=options.get("every", timedelta) or timedelta(days=1),
        labels=labels,
        expectations=expectations,
        actions=actions,
    )


def _labels(context: Context, options: Options, model: ModelDecl | None) -> str | None:
    """The table that holds what really happened, which has the target."""
    ref = options.get("labels", tree.Ref)
    table = context.table(ref) if ref is not None else None
    if ref is None or table is None:
        return None
    target = model.target if model is not None else None
    if target is not None:
        column = table.schema.get(target.name)
        if column is not None:
            context.use(column)
        elif not table.schema.open:
            labels = (Label(target.origin, "the target"),) if target.origin is not None else ()
            message = f"`{table.name}` has no column `{target.name}`, which the labels are"
            context.report("ML201", message, ref.span, labels=labels)
    return table.name


def _actions(context: Context, declaration: tree.Monitor) -> tuple[ActionDecl, ...]:
    block: tree.OnBreach | None = None
    for item in declaration.body:
        if isinstance(item, tree.OnBreach) and once(context, item, "on breach", block):
            block = item
    found: list[ActionDecl] = []
    seen: dict[str, tree.Name] = {}
    for node in block.actions if block is not None else ():
        name = node.function if isinstance(node, tree.Call) else node.parts[0]
        action = _action(context, node, name)
        if action is None:
            continue
        if action.name != "notify" and name.text in seen:
            twice(context, f"`{name.text}` is there twice", name.span, seen[name.text].span)
            continue
        seen[name.text] = name
        found.append(action)
    return tuple(found)


def _action(context: Context, node: tree.Ref | tree.Call, name: tree.Name) -> ActionDecl | None:
    """One action; ML101 for an unknown one, ML204 for wrong arguments."""
    action = _ACTIONS.get(name.text)
    if action is None or (isinstance(node, tree.Ref) and len(node.parts) > 1):
        help_ = near_or_list(node.span.text, ACTIONS, "the actions")
        context.report("ML101", f"there is no action `{name.text}`", name.span, help=help_)
        return None
    arguments = node.arguments if isinstance(node, tree.Call) else ()
    if action != "notify":
        if arguments:
            context.report("ML204", f"`{action}` takes no arguments", node.span, help=f"write `{action}`")
            return None
        return ActionDecl(action)
    if len(arguments) != 1 or arguments[0].name is not None:
        help_ = 'write `notify(secret("NAME"))`'
        context.report("ML204", "`notify` wants whom it tells", node.span, help=help_)
        return None
    target = _whom(context, arguments[0].value)
    return ActionDecl(action, target) if target is not None else None


def _whom(context: Context, value: tree.Value) -> str | Secret | None:
    found = secret_or_string(value)
    if isinstance(found, (str, Secret)):
        return found
    wrong = found if found is not None else Wrong('a webhook: `secret("NAME")` or a string')
    report_wrong(context, wrong, "notify", value)
    return None
