"""`deploy NAME = MODEL to endpoint("name") | batch(TABLE) | registry("name") { … }`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from mldsl.analysis.columns import listed
from mldsl.analysis.conditions import RequireEnvironment, RollbackEnvironment
from mldsl.analysis.context import UNKNOWN, Context, ResolvedTable
from mldsl.analysis.expectations import read_confidence
from mldsl.analysis.expressions.check import check_condition
from mldsl.analysis.models.facts import can_predict, judged_by, training_schema
from mldsl.analysis.options.block import Options, once, read_options
from mldsl.analysis.options.values import of_kind
from mldsl.analysis.program import DeployDecl, ModelDecl, RequireDecl
from mldsl.analysis.resources import read_resources
from mldsl.analysis.settings import read_schedule
from mldsl.analysis.tables.verbs.predictions import has_features
from mldsl.analysis.typed import Schema, TypedExpr
from mldsl.analysis.wording import near_or_list
from mldsl.analysis.writes import has_run_date, read_write, writes_alone
from mldsl.catalog.options import BLOCKS, STATEMENTS
from mldsl.records import record
from mldsl.source import Span
from mldsl.syntax import tree
from mldsl.syntax.fmt.inline import inline

_Kind = Literal["endpoint", "batch", "registry"]
_KINDS: dict[str, _Kind] = {"endpoint": "endpoint", "batch": "batch", "registry": "registry"}


@record
class _Target:
    """Where a model goes: `subject` is a name, or the batch table's."""

    kind: _Kind
    subject: str
    table: ResolvedTable | None = None


def resolve_deployment(context: Context, declaration: tree.Declaration) -> DeployDecl | None:
    """The deployment; None where its model or its target is not known."""
    if not isinstance(declaration, tree.Deploy):
        return None
    model = context.model(declaration.model)
    if model is not None:
        can_predict(context, model, declaration.model.span)
    target = _target(context, declaration.target, model)
    if target is None:
        return None
    block = f"deploy.{target.kind}"
    _check_parts(context, declaration, block)
    given = [item for item in declaration.body if isinstance(item, tree.Option)]
    options = read_options(context, block, given, declaration.name.span)
    environment = RequireEnvironment(judged_by(model), training_schema(context, model))
    requires = tuple(
        _require(context, item, environment) for item in declaration.body if isinstance(item, tree.Require)
    )
    write = read_write(context, options)
    columns = _columns(context, options, target, model)
    writes_alone(context, options, write)
    has_run_date(context, options, write, columns)
    rollback = _rollback(context, declaration, model)
    rollout = _rollout(context, declaration)
    resources = read_resources(context, declaration.body)
    if model is None:
        return None
    return DeployDecl(
        declaration.name.text,
        declaration.doc,
        declaration.name.span,
        model=model.name,
        target=target.kind,
        subject=target.subject,
        requires=requires,
        rollout=rollout,
        rollback=rollback,
        replicas=_replicas(options),
        schedule=read_schedule(options) if target.kind == "batch" else None,
        write_connector=write.connector.name if write is not None else None,
        write_arguments=write.arguments if write is not None else {},
        columns=columns,
        resources=resources,
    )


# --- where to --------------------------------------------------------------------------------------------------------


def _target(context: Context, call: tree.Call, model: ModelDecl | None) -> _Target | None:
    """ML101 for an unknown target, ML204 for a wrong number of arguments."""
    kind = _KINDS.get(call.function.text)
    if kind is None:
        help_ = near_or_list(call.function.text, _KINDS, "a model is deployed to")
        context.report("ML101", f"nothing is deployed to `{call.function.text}`", call.function.span, help=help_)
        return None
    if len(call.arguments) != 1 or call.arguments[0].name is not None:
        example = "`batch(TABLE)`" if kind == "batch" else f'`{kind}("name")`'
        context.report("ML204", f"`{kind}` takes one argument", call.span, help=f"write {example}")
        return None
    value = call.arguments[0].value
    return _batch(context, value, model) if kind == "batch" else _named(context, kind, value)


