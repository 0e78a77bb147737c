"""`expect` in an evaluation and in a monitor; what only a check can say is refused."""

from __future__ import annotations

from mldsl.analysis.conditions import slice_column
from mldsl.analysis.context import Context
from mldsl.analysis.expressions.check import check_condition
from mldsl.analysis.expressions.environment import Environment
from mldsl.analysis.program import ExpectationDecl
from mldsl.analysis.typed import Schema
from mldsl.syntax import tree
from mldsl.syntax.fmt.inline import inline


def model_expectation(
    context: Context, node: tree.Expectation, environment: Environment, slices: Schema | None
) -> ExpectationDecl:
    """One expectation about a model. `slices` is the table that `for each` divides; None where it cannot stand."""
    condition = check_condition(node.condition, environment, context, "`expect`")
    _of_checks(context, node)
    each = None
    if node.each is not None and slices is not None:
        column = slice_column(node.each, slices, context)
        each = column.name if column is not None else None
    elif node.each is not None:
        context.report("ML106", "`for each` belongs to an `evaluate`", node.each.span)
    confidence = read_confidence(context, node.confidence)
    if node.confidence is not None and slices is None:
        context.report("ML106", "`with confidence` belongs to an `evaluate` or a `require`", node.confidence.span)
    text = inline(node.condition)
    return ExpectationDecl(text, condition, node.span, "table", confidence=confidence, each=each)


def _of_checks(context: Context, node: tree.Expectation) -> None:
    if node.at_least is not None:
        message = "`for at least` counts rows and belongs to a `check`"
        context.report("ML106", message, node.at_least.span, help="use `with confidence 95%`, or `for each COLUMN`")
    if node.otherwise is not None:
        message = "`else` belongs to a `check`: what does not hold here stops what requires it"
        context.report("ML106", message, node.otherwise.span)


def read_confidence(context: Context, literal: tree.Literal | None) -> float | None:
    """`with confidence 95%`; ML111 unless it lies between 0% and 100%, both excluded."""
    if literal is None or not isinstance(literal.value, (int, float)):
        return None
    if not 0 < literal.value < 1:
        help_ = "nothing is sure from a sample: write `99%`" if literal.value == 1 else None
        context.report("ML111", "a confidence is more than 0% and less than 100%", literal.span, help=help_)
        return None
    return float(literal.value)
