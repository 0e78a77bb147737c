"""`check TABLE { expect … }`."""

from __future__ import annotations

from typing import Literal as Choice

from mldsl.analysis.context import UNKNOWN, Context
from mldsl.analysis.expressions.check import check_condition
from mldsl.analysis.expressions.tables import CheckRows, check_environment, check_rows, is_about_table
from mldsl.analysis.program import CheckDecl, ExpectationDecl
from mldsl.analysis.wording import near_or_list, written
from mldsl.syntax import tree

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
    level: Choice["row", "table"] = "table" if is_about_table(node.condition) else "row"
    _not_in_checks(node, context)
    # After a mistake in the condition it is not known whether rows or the table were meant.
    whole = level == "table" and condition.type.kind != "any"
    otherwise = _otherwise(node, whole, context)
    at_least = _at_least(node, whole, context)
    return ExpectationDecl(written(node.condition.span), condition, node.span, level, at_least, otherwise)


def _not_in_checks(node: tree.Expectation, context: Context) -> None:
    """What the grammar allows behind any `expect`, and only an evaluation has."""
    if node.confidence is not None:
        message = "`with confidence` belongs to an `evaluate`: a check looks at every row"
        context.report("ML106", message, node.confidence.span)
    if node.each is not None:
        context.report("ML106", "`for each` belongs to an `evaluate`", node.each.span)


def _otherwise(node: tree.Expectation, whole: bool, context: Context) -> Otherwise:
    name = node.otherwise
    if name is None:
        return "fail"
    if name.text not in _OTHERWISE:
        help_ = near_or_list(name.text, _OTHERWISE, "what can stand here")
        context.report("ML101", f"a check cannot `{name.text}`", name.span, help=help_)
        return "fail"
    if name.text == "quarantine" and whole:
        message = "`quarantine` sets rows aside, but this condition is about the whole table"
        context.report("ML111", message, name.span, help="use `else fail` or `else warn`, or a condition on rows")
        return "fail"
    return _OTHERWISE[name.text]


def _at_least(node: tree.Expectation, whole: bool, context: Context) -> float | None:
    literal = node.at_least
    if literal is None or not isinstance(literal.value, (int, float)):
        return None
    if whole:
        message = "`for at least` counts rows, but this condition is about the whole table"
        context.report("ML111", message, literal.span, help=f"use `share(…) >= {literal.span.text}`")
        return None
    if not 0 < literal.value <= 1:
        context.report("ML111", "a share of the rows is more than 0% and at most 100%", literal.span)
        return None
    return float(literal.value)
