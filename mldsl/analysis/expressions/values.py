"""ML209: strings that are compared with an enum which does not have them."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.analysis.context import Context
from mldsl.analysis.typed import Call, ColumnRef, Constant, TypedExpr
from mldsl.analysis.wording import FEW
from mldsl.catalog.types import Type
from mldsl.diagnostics.suggest import did_you_mean_string
from mldsl.source import Span

_COMPARISONS = frozenset({"equal", "not_equal", "less", "less_equal", "greater", "greater_equal", "between", "in"})


def check_enum_values(call: Call, context: Context) -> None:
    """Hold every string literal of a comparison against the enum beside it."""
    if call.function not in _COMPARISONS:
        return
    enum = next((argument for argument in call.arguments if argument.type.kind == "enum"), None)
    if enum is None:
        return
    for argument in call.arguments:
        if argument is not enum:
            for literal in _literals(argument):
                check_enum_value(literal.value, enum.type, literal.span, context, enum)


def check_enum_value(value: object, enum: Type, span: Span, context: Context, column: TypedExpr | None = None) -> bool:
    """Whether the enum has that value; ML209 if not."""
    if not isinstance(value, str) or value in enum.values:
        return True
    near = did_you_mean_string(value, enum.values)
    listed = ", ".join(f'`"{item}"`' for item in enum.values) if len(enum.values) <= FEW else None
    help_ = near or (f"its values are {listed}" if listed else None)
    name = f"`{column.name}`" if isinstance(column, ColumnRef) else "this enum"
    labels = context.declared(column.span) if column is not None else ()
    context.report("ML209", f'{name} has no value `"{value}"`', span, labels=labels, help=help_)
    return False


def _literals(expr: TypedExpr) -> Iterator[Constant]:
    """The literals that an expression can give: itself, the branches of an `if`, the sides of a `??`."""
    match expr:
        case Constant():
            yield expr
        case Call(function="if", arguments=(_, *branches)) | Call(function="coalesce", arguments=branches):
            for branch in branches:
                yield from _literals(branch)
        case _:
            return
