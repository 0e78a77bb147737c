"""SQL expressions as the checker's own: what they read, and in which rows."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import timedelta

from sqlglot import exp

from mldsl.analysis.flow.nodes import Node, Table
from mldsl.analysis.typed import Call, ColumnRef, Constant, Order, TypedExpr, Window
from mldsl.catalog.types import ANY
from mldsl.source import Span


class Scope:
    """The columns of one SELECT as `alias.name`; `outer` are those of the query around it.

    `aliases` are the values of its own columns so far; `subquery` says what a query in the place of a value is.
    """

    def __init__(self, table: Table, outer: Scope | None) -> None:
        self.table = table
        self.outer = outer
        self.aliases: dict[str, TypedExpr] = {}
        self.subquery: Callable[[exp.Query], Node] | None = None

    def find(self, name: str, of: str) -> str | None:
        """The column that a name stands for, in any case."""
        name, of = name.casefold(), of.casefold()
        if of:
            return f"{of}.{name}" if f"{of}.{name}" in self.table.columns else None
        return next((item for item in self.table.columns if item.partition(".")[2] == name), None)

    def with_node(self, name: str, node: Node) -> str:
        """A value that is there beside the columns."""
        self.table.columns.setdefault(name, node)
        return name


_SIGNS: dict[type, str] = {
    exp.EQ: "equal",
    exp.NEQ: "not_equal",
    exp.LT: "less",
    exp.LTE: "less_equal",
    exp.GT: "greater",
    exp.GTE: "greater_equal",
    exp.And: "and",
    exp.Or: "or",
    exp.Not: "not",
    exp.Add: "add",
    exp.Sub: "subtract",
    exp.Between: "between",
}
_WINDOWS: dict[type, str] = {exp.Lag: "lag", exp.Lead: "lead", exp.RowNumber: "row_number", exp.Rank: "rank"}
# Their values depend on how many rows there are in all, whatever the order.
_OF_ALL = (exp.PercentRank, exp.CumeDist, exp.Ntile)
_TIMES = (exp.Timestamp, exp.TryCast, exp.Paren, exp.Alias)
_UNITS = {"second": 1, "minute": 60, "hour": 3600, "day": 86_400, "week": 604_800, "month": 2_592_000}


def typed(node: exp.Expr, scope: Scope, span: Span) -> TypedExpr:
    """An expression in the checker's own form; of what has no counterpart only what it reads is kept."""
    match node:
        case exp.Column():
            return _column(node, scope, span)
        case exp.Literal():
            return Constant(ANY, span, node.this if node.is_string else float(node.this))
        case exp.Boolean():
            return Constant(ANY, span, bool(node.this))
        case exp.Null():
            return Constant(ANY, span, None)
        case exp.Interval() | exp.ToDays():
            return Constant(ANY, span, length(node))
        case exp.Window():
            return _window(node, scope, span)
        case exp.Subquery() | exp.Select() | exp.SetOperation():
            return _subquery(node, scope, span)
        case exp.Exists() | exp.In() if node.find(exp.Query) is not None:
            inner = _subquery(node.find(exp.Query), scope, span)  # type: ignore[arg-type]
            own = [typed(node.this, scope, span)] if isinstance(node, exp.In) else []
            return Call(ANY, span, "sql", (*own, inner))
        case exp.In() if len(node.expressions) == 1:
            return Call(ANY, span, "in", tuple(typed(item, scope, span) for item in (node.this, *node.expressions)))
        case exp.Between():
            parts = (node.this, node.args["low"], node.args["high"])
            return Call(ANY, span, "between", tuple(typed(item, scope, span) for item in parts))
        case exp.Alias() | exp.Paren():
            return typed(node.this, scope, span)
        case exp.Cast() if isinstance(node.this, exp.Literal):
            return typed(node.this, scope, span)
        case exp.Cast() | exp.TsOrDsToDate():
            to = "date" if isinstance(node, exp.TsOrDsToDate) or node.to.is_type("date") else "datetime"
            return Call(ANY, span, to, (typed(node.this, scope, span),))
        case exp.DateTrunc() | exp.TimestampTrunc():
            unit = Constant(ANY, span, node.text("unit").lower())
            return Call(ANY, span, "truncate", (typed(node.this, scope, span), unit))
    function = _SIGNS.get(type(node)) or ("date" if isinstance(node, (*_TIMES, exp.Date)) else "sql")
    inner_nodes = [item for item in node.iter_expressions() if not isinstance(item, (exp.DataType, exp.Var))]
    return Call(ANY, span, function, tuple(typed(item, scope, span) for item in inner_nodes))


