"""Windows: `call over (partition by a order by b rows n)`."""

from __future__ import annotations

from mldsl.analysis.context import Context
from mldsl.analysis.expressions.apply import result_type
from mldsl.analysis.expressions.calls import Check, bind_arguments
from mldsl.analysis.expressions.environment import Environment, mistake
from mldsl.analysis.typed import ColumnRef, Order, TypedExpr, Window
from mldsl.analysis.wording import described
from mldsl.catalog.functions import FUNCTIONS
from mldsl.catalog.signatures import Function
from mldsl.diagnostics.suggest import did_you_mean
from mldsl.syntax import tree

UNORDERED = ("vector", "image")


def check_window(over: tree.Over, environment: Environment, context: Context, check: Check) -> TypedExpr:
    """The typed window; `mistake` after a report."""
    function = FUNCTIONS.get(over.call.function.text)
    if function is None or function.kind not in ("aggregate", "window"):
        _no_window_function(over, context)
        return mistake(over.span)
    inner = environment.window(over, context)
    if inner is None:
        return mistake(over.span)
    values = bind_arguments(over.call, function, context)
    if values is None:
        return mistake(over.span)
    arguments = tuple(check(value, inner, context) for value in values)
    partition = tuple(_column(ref, inner, context, "a partition") for ref in over.partition)
    order = tuple((_column(key.column, inner, context, "an order"), key.descending) for key in over.order)
    rows = _rows(over, function, context)
    if None in partition or any(name is None for name, _ in order) or not _ordered(over, function, context):
        return mistake(over.span)
    type_ = result_type(function, f"`{function.name}`", arguments, context, grouped=True)
    if type_ is None:
        return mistake(over.span)
    keys = tuple(Order(name, descending) for name, descending in order if name is not None)
    return Window(type_, over.span, function.name, arguments, tuple(filter(None, partition)), keys, rows)


def _no_window_function(over: tree.Over, context: Context) -> None:
    name = over.call.function
    known = [item.name for item in FUNCTIONS.values() if item.kind in ("aggregate", "window")]
    if name.text not in FUNCTIONS:
        help_ = did_you_mean(name.text, known)
        context.report("ML203", f"there is no function `{name.text}`", name.span, help=help_)
        return
    message = f"`{name.text}` looks at one row, but `over` wants an aggregate or a window function"
    context.report("ML205", message, name.span)


def _column(ref: tree.Ref, inner: Environment, context: Context, what: str) -> str | None:
    """A column that rows can be grouped or ordered by; None after a report."""
    found = inner.name(ref, context)
    if isinstance(found, ColumnRef):
        if found.type.kind not in UNORDERED:
            return found.name
        context.report("ML202", f"{what} cannot be made by {described(found.type)}", ref.span)
    elif found.type.kind != "any":
        context.report("ML202", f"{what} wants a column, and `{ref.span.text}` is none", ref.span)
    return None


def _ordered(over: tree.Over, function: Function, context: Context) -> bool:
    """Whether a window that needs an order has one; ML107 if not."""
    if over.order:
        return True
    what = f"`{function.name}`" if function.kind == "window" or function.ordered else None
    if what is None and over.rows is not None:
        what = "`rows`"
    if what is None:
        return True
    span = over.rows.span if over.rows is not None and what == "`rows`" else over.call.span
    context.report("ML107", f"{what} needs an order of the rows", span, help="add `order by …` to the window")
    return False


def _rows(over: tree.Over, function: Function, context: Context) -> int | None:
    """The number of rows that the frame holds."""
    if over.rows is None:
        return None
    if function.kind == "window":
        context.report("ML202", f"`{function.name}` has no frame: `rows` is for aggregates", over.rows.span)
        return None
    match over.rows:
        case tree.Literal(kind="int", value=int(count)) if count >= 1:
            return count
        case tree.Literal(kind="int"):
            context.report("ML202", "`rows` wants at least 1, this row itself", over.rows.span)
        case _:
            help_ = "`rows 3` is this row and the two before it"
            context.report("ML202", "`rows` wants a whole number", over.rows.span, help=help_)
    return None
