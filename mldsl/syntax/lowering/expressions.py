"""Expressions, values, names and literals."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime, timedelta
from typing import Any, TypeVar

from mldsl.diagnostics.model import Diagnostic
from mldsl.source import Span
from mldsl.syntax import tree
from mldsl.syntax.literals import (
    MalformedLiteralError,
    read_date,
    read_datetime,
    read_duration,
    read_float,
    read_int,
    read_percent,
    read_raw_string,
    read_size,
    read_string,
)
from mldsl.syntax.lowering.context import Context
from mldsl.syntax.tokens import Token

T = TypeVar("T")
V = TypeVar("V")

SELECTORS: dict[str, tree.SelectorGroup] = {
    "all": "all",
    "numeric": "numeric",
    "categorical": "categorical",
    "text": "text",
    "temporal": "temporal",
}


def name(context: Context, span: Span, parts: list[Token]) -> tree.Name:
    """A plain, a backticked or a keyword's name."""
    token = parts[0]
    if token.type != "QUOTED_NAME":
        return tree.Name(span, token.text)
    text = _read(context, span, read_string, token.text, token.text[1:-1])
    if not text:
        context.report(Diagnostic("ML003", "a name cannot be empty", span))
    return tree.Name(span, text)


def ref(context: Context, span: Span, parts: list[tree.Name]) -> tree.Ref:
    """A dotted path."""
    return tree.Ref(span, tuple(parts))


def group(context: Context, span: Span, parts: list[tree.Expr]) -> tree.Expr:
    """`(expression)`: brackets leave no trace in the tree."""
    return parts[0]


def binary(context: Context, span: Span, parts: list[Any]) -> tree.Binary:
    """`left sign right`."""
    left, sign, right = parts
    return tree.Binary(span, sign.text, left, right, Span(span.file, sign.start, sign.end))


def negation(context: Context, span: Span, parts: list[tree.Expr]) -> tree.Unary:
    """`not x`."""
    return tree.Unary(span, "not", parts[0])


def negative(context: Context, span: Span, parts: list[Any]) -> tree.Unary:
    """`-x`."""
    return tree.Unary(span, "-", parts[1])


def conditional(context: Context, span: Span, parts: list[tree.Expr]) -> tree.Conditional:
    """`if a then b else c`."""
    return tree.Conditional(span, *parts)


def between(context: Context, span: Span, parts: list[Any]) -> tree.Between:
    """`x between a and b`."""
    operand, low, _and, high = parts
    return tree.Between(span, operand, low, high)


def in_list(context: Context, span: Span, parts: list[Any]) -> tree.InList:
    """`x [not] in (a, b)`."""
    operand, negated, *items = parts
    return tree.InList(span, operand, tuple(items), negated is not None)


def is_null(context: Context, span: Span, parts: list[Any]) -> tree.IsNull:
    """`x is [not] null`."""
    operand, negated = parts
    return tree.IsNull(span, operand, negated is not None)


def references(context: Context, span: Span, parts: list[Any]) -> tree.References:
    """`x references table.column`."""
    operand, target = parts
    return tree.References(span, operand, target)


def call(context: Context, span: Span, parts: list[Any]) -> tree.Call:
    """`function(arguments)`; the columns of `drift(…)` may be selected by group."""
    function, arguments = parts
    if arguments and function.text == "drift":
        arguments = tuple(tree.Argument(a.span, a.name, a.value if a.name else as_selector(a.value)) for a in arguments)
    return tree.Call(span, function, arguments or ())


def argument(context: Context, span: Span, parts: list[Any]) -> tree.Argument:
    """`value` or `name: value`."""
    label, value = parts
    return tree.Argument(span, label, value)


def window(context: Context, span: Span, parts: list[Any]) -> list[Any]:
    """`(partition by … order by … rows …)`, for `over` to take."""
    return parts


def over(context: Context, span: Span, parts: list[Any]) -> tree.Expr:
    """`call over (…)`."""
    operand, (partition, order, rows) = parts
    if not isinstance(operand, tree.Call):
        context.report(
            Diagnostic(
                "ML001",
                "only a call can have a window",
                operand.span,
                help="put an aggregate, `lag`, `lead`, `row_number` or `rank` before `over`, as in `sum(x) over (…)`",
            )
        )
        return operand  # type: ignore[no-any-return]
    return tree.Over(span, operand, partition or (), order or (), rows)


