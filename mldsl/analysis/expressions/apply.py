"""A function of the catalog on typed arguments: the result's type, or what does not fit (ML202, ML209, ML211)."""

from __future__ import annotations

from mldsl.analysis.context import Context
from mldsl.analysis.expressions.always import judge
from mldsl.analysis.expressions.environment import mistake
from mldsl.analysis.expressions.hints import hint
from mldsl.analysis.expressions.values import check_enum_values
from mldsl.analysis.typed import Call, Constant, Order, ParamRef, TypedExpr
from mldsl.analysis.wording import described
from mldsl.catalog.functions import resolve
from mldsl.catalog.signatures import Function, Mismatch
from mldsl.catalog.types import Type
from mldsl.diagnostics.model import Label
from mldsl.source import Span


def apply(
    function: Function,
    written: str,
    arguments: tuple[TypedExpr, ...],
    span: Span,
    context: Context,
    *,
    order: tuple[Order, ...] = (),
    grouped: bool = False,
    sign: Span | None = None,
    negated: bool = False,
) -> TypedExpr:
    """The typed call; `mistake` after a report.

    `written` is how the program names the function (`+`, `sum`, in backticks). `grouped` says that an aggregate sees at
    least one row. `sign` is an operator's own place, for a certain mend. `negated` says that a `not` will stand around
    it, for the words of warnings.
    """
    found = result_type(function, written, arguments, context, grouped)
    if found is None:
        return mistake(span)
    call = Call(found, span, function.name, arguments, order)
    check_enum_values(call, context)
    judge(call, context, sign, negated)
    return call


def result_type(
    function: Function, written: str, arguments: tuple[TypedExpr, ...], context: Context, grouped: bool = False
) -> Type | None:
    """The type of a call, None after ML202."""
    constants = [argument.value if isinstance(argument, Constant) else None for argument in arguments]
    found = resolve(function, [argument.type for argument in arguments], constants, grouped=grouped)
    if isinstance(found, Mismatch):
        _report(function, written, arguments, found, context)
        return None
    for index, argument in enumerate(arguments):
        if function.parameters and function.parameter(index).constant and not _is_constant(argument):
            name = function.parameter(index).name
            message = f"`{name}` of {written} must be the same for all rows: a literal or a parameter"
            context.report("ML202", message, argument.span)
            return None
    return found


def _is_constant(expr: TypedExpr) -> bool:
    match expr:
        case Constant() | ParamRef():
            return True
        case Call(arguments=arguments):
            return bool(arguments) and all(_is_constant(argument) for argument in arguments)
        case _:
            return False


def _report(
    function: Function, written: str, arguments: tuple[TypedExpr, ...], problem: Mismatch, context: Context
) -> None:
    """ML202 at the argument that does not fit."""
    wrong = arguments[problem.index]
    value = wrong.value if isinstance(wrong, Constant) else None
    is_value = problem.expected.startswith("one of") or (" from " in problem.expected and value is not None)
    given = f"`{wrong.span.text}`" if is_value else described(wrong.type)
    labels = context.declared(wrong.span)
    if problem.index > 0 and function.group == "operators" and arguments[0].type.kind not in ("any", "null"):
        other = arguments[0]
        labels += context.declared(other.span) or (Label(other.span, f"this is {described(other.type)}"),)
    context.report(
        "ML202",
        f"{written} wants {problem.expected} here, not {given}",
        wrong.span,
        labels=labels,
        help=hint(function, arguments, problem),
    )
