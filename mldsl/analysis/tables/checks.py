"""`check TABLE { expect … }`."""

from __future__ import annotations

from typing import Literal as Choice

from mldsl.analysis.context import UNKNOWN, Context
from mldsl.analysis.expressions.check import check_condition
from mldsl.analysis.expressions.tables import CheckRows, check_environment, check_rows, is_about_table
from mldsl.analysis.program import CheckDecl, ExpectationDecl
from mldsl.analysis.typed import Call, ColumnRef, Constant, TypedExpr, Window
from mldsl.analysis.wording import near_or_list
from mldsl.catalog.types import BOOL, INT
from mldsl.syntax import tree
from mldsl.syntax.fmt.inline import inline

Otherwise = Choice["fail", "warn", "quarantine"]
_OTHERWISE: dict[str, Otherwise] = {"fail": "fail", "warn": "warn", "quarantine": "quarantine"}


def check_check(context: Context, declaration: tree.Check) -> CheckDecl | None:
    """The check with its expectations; None when its table is not known."""
    table = context.table(declaration.table)
    rows = check_rows(table.schema if table is not None else UNKNOWN)
    expectations = tuple(_expectation(item, rows, context) for item in declaration.expectations)
    if table is None:
        return None
    return CheckDecl(table.name, expectations, declaration.doc, declaration.table.span)


def _expectation(node: tree.Expectation, rows: CheckRows, context: Context) -> ExpectationDecl:
    environment = check_environment(node.condition, rows)
    condition = check_condition(node.condition, environment, context, "`expect`")
    _not_in_checks(node, context)
    whole = is_about_table(node.condition)
    if whole and _counts_rows(node):
        by_row = unique_by_row(condition)
        condition, whole = by_row or condition, by_row is None
    # After a mistake in the condition it is not known whether rows or the table were meant.
    refused = whole and condition.type.kind != "any"
    otherwise = _otherwise(node, refused, context)
    at_least = _at_least(node, refused, context)
    level: Choice["row", "table"] = "table" if whole else "row"
    return ExpectationDecl(inline(node.condition), condition, node.span, level, at_least, otherwise)


def _counts_rows(node: tree.Expectation) -> bool:
    """Whether the rows that do not meet the condition matter, and not only that there are some."""
    return node.at_least is not None or (node.otherwise is not None and node.otherwise.text == "quarantine")


def unique_by_row(condition: TypedExpr) -> TypedExpr | None:
    """`unique(a, b)` asked of each row: it alone has these values, or one of them is null. None for another condition.

    The values must be columns, not computed.
    """
    if not isinstance(condition, Call) or condition.function != "unique":
        return None
    columns = [item for item in condition.arguments if isinstance(item, ColumnRef)]
    if len(columns) < len(condition.arguments):
        return None
    span = condition.span
    rows = Window(INT, span, "count", (), partition=tuple(column.name for column in columns))
    found: TypedExpr = Call(BOOL, span, "equal", (rows, Constant(INT, span, 1)))
    for column in columns:
        if column.type.nullable:
            found = Call(BOOL, span, "or", (Call(BOOL, span, "is_null", (column,)), found))
    return found


def _not_in_checks(node: tree.Expectation, context: Context) -> None:
    """What the grammar allows behind any `expect`, and only an evaluation has."""
    if node.confidence is not None:
        message = "`with confidence` belongs to an `evaluate`: a check looks at every row"
        context.report("ML106", message, node.confidence.span)
    if node.each is not None:
        context.report("ML106", "`for each` belongs to an `evaluate`", node.each.span)


def _otherwise(node: tree.Expectation, refused: bool, context: Context) -> Otherwise:
    name = node.otherwise
    if name is None:
        return "fail"
    if name.text not in _OTHERWISE:
        help_ = near_or_list(name.text, _OTHERWISE, "what can stand here")
        context.report("ML101", f"a check cannot `{name.text}`", name.span, help=help_)
        return "fail"
    if name.text == "quarantine" and refused:
        message = "`quarantine` sets rows aside, but this condition is about the whole table"
        context.report("ML111", message, name.span, help="use `else fail` or `else warn`, or a condition on rows")
        return "fail"
    return _OTHERWISE[name.text]


def _at_least(node: tree.Expectation, refused: bool, context: Context) -> float | None:
    literal = node.at_least
    if literal is None or not isinstance(literal.value, (int, float)):
        return None
    if refused:
        message = "`for at least` counts rows, but this condition is about the whole table"
        context.report("ML111", message, literal.span, help=f"use `share(…) >= {literal.span.text}`")
        return None
    if not 0 < literal.value <= 1:
        context.report("ML111", "a share of the rows is more than 0% and at most 100%", literal.span)
        return None
    return float(literal.value)