def over_period(context: Context, span: Span, parts: list[Any]) -> tree.OverPeriod:
    """`METRIC over 30d`."""
    operand, period = parts
    return tree.OverPeriod(span, operand, period)


def range_(context: Context, span: Span, parts: list[Any]) -> tree.Range:
    """`low..high [log]`."""
    low, _dots, high, log = parts
    return tree.Range(span, low, high, log is not None)


def selector(context: Context, span: Span, parts: list[tree.Name]) -> tree.Selector:
    """`all except (a, b)`."""
    group_name, *excluded = parts
    selected = SELECTORS.get(group_name.text)
    if selected is None or group_name.span.text.startswith("`"):
        known = ", ".join(f"`{word}`" for word in SELECTORS)
        message = f"`except` follows a group of columns, and `{group_name.text}` is none"
        context.report(Diagnostic("ML001", message, group_name.span, help=f"the groups are {known}"))
    return tree.Selector(span, selected or "all", tuple(excluded))


def as_selector(value: V) -> V | tree.Selector:
    """A bare `all`, `numeric`, … where columns are listed is a selector; a backticked one is a column."""
    if isinstance(value, tree.Ref) and len(value.parts) == 1:
        group_name = SELECTORS.get(value.parts[0].text)
        if group_name is not None and not value.span.text.startswith("`"):
            return tree.Selector(value.span, group_name, ())
    return value


def sort_key(context: Context, span: Span, parts: list[Any]) -> tree.SortKey:
    """`column [desc]`."""
    column, descending = parts
    return tree.SortKey(span, column, descending is not None)


def pipe(context: Context, span: Span, parts: list[Any]) -> tree.Pipe:
    """`step | step`."""
    return tree.Pipe(span, tuple(parts))


# --- literals --------------------------------------------------------------------------------------------------------


def _read(context: Context, span: Span, read: Callable[[str], T], text: str, otherwise: T) -> T:
    try:
        return read(text)
    except MalformedLiteralError as wrong:
        end = span.end if wrong.end is None else span.start + wrong.end
        where = Span(span.file, span.start + wrong.start, end)
        context.report(Diagnostic("ML003", wrong.message, where, help=wrong.help))
        return otherwise


def _literal(
    kind: tree.LiteralKind, read: Callable[[str], T], otherwise: T
) -> Callable[[Context, Span, list[Token]], tree.Literal]:
    def lower(context: Context, span: Span, parts: list[Token]) -> tree.Literal:
        return tree.Literal(span, kind, _read(context, span, read, parts[0].text, otherwise))

    return lower


def _word(kind: tree.LiteralKind, value: object) -> Callable[[Context, Span, list[Token]], tree.Literal]:
    def lower(context: Context, span: Span, parts: list[Token]) -> tree.Literal:
        return tree.Literal(span, kind, value)

    return lower


ACTIONS: dict[str, Callable[[Context, Span, list[Any]], Any]] = {
    "name": name,
    "ref": ref,
    "group": group,
    "binary": binary,
    "negation": negation,
    "negative": negative,
    "conditional": conditional,
    "between": between,
    "in_list": in_list,
    "is_null": is_null,
    "references": references,
    "call": call,
    "argument": argument,
    "window": window,
    "over": over,
    "over_period": over_period,
    "range": range_,
    "selector": selector,
    "sort_key": sort_key,
    "pipe": pipe,
    "int": _literal("int", read_int, 0),
    "float": _literal("float", read_float, 0.0),
    "percent": _literal("percent", read_percent, 0.0),
    "duration": _literal("duration", read_duration, timedelta()),
    "size": _literal("size", read_size, 0),
    "date": _literal("date", read_date, date(1970, 1, 1)),
    "datetime": _literal("datetime", read_datetime, datetime(1970, 1, 1)),
    "string": _literal("string", read_string, ""),
    "raw_string": _literal("string", read_raw_string, ""),
    "true": _word("bool", True),
    "false": _word("bool", False),
    "null": _word("null", None),
}