def _named(context: Context, kind: _Kind, value: tree.Value) -> _Target | None:
    name = of_kind(value, "string")
    if name is None or not name.value:
        help_ = f'write `{kind}("{value.span.text}")`' if isinstance(value, tree.Ref) else None
        context.report("ML111", f"`{kind}` wants a name in quotes", value.span, help=help_)
        return None
    return _Target(kind, str(name.value))


def _batch(context: Context, value: tree.Value, model: ModelDecl | None) -> _Target | None:
    if not isinstance(value, tree.Ref):
        context.report("ML111", "`batch` wants the name of a table", value.span)
        return None
    table = context.table(value)
    if table is None:
        return _Target("batch", "", ResolvedTable("", UNKNOWN))
    if model is not None and has_features(model, table.schema, value.span, context):
        taken = next((column.name for column in model.outputs if table.schema.get(column.name) is not None), None)
        if taken is not None:
            message = f"`{table.name}` has a column `{taken}` already, which the predictions would be"
            context.report("ML206", message, value.span, help="`rename` or `drop` it before")
    return _Target("batch", table.name, table)


# --- what it says ----------------------------------------------------------------------------------------------------


def _check_parts(context: Context, declaration: tree.Deploy, block: str) -> None:
    """ML106 for parts that mean nothing for the target."""
    kind = block.partition(".")[2]
    allowed = (*BLOCKS[block], *STATEMENTS[block])
    for item in declaration.body:
        match item:
            case tree.Rollout():
                word = "rollout"
            case tree.RollbackWhen():
                word = "rollback when"
            case tree.Block(name=tree.Name(text=word)):
                pass
            case _:
                continue
        if word not in allowed:
            span = Span(item.span.file, item.span.start, item.span.start + len(word.split()[0]))
            context.report("ML106", f"`{word}` has no meaning for `{kind}`", span, help="it is for an `endpoint`")


def _require(context: Context, node: tree.Require, environment: RequireEnvironment) -> RequireDecl:
    condition = check_condition(node.condition, environment, context, "`require`")
    confidence = read_confidence(context, node.confidence)
    return RequireDecl(inline(node.condition), condition, node.span, confidence)


def _rollout(context: Context, declaration: tree.Deploy) -> tuple[tuple[float, timedelta | None], ...]:
    found: tree.Rollout | None = None
    for item in declaration.body:
        if isinstance(item, tree.Rollout) and once(context, item, "rollout", found):
            found = item
    stages = found.stages if found is not None else ()
    for stage in stages[:-1]:
        if stage.duration is None:
            help_ = f"write `{stage.share.span.text} for 1h`"
            context.report("ML107", "how long does this stage last?", stage.share.span, help=help_)
    return tuple(map(_stage, stages))


def _stage(stage: tree.RolloutStage) -> tuple[float, timedelta | None]:
    share = stage.share.value
    duration = stage.duration.value if stage.duration is not None else None
    return (
        float(share) if isinstance(share, (int, float)) else 0.0,
        duration if isinstance(duration, timedelta) else None,
    )


def _rollback(context: Context, declaration: tree.Deploy, model: ModelDecl | None) -> TypedExpr | None:
    found: tree.RollbackWhen | None = None
    for item in declaration.body:
        if isinstance(item, tree.RollbackWhen) and once(context, item, "rollback", found):
            found = item
    if found is None:
        return None
    return check_condition(
        found.condition, RollbackEnvironment(model.task if model is not None else None), context, "`rollback when`"
    )


def _replicas(options: Options) -> tuple[int, int] | None:
    pair = options.values.get("replicas")
    return (int(pair[0]), int(pair[1])) if isinstance(pair, tuple) else None


def _columns(context: Context, options: Options, target: _Target, model: ModelDecl | None) -> tuple[str, ...]:
    """The columns that a batch writes; the key and the predictions where it does not say."""
    if target.table is None:
        return ()
    table = target.table.schema
    outputs = model.outputs if model is not None else ()
    schema = Schema((*table.columns, *outputs), table.open or model is None)
    items = tuple(item for item in options.each("columns", tree.Node) if isinstance(item, (tree.Ref, tree.Selector)))
    if not items:
        chosen: Sequence[str] = [column.name for column in (*table.with_role("key"), *outputs)]
        return tuple(chosen)
    found = listed(context, items, schema, schema.columns)
    context.use(*found)
    return tuple(column.name for column in found)
