"""Queries: from the tables that a SELECT reads to the rows and the values that it gives."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import replace

from sqlglot import exp

from mldsl.analysis.flow.choices import chosen, kept_once
from mldsl.analysis.flow.conditions import bounded_times
from mldsl.analysis.flow.expressions import across, binding, edges, nodes
from mldsl.analysis.flow.joins import JoinedRows
from mldsl.analysis.flow.nodes import CONDITION, Edge, Node, Step, Table
from mldsl.analysis.flow.sqlexpressions import Scope, typed
from mldsl.analysis.flow.sqllinks import Links, conjuncts, links
from mldsl.analysis.flow.unions import union
from mldsl.analysis.flow.verbs import group_step, grouped
from mldsl.analysis.tables.sql.scopes import arg
from mldsl.analysis.typed import Column, Schema
from mldsl.catalog.types import ANY
from mldsl.source import Span

Tables = Mapping[str, Table]


class NotFollowed(Exception):  # noqa: N818 - it is no error: the whole block then reads everything
    """Something in a query whose columns cannot be followed."""


class Queries:
    """The queries of one block; `tables` are those of its placeholders."""

    def __init__(self, span: Span, tables: Tables) -> None:
        self.span = span
        self.tables = tables

    def result(self, node: exp.Expr | exp.Query, with_: Tables, outer: Scope | None) -> Table:
        """What a query gives, its columns by their names."""
        known = self._known(node, with_, outer)
        match node:
            case exp.Subquery():
                return self.result(node.this, known, outer)
            case exp.Union():
                return self._union(node, known, outer)
            case exp.Except() | exp.Intersect():
                return self._fewer(node, known, outer)
            case exp.Select():
                return self._select(node, known, outer)
            case _:
                raise NotFollowed

    def _known(self, node: exp.Expr | exp.Query, with_: Tables, outer: Scope | None) -> dict[str, Table]:
        known = dict(with_)
        clause = arg(node, "with")
        if isinstance(clause, exp.With):
            if clause.args.get("recursive"):
                raise NotFollowed
            for item in clause.expressions:
                known[item.alias.casefold()] = _renamed(self.result(item.this, known, outer), item)
        return known

    def _union(self, node: exp.Union, with_: Tables, outer: Scope | None) -> Table:
        left, right = self.result(node.left, with_, outer), self.result(node.right, with_, outer)
        if not node.args.get("by_name"):
            named = zip(left.columns, right.columns.values(), strict=False)
            right = replace(right, columns=dict(named))
        both = union(left, right, left.schema, self.span)
        return replace(both, copies=()) if node.args.get("distinct") else both

    def _fewer(self, node: exp.SetOperation, with_: Tables, outer: Scope | None) -> Table:
        """The left rows that the right side has, or has not."""
        left, right = self.result(node.left, with_, outer), self.result(node.right, with_, outer)
        decided = frozenset(left.columns.values()) | right.selectors
        return replace(left, copies=(), selectors=left.selectors | decided)

    # --- what is read ------------------------------------------------------------------------------------------------

    def _select(self, node: exp.Select, with_: Tables, outer: Scope | None) -> Table:
        scope = self._rows(node, with_, outer)
        grouped_by = node.args.get("group")
        if grouped_by is not None or any(_is_aggregate(item) for item in node.expressions):
            return self._grouped(node, list(grouped_by.expressions) if grouped_by is not None else [], scope)
        columns: dict[str, Node] = {}
        for item in node.expressions:
            columns |= self._columns(item, scope)
        qualify = node.args.get("qualify")
        if qualify is not None:
            scope.table = chosen(typed(qualify.this, scope, self.span), scope.table)
        return replace(self._distinct(node, scope, columns), columns=columns, schema=_schema(columns))

    def _distinct(self, node: exp.Select, scope: Scope, columns: Mapping[str, Node]) -> Table:
        distinct = node.args.get("distinct")
        if distinct is None:
            return scope.table
        on = distinct.args.get("on")
        if on is None:
            uniques = scope.table.uniques | {frozenset(columns.values())}
            return replace(scope.table, copies=(), uniques=uniques)
        order = node.args.get("order")
        read = [*on.expressions, *(item.this for item in (order.expressions if order is not None else ()))]
        values = [binding("key", typed(item, scope, self.span), self.span, scope.table) for item in read]
        by = frozenset(values[: len(on.expressions)])
        return replace(kept_once(scope.table, by), selectors=scope.table.selectors | frozenset(values))

    def _rows(self, node: exp.Select, with_: Tables, outer: Scope | None) -> Scope:
        """What a SELECT reads, where its WHERE is true."""
        if node.args.get("laterals"):
            raise NotFollowed
        _name_windows(node)
        scope = Scope(self._read(node, with_, outer), outer)
        scope.subquery = lambda query: self._subquery(query, with_, scope)
        where = node.args.get("where")
        if where is not None:
            scope.table = chosen(typed(where.this, scope, self.span), scope.table)
        return scope

    def _read(self, node: exp.Select, with_: Tables, outer: Scope | None) -> Table:
        clause = arg(node, "from")
        if not isinstance(clause, exp.From):
            raise NotFollowed
        where = node.args.get("where")
        stated = list(conjuncts(where.this)) if where is not None else []
        table = self._source(clause.this, with_, outer)
        for join in [*(clause.this.args.get("joins") or ()), *(node.args.get("joins") or ())]:
            table = self._joined(table, join, with_, outer, stated)
        return table

    def _source(self, node: exp.Expr, with_: Tables, outer: Scope | None) -> Table:
        """A table of a FROM, its columns as `alias.name`."""
        match node:
            case exp.Table() if not node.args.get("pivots") and isinstance(node.this, exp.Identifier):
                name = node.this.this
                table = self.tables.get(name) or with_.get(name.casefold())
            case exp.Subquery(this=exp.Query() as query):
                table = self.result(query, with_, outer)
            case _:
                table = None
        if table is None:
            raise NotFollowed
        table = _renamed(table, node)
        prefix = node.alias_or_name.casefold()
        columns = {f"{prefix}.{name.casefold()}": item for name, item in table.columns.items()}
        names = {f"{prefix}.{column.name.casefold()}": column for column in table.schema.columns}
        schema = Schema(tuple(replace(column, name=name) for name, column in names.items() if name in columns))
        return replace(table, columns=columns, schema=schema)

    def _joined(
        self, left: Table, join: exp.Join, with_: Tables, outer: Scope | None, stated: Iterable[exp.Expr]
    ) -> Table:
        right = self._source(join.this, with_, outer)
        side, kind, method = join.side.upper(), join.kind.upper(), join.method.upper()
        if method not in ("", "ASOF") or kind not in ("", "INNER", "OUTER", "CROSS", "SEMI", "ANTI"):
            raise NotFollowed
        name = {"LEFT": "left", "RIGHT": "full", "FULL": "full"}.get(side, "inner")
        name = kind.lower() if kind in ("SEMI", "ANTI") else name
        condition = join.args.get("on")
        said = [*conjuncts(condition), *(stated if name == "inner" else ())]
        found = links(said, Scope(left, None), Scope(right, None), self.span)
        pairs = (*found.pairs, *self._using(join, left, right))
        times = found.by if method == "ASOF" else None
        bound = (found.direction, found.by) if found.by is not None else None
        rows = JoinedRows(left, right, pairs, times, "asof" if times is not None else name, self.span, bound=bound)
        result = rows.result({} if name in ("semi", "anti") else dict(right.columns))
        if name in ("semi", "anti"):
            return replace(result, schema=left.schema)
        result = replace(result, schema=Schema((*left.schema.columns, *right.schema.columns)))
        if condition is None:
            return result
        stating = typed(condition, Scope(result, outer), self.span)
        bounded = bounded_times(stating, result)
        return replace(result, selectors=result.selectors | nodes(stating, result), bounded=result.bounded | bounded)

    def _using(self, join: exp.Join, left: Table, right: Table) -> Iterable[tuple[Node, Node]]:
        for item in join.args.get("using") or ():
            one, two = Scope(left, None).find(item.name, ""), Scope(right, None).find(item.name, "")
            if one is None or two is None:
                raise NotFollowed
            yield left.columns[one], right.columns[two]

    # --- queries in the place of a value -----------------------------------------------------------------------------

    def _subquery(self, query: exp.Query, with_: Tables, scope: Scope) -> Node:
        """A query in the place of a value: looked up for each row."""
        if isinstance(query, exp.Select) and not any(query.args.get(part) for part in ("group", "qualify", "distinct")):
            return self._for_each_row(query, self._known(query, with_, scope), scope)
        inner = self.result(query, with_, scope)
        step = Step("lookup", self.span, inner.rows, timed=inner.timed, meets_time=bool(scope.table.with_role("time")))
        made = [Edge(node, step) for node in inner.columns.values()]
        made += (Edge(node, step, selects=True) for node in inner.selectors)
        return Node("subquery", self.span, ANY, edges=made)

    def _for_each_row(self, query: exp.Select, with_: Tables, scope: Scope) -> Node:
        """What a SELECT makes, for a row around it, of the rows that its WHERE lets it see."""
        inner = self._rows(query, with_, scope)
        where = query.args.get("where")
        theirs = Scope(self._read(query, with_, scope), None)
        found = links(conjuncts(where.this) if where is not None else (), scope, theirs, self.span)
        step = self._to_each(found, inner.table, scope)
        read = [edge.node for item in query.expressions for edge in edges(typed(item, inner, self.span), inner.table)]
        made = [*across(read, step, inner.table), *(Edge(mine) for mine, _ in found.pairs)]
        return Node("subquery", self.span, ANY, edges=made)

    def _to_each(self, found: Links, inner: Table, scope: Scope) -> Step:
        """From the row around a query to those that it reads."""
        return Step(
            "group",
            self.span,
            inner.rows,
            frozenset(found.pairs),
            found.direction,
            found.by,
            timed=inner.timed,
            meets_time=bool(scope.table.with_role("time")),
        )

    # --- what comes out ----------------------------------------------------------------------------------------------

    def _columns(self, item: exp.Expr, scope: Scope) -> dict[str, Node]:
        if isinstance(item, exp.Star) or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star)):
            return self._star(item, scope)
        if isinstance(item, exp.Columns):
            raise NotFollowed
        value = typed(item, scope, self.span)
        name = item.alias_or_name
        scope.aliases[name.casefold()] = value
        return {name: binding(name, value, self.span, scope.table)}

    def _star(self, item: exp.Expr, scope: Scope) -> dict[str, Node]:
        star = item.this if isinstance(item, exp.Column) else item
        out = {part.name.casefold() for part in arg(star, "except") or ()}  # type: ignore[attr-defined]
        if arg(star, "rename"):
            raise NotFollowed
        prefix = f"{item.table.casefold()}." if isinstance(item, exp.Column) else ""
        found: dict[str, Node] = {}
        for name, node in scope.table.columns.items():
            bare = name.partition(".")[2]
            if bare and name.startswith(prefix) and bare not in out:
                found.setdefault(bare, node)
        for other in arg(star, "replace") or ():  # type: ignore[attr-defined]
            found |= {name.casefold(): node for name, node in self._columns(other, scope).items()}
        return found

    def _grouped(self, node: exp.Select, by: list[exp.Expr], scope: Scope) -> Table:
        """One row a group; a key may be an alias or a number of the select list."""
        table = scope.table
        grain = self.span
        keys = self._keys(node, by, scope)
        step = group_step(table, tuple(keys.values()), grain, self.span)
        columns: dict[str, Node] = {}
        for item in node.expressions:
            if isinstance(item, exp.Star):
                raise NotFollowed
            columns[item.alias_or_name] = keys.get(_text(item)) or self._aggregate(item, scope, step, keys)
        after = replace(table, columns=columns, schema=_schema(columns))
        result = grouped(table, after, frozenset(keys.values()), grain)
        having = node.args.get("having")
        if having is None:
            return result
        return replace(result, selectors=result.selectors | {self._aggregate(having.this, scope, step, keys)})

    def _keys(self, node: exp.Select, by: list[exp.Expr], scope: Scope) -> dict[str, Node]:
        keys: dict[str, Node] = {}
        items = {item.alias_or_name.casefold(): item for item in node.expressions}
        for part in by:
            item = part
            if isinstance(part, exp.Literal) and part.is_int:
                item = node.expressions[int(part.this) - 1]
            elif isinstance(part, exp.Column) and not part.table and scope.find(part.name, "") is None:
                item = items.get(part.name.casefold(), part)
            keys |= {_text(item): found for found in self._columns(item, scope).values()}
        return keys

    def _aggregate(self, item: exp.Expr, scope: Scope, step: Step, keys: Mapping[str, Node]) -> Node:
        inner = [edge.node for edge in edges(typed(item, scope, self.span), scope.table)]
        made = [*across(inner, step, scope.table), *(Edge(key) for key in keys.values())]
        return Node(item.alias_or_name or CONDITION, self.span, ANY, edges=made)


def _schema(columns: Mapping[str, Node]) -> Schema:
    """The columns with the roles that their values have."""
    return Schema(tuple(Column(name, node.type, node.roles) for name, node in columns.items()))


def _renamed(table: Table, node: exp.Expr) -> Table:
    """The table with the names that its alias gives its columns: `t(a, b)`."""
    alias = node.args.get("alias")
    names = [item.name for item in alias.columns] if isinstance(alias, exp.TableAlias) else []
    if not names:
        return table
    if len(names) > len(table.columns):
        raise NotFollowed
    columns = dict(zip([*names, *list(table.columns)[len(names) :]], table.columns.values(), strict=True))
    return replace(table, columns=columns, schema=_schema(columns))


def _name_windows(node: exp.Select) -> None:
    """Write out what windows take over from one that has a name."""
    named = {item.name.casefold(): item for item in node.args.get("windows") or ()}
    for window in node.find_all(exp.Window):
        known = named.get(window.text("alias").casefold())
        if known is None or window is known:
            continue
        for part in ("partition_by", "order", "spec"):
            if not window.args.get(part) and known.args.get(part):
                found = known.args[part]
                window.set(part, [item.copy() for item in found] if isinstance(found, list) else found.copy())


def _text(item: exp.Expr) -> str:
    value = item.this if isinstance(item, exp.Alias) else item
    return value.sql(dialect="duckdb").casefold()


def _is_aggregate(item: exp.Expr) -> bool:
    """Whether a value of the select list looks at many rows other than by a window."""
    for found in item.find_all(exp.AggFunc):
        if not isinstance(found.parent, (exp.Window, exp.Filter, exp.IgnoreNulls)) and found.find_ancestor(
            exp.Query
        ) is item.find_ancestor(exp.Query):
            return True
        if isinstance(found.parent, exp.Filter) and not isinstance(found.parent.parent, exp.Window):
            return True
    return False
