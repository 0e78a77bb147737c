"""SQL expressions as the checker's own: what they read, and in which rows."""

from __future__ import annotations

from collections.abc import Callable, Iterator

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
_TIMES = (exp.Date, exp.Timestamp, exp.DateTrunc, exp.TimestampTrunc, exp.Cast, exp.TryCast, exp.Paren, exp.Alias)


def typed(node: exp.Expression, scope: Scope, span: Span) -> TypedExpr:
    """An expression in the checker's own form; of what has no counterpart only what it reads is kept."""
    match node:
        case exp.Column():
            return _column(node, scope, span)
        case exp.Literal():
            return Constant(ANY, span, node.this if node.is_string else float(node.this))
        case exp.Boolean():
            return Constant(ANY, span, bool(node.this))
        case exp.Window():
            return _window(node, scope, span)
        case exp.Subquery() | exp.Select() | exp.Union():
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
    function = _SIGNS.get(type(node)) or ("date" if isinstance(node, _TIMES) else "sql")
    inner_nodes = [item for item in node.iter_expressions() if not isinstance(item, (exp.DataType, exp.Var))]
    return Call(ANY, span, function, tuple(typed(item, scope, span) for item in inner_nodes))


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


def _subquery(node: exp.Expression | exp.Query, scope: Scope, span: Span) -> TypedExpr:
    query = node.this if isinstance(node, exp.Subquery) else node
    if scope.subquery is None or not isinstance(query, exp.Query):
        return Constant(ANY, span, None)
    return ColumnRef(ANY, span, scope.with_node(f"subquery {id(node)}", scope.subquery(query)))


def _window(node: exp.Window, scope: Scope, span: Span) -> TypedExpr:
    """A window; its frame may only make it end later than at the row."""
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
    frame = node.args.get("spec")
    ends_here = frame is None or str(frame.args.get("end") or "CURRENT ROW").upper() == "CURRENT ROW"
    if frame is not None and str(frame.args.get("end_side") or "").upper() == "PRECEDING":
        ends_here = True
    columns = [item.name for item in partition if isinstance(item, ColumnRef)]
    rest = [item for item in [*partition, *(item for item, _ in order)] if not isinstance(item, ColumnRef)]
    keys = [Order(item.name, down) for item, down in order if isinstance(item, ColumnRef)] if ends_here else []
    if order and not isinstance(order[0][0], ColumnRef):
        keys = []
    function = _WINDOWS.get(type(inner), inner.key)
    window = Window(ANY, span, function, tuple(read), tuple(columns), tuple(keys))
    return Call(ANY, span, "sql", (window, *rest)) if rest else window


def equalities(condition: exp.Expression, left: Table, right: Table, both: Scope) -> Iterator[tuple[Node, Node]]:
    """The pairs of columns of either side that a join's condition makes equal."""
    for part in condition.flatten() if isinstance(condition, exp.And) else [condition]:
        inner = part.unnest()
        if (
            not isinstance(inner, exp.EQ)
            or not isinstance(inner.left, exp.Column)
            or not isinstance(inner.right, exp.Column)
        ):
            continue
        names = [both.find(item.name, item.table) for item in (inner.left, inner.right)]
        for one, two in (names, names[::-1]):
            if one is not None and two is not None and one in left.columns and two in right.columns:
                yield left.columns[one], right.columns[two]
