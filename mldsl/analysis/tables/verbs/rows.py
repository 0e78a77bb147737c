"""Verbs on rows and single columns: `filter`, `derive`, `take`, `sample`."""

from __future__ import annotations

from mldsl.analysis import typed
from mldsl.analysis.context import Context
from mldsl.analysis.expressions.check import check_condition, check_expression
from mldsl.analysis.expressions.environment import Environment, mistake
from mldsl.analysis.expressions.nulls import nonnull_if_true
from mldsl.analysis.expressions.rows import row_environment
from mldsl.analysis.tables.flow import Flow, Step, replaced, twice
from mldsl.analysis.typed import Column, TypedExpr
from mldsl.source import Span
from mldsl.syntax import tree


def filter_(verb: tree.Filter, flow: Flow, context: Context) -> Step:
    """`filter CONDITION`: what the condition says about nulls holds afterwards."""
    condition = check_condition(verb.condition, row_environment(flow.schema), context, "`filter`")
    certain = nonnull_if_true(condition)
    schema = flow.schema
    if certain:
        columns = (_without_null(item) if item.name in certain else item for item in schema.columns)
        schema = replaced(schema, columns)
    return typed.Filter(verb.span, schema, condition), flow.to(schema, verb.span)


def _without_null(column: Column) -> Column:
    return Column(column.name, column.type.with_null(False), column.roles, column.origin, column.raw)


def derive(verb: tree.Derive, flow: Flow, context: Context) -> Step:
    """`derive name = EXPR`: adds a column, or puts it in the place of the one of that name."""
    environment = row_environment(flow.schema)
    bindings = check_bindings(verb.bindings, environment, context)
    columns = dict(environment.columns)
    columns.update((name, Column(name, value.type, origin=origin)) for name, value, origin in bindings)
    schema = replaced(flow.schema, columns.values())
    done = typed.Derive(verb.span, schema, tuple((name, value) for name, value, _ in bindings))
    return done, flow.to(schema, verb.span, [name for name, _, _ in bindings])


def check_bindings(
    bindings: tuple[tree.Binding, ...], environment: Environment, context: Context
) -> list[tuple[str, TypedExpr, Span]]:
    """The bindings of one block, all seeing the row as it was; of two with one name the first counts (ML206)."""
    found: dict[str, tuple[str, TypedExpr, Span]] = {}
    for binding in bindings:
        name = binding.name.text
        value = check_expression(binding.value, environment, context)
        if value.type.kind == "null":
            message = f"`{name}` would be null in every row, and has no type"
            context.report("ML202", message, value.span, help="give it one: `if … then 1 else null`")
            value = mistake(value.span)
        if name in found:
            twice(binding.name, found[name][2], context, f"`{name}` is bound twice in one block")
        else:
            found[name] = (name, value, binding.name.span)
    return list(found.values())


def take(verb: tree.Take, flow: Flow, context: Context) -> Step:
    """`take 100`."""
    match verb.count:
        case tree.Literal(kind="int", value=int(count)) if count > 0:
            return typed.Take(verb.span, flow.schema, count), flow
        case tree.Literal(kind="int") | tree.Unary(op="-", operand=tree.Literal(kind="int")):
            context.report("ML111", "`take` wants at least 1 row", verb.count.span)
        case _:
            help_ = "for a share of the rows write `sample 10%`" if _is_share(verb.count) else None
            context.report("ML202", "`take` wants a number of rows, such as `100`", verb.count.span, help=help_)
    return None, flow


def _is_share(expr: tree.Expr) -> bool:
    return isinstance(expr, tree.Literal) and expr.kind in ("percent", "float")


def sample(verb: tree.Sample, flow: Flow, context: Context) -> Step:
    """`sample 10%`, decided by the key where the table has one."""
    match verb.share:
        case tree.Literal(kind="percent" | "float" | "int" as kind, value=int() | float() as share):
            if 0 < share <= 1:
                key = tuple(column.name for column in flow.schema.with_role("key"))
                return typed.Sample(verb.span, flow.schema, float(share), key, context.settings.seed), flow
            percent = kind == "int" and 1 < share < 100
            help_ = f"write `sample {share}%`" if percent else "for a number of rows write `take 100`"
            message = "`sample` wants a share of more than 0% and at most 100%"
            context.report("ML111", message, verb.share.span, help=help_)
        case _:
            context.report("ML202", "`sample` wants a share, such as `10%`", verb.share.span)
    return None, flow