def length(node: exp.Expr) -> timedelta | None:
    """How long an interval is, where it is written down; a month counts as thirty days."""
    unit = "day" if isinstance(node, exp.ToDays) else node.text("unit").lower().rstrip("s")
    number = re.fullmatch(r"(-?[\d.]+)(?:\s+([a-z]+?)s?)?", node.this.name.lower() if node.this is not None else "")
    if number is None:
        return None
    seconds = _UNITS.get(number[2] or unit)
    return timedelta(seconds=float(number[1]) * seconds) if seconds is not None else None


def _column(node: exp.Column, scope: Scope, span: Span) -> TypedExpr:
    if isinstance(node.this, exp.Star):
        return Constant(ANY, span, None)
    found = scope.find(node.name, node.table)
    if found is not None:
        return ColumnRef(scope.table.columns[found].type, span, found)
    if not node.table and node.name.casefold() in scope.aliases:
        return scope.aliases[node.name.casefold()]
    outer = scope.outer
    while outer is not None:
        name = outer.find(node.name, node.table)
        if name is not None:
            column = outer.table.columns[name]
            return ColumnRef(column.type, span, scope.with_node(f"outer {name}", column))
        outer = outer.outer
    return Constant(ANY, span, None)


def _subquery(node: exp.Expr | exp.Query, scope: Scope, span: Span) -> TypedExpr:
    query = node.this if isinstance(node, exp.Subquery) else node
    if scope.subquery is None or not isinstance(query, exp.Query):
        return Constant(ANY, span, None)
    return ColumnRef(ANY, span, scope.with_node(f"subquery {id(node)}", scope.subquery(query)))


def _window(node: exp.Window, scope: Scope, span: Span) -> TypedExpr:
    """A window; one that ends before the row reads earlier rows, as a `lag` does."""
    inner = node.this
    while isinstance(inner, (exp.IgnoreNulls, exp.RespectNulls, exp.Filter)):
        inner = inner.this
    read = [typed(item, scope, span) for item in node.this.iter_expressions()]
    partition = [typed(item, scope, span) for item in node.args.get("partition_by") or ()]
    ordered = node.args.get("order")
    order = (
        [(typed(item.this, scope, span), bool(item.args.get("desc"))) for item in ordered.expressions]
        if ordered
        else []
    )
    function, bounded = _reach(node, inner)
    columns = [item.name for item in partition if isinstance(item, ColumnRef)]
    rest = [item for item in [*partition, *(item for item, _ in order)] if not isinstance(item, ColumnRef)]
    keys = [Order(item.name, down) for item, down in order if isinstance(item, ColumnRef)] if bounded else []
    if order and not isinstance(order[0][0], ColumnRef):
        keys = []
    window = Window(ANY, span, function, tuple(read), tuple(columns), tuple(keys))
    return Call(ANY, span, "sql", (window, *rest)) if rest else window


def _reach(node: exp.Window, inner: exp.Expr) -> tuple[str, bool]:
    """The function, or one that reads the same rows; and whether the order bounds the rows that it reads."""
    function = _WINDOWS.get(type(inner), inner.key)
    if isinstance(inner, _OF_ALL):
        return function, False
    if isinstance(inner, (exp.Lag, exp.Lead)):
        by = inner.args.get("offset")
        return function, by is None or (isinstance(by, exp.Literal) and by.is_int and int(by.this) > 0)
    frame = node.args.get("spec")
    if frame is None:
        return function, True
    end, side = str(frame.args.get("end") or "CURRENT ROW").upper(), str(frame.args.get("end_side") or "").upper()
    if end == "CURRENT ROW":
        return function, True
    return "lag", side == "PRECEDING" and not end.startswith(("0", "-"))
