"""`check_expression`: one function for each kind of node, chosen by the node's class."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mldsl.analysis.context import Context
from mldsl.analysis.expressions.always import judge_condition
from mldsl.analysis.expressions.apply import apply
from mldsl.analysis.expressions.calls import check_call
from mldsl.analysis.expressions.environment import Environment, mistake
from mldsl.analysis.expressions.nulls import nonnull_if_true, nonnull_unless_false, nonnull_unless_true
from mldsl.analysis.expressions.rows import find_column
from mldsl.analysis.expressions.windows import check_window
from mldsl.analysis.typed import Constant, TableColumn, TypedExpr
from mldsl.analysis.wording import described
from mldsl.catalog.functions import OPERATOR_FUNCTIONS, OPERATORS
from mldsl.catalog.types import BOOL, DATE, DATETIME, DURATION, FLOAT, INT, NULL, STRING, Type
from mldsl.syntax import tree

_LITERALS: dict[str, Type] = {
    "int": INT,
    "float": FLOAT,
    "percent": FLOAT,
    "bool": BOOL,
    "null": NULL,
    "string": STRING,
    "date": DATE,
    "datetime": DATETIME,
    "duration": DURATION,
    "size": INT,
}


def check_expression(expr: tree.Value, environment: Environment, context: Context) -> TypedExpr:
    """The typed expression. What is wrong in it is reported, and then stands as a constant of type `any`."""
    return _CHECKS[type(expr)](expr, environment, context)


def check_condition(expr: tree.Expr, environment: Environment, context: Context, what: str) -> TypedExpr:
    """An expression that must be a bool, else ML208; `what` names its place: "`filter`", "an expectation"."""
    found = check_expression(expr, environment, context)
    if found.type.kind not in ("bool", "any"):
        message = f"{what} wants a condition, but this is {described(found.type)}"
        labels = context.declared(expr.span)
        context.report("ML208", message, expr.span, labels=labels, help=_as_condition(expr, found))
        return mistake(expr.span)
    judge_condition(found, context)
    return found


def _as_condition(expr: tree.Expr, found: TypedExpr) -> str | None:
    if isinstance(found, Constant):
        return None
    if found.type.is_number:
        return f"compare it: `{expr.span.text} > 0`"
    return f"compare it, or write `{expr.span.text} is not null`"


def _literal(node: tree.Literal, environment: Environment, context: Context) -> TypedExpr:
    return Constant(_LITERALS[node.kind], node.span, node.value)


def _name(node: tree.Ref, environment: Environment, context: Context) -> TypedExpr:
    return environment.name(node, context)


def _unary(node: tree.Unary, environment: Environment, context: Context) -> TypedExpr:
    operand = check_expression(node.operand, environment, context)
    if node.op == "not":
        return apply(OPERATOR_FUNCTIONS["not"], "`not`", (operand,), node.span, context)
    if isinstance(operand, Constant) and operand.type.kind in ("int", "float", "duration"):
        return Constant(operand.type, node.span, -operand.value)  # type: ignore[operator]
    return apply(OPERATOR_FUNCTIONS["negate"], "`-`", (operand,), node.span, context)


def _binary(node: tree.Binary, environment: Environment, context: Context) -> TypedExpr:
    left = check_expression(node.left, environment, context)
    right = check_expression(node.right, _after(node.op, left, environment), context)
    function = OPERATOR_FUNCTIONS[OPERATORS[node.op]]
    return apply(function, f"`{node.op}`", (left, right), node.span, context, sign=node.op_span)


def _after(sign: str, left: TypedExpr, environment: Environment) -> Environment:
    """Where the right operand stands: what the left one says about nulls is known there."""
    match sign:
        case "and":
            return environment.narrowed(nonnull_unless_false(left))
        case "or":
            return environment.narrowed(nonnull_unless_true(left))
        case _:
            return environment


def _between(node: tree.Between, environment: Environment, context: Context) -> TypedExpr:
    parts = tuple(check_expression(part, environment, context) for part in (node.operand, node.low, node.high))
    return apply(OPERATOR_FUNCTIONS["between"], "`between`", parts, node.span, context)


def _in_list(node: tree.InList, environment: Environment, context: Context) -> TypedExpr:
    parts = tuple(check_expression(part, environment, context) for part in (node.operand, *node.items))
    found = apply(OPERATOR_FUNCTIONS["in"], "`in`", parts, node.span, context, negated=node.negated)
    return _negated(found, node.negated, context)


def _is_null(node: tree.IsNull, environment: Environment, context: Context) -> TypedExpr:
    operand = check_expression(node.operand, environment, context)
    found = apply(OPERATOR_FUNCTIONS["is_null"], "`is null`", (operand,), node.span, context, negated=node.negated)
    return _negated(found, node.negated, context)


def _negated(found: TypedExpr, negated: bool, context: Context) -> TypedExpr:
    if not negated:
        return found
    return apply(OPERATOR_FUNCTIONS["not"], "`not`", (found,), found.span, context)


def _conditional(node: tree.Conditional, environment: Environment, context: Context) -> TypedExpr:
    condition = check_condition(node.condition, environment, context, "`if`")
    then = check_expression(node.then, environment.narrowed(nonnull_if_true(condition)), context)
    otherwise = check_expression(node.otherwise, environment.narrowed(nonnull_unless_true(condition)), context)
    return apply(OPERATOR_FUNCTIONS["if"], "`if`", (condition, then, otherwise), node.span, context)


def _references(node: tree.References, environment: Environment, context: Context) -> TypedExpr:
    if not environment.in_check:
        help_ = "keep the rows that another table has by `semi join`"
        context.report("ML202", "`references` stands in a `check` only", node.span, help=help_)
        return mistake(node.span)
    operand = check_expression(node.operand, environment, context)
    target = _target(node.target, context)
    if target is None:
        return mistake(node.span)
    return apply(OPERATOR_FUNCTIONS["references"], "`references`", (operand, target), node.span, context)


def _target(ref: tree.Ref, context: Context) -> TypedExpr | None:
    """`table.column`, or `split.part.column`, right of `references`."""
    if len(ref.parts) < 2:
        help_ = f"write `{ref.span.text}.id`"
        context.report("ML202", "`references` wants a column of another table", ref.span, help=help_)
        return None
    *path, last = ref.parts
    table = context.table(tree.Ref(path[0].span.to(path[-1].span), tuple(path)))
    if table is None:
        return None
    column = find_column(tree.Ref(last.span, (last,)), table.schema, context)
    if column is None:
        return mistake(ref.span) if table.schema.open else None
    context.use(column)
    return TableColumn(column.type, ref.span, table.name, column.name)


def _period(node: tree.OverPeriod, environment: Environment, context: Context) -> TypedExpr:
    return environment.period(node, context)


def _call(node: tree.Call, environment: Environment, context: Context) -> TypedExpr:
    return check_call(node, environment, context, check_expression)


def _over(node: tree.Over, environment: Environment, context: Context) -> TypedExpr:
    return check_window(node, environment, context, check_expression)


def _not_a_value(node: tree.Node, environment: Environment, context: Context) -> TypedExpr:
    """A range, a selector or a pipe, which the grammar lets stand as an argument."""
    context.report("ML202", "a single value is wanted here", node.span)
    return mistake(node.span)


_CHECKS: dict[type, Callable[[Any, Environment, Context], TypedExpr]] = {
    tree.Literal: _literal,
    tree.Ref: _name,
    tree.Unary: _unary,
    tree.Binary: _binary,
    tree.Between: _between,
    tree.InList: _in_list,
    tree.IsNull: _is_null,
    tree.References: _references,
    tree.Conditional: _conditional,
    tree.Call: _call,
    tree.Over: _over,
    tree.OverPeriod: _period,
    tree.Range: _not_a_value,
    tree.Selector: _not_a_value,
    tree.Pipe: _not_a_value,
}
