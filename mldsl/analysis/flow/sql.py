"""SQL blocks: a query's columns followed to those of the tables it reads; what cannot be followed reads everything."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from mldsl.analysis.flow.conditions import bounded_times, bounds
from mldsl.analysis.flow.expressions import across, edges, nodes
from mldsl.analysis.flow.joins import JoinedRows
from mldsl.analysis.flow.nodes import Edge, Node, Step, Table, origin
from mldsl.analysis.flow.regions import few, narrowed
from mldsl.analysis.flow.sqlexpressions import Scope, equalities, typed
from mldsl.analysis.flow.unions import union
from mldsl.analysis.flow.verbs import group_step, grouped
from mldsl.analysis.program import SqlBody, TransformDecl
from mldsl.analysis.tables.sql.scopes import arg
from mldsl.analysis.typed import Column, ColumnRef, Schema, TypedExpr
from mldsl.catalog.placeholders import replaced as with_placeholders
from mldsl.catalog.types import ANY
from mldsl.source import Span

Tables = Mapping[str, Table]


class NotFollowed(Exception):  # noqa: N818 - it is no error: the whole block then reads everything
    """Something in a query whose columns cannot be followed."""


def sql_table(transform: TransformDecl, tables: Tables) -> Table:
    """What a block gives, under its schema's names."""
    assert isinstance(transform.body, SqlBody)
    masked = with_placeholders(transform.body.text, lambda name: f'"{name}"')
    try:
        query = sqlglot.parse_one(masked, dialect="duckdb")
        if not isinstance(query, exp.Query):
            raise NotFollowed
        found = _Queries(transform.span, tables).result(query, {}, None)
    except (SqlglotError, RecursionError, NotFollowed):
        return _everything(transform, tables)
    by_name = {name.casefold(): node for name, node in found.columns.items()}
    if any(column.name.casefold() not in by_name for column in transform.schema.columns):
        return _everything(transform, tables)
    columns = {column.name: _declared(column, by_name[column.name.casefold()]) for column in transform.schema.columns}
    result = replace(found, name=transform.name, schema=transform.schema, columns=columns)
    key = result.with_role("key")
    return replace(
        result,
        unfollowed=False,
        key=key or found.key,
        entities=found.entities | result.with_role("entity"),
        times=found.times | result.with_role("time"),
    )


def _declared(column: Column, node: Node) -> Node:
    """The value with the type and the roles that the schema gives it."""
    if column.roles <= node.roles and (node.type.kind != "any" or node.edges == ()):
        return node
    if node.type.kind == "any" and not column.roles:
        return Node(
            column.name,
            origin(column, node.span),
            column.type,
            roles=node.roles,
            edges=node.edges,
            model=node.model,
            copies=node.copies,
        )
    return Node(column.name, origin(column, node.span), column.type, roles=column.roles, edges=(Edge(node),))


def _everything(transform: TransformDecl, tables: Tables) -> Table:
    """Each column may be made of any value of any row."""
    rows = few(region for item in tables.values() for region in item.rows)
    step = Step("window", transform.span, rows, timed=any(item.timed for item in tables.values()))
    read = [node for item in tables.values() for node in item.columns.values()]
    made = [*(Edge(node) for node in read), *(Edge(node, step) for node in read)]
    columns = {}
    for column in transform.schema.columns:
        same = next((item.columns[column.name] for item in tables.values() if column.name in item.columns), None)
        if same is not None and column.roles <= same.roles and same.type.kind == column.type.kind:
            columns[column.name] = same
        else:
            span = origin(column, transform.span)
            columns[column.name] = Node(column.name, span, column.type, roles=column.roles, edges=made)
    return Table(
        transform.name,
        transform.schema,
        columns,
        rows,
        few(region for item in tables.values() for region in item.influences),
        entities=frozenset(node for item in tables.values() for node in item.entities),
        times=frozenset(node for item in tables.values() for node in item.times),
        unfollowed=True,
    )


class _Queries:
    """The queries of one block; `tables` are those of its placeholders."""

    def __init__(self, span: Span, tables: Tables) -> None:
        self.span = span
        self.tables = tables

    def result(self, node: exp.Expression | exp.Query, with_: Tables, outer: Scope | None) -> Table:
        """What a query gives, its columns by their names."""
        known = dict(with_)
        clause = arg(node, "with")
        if isinstance(clause, exp.With):
            if clause.args.get("recursive"):
                raise NotFollowed
            for item in clause.expressions:
                known[item.alias.casefold()] = self.result(item.this, known, outer)
        match node:
            case exp.Subquery():
                return self.result(node.this, known, outer)
            case exp.Union():
                return self._union(node, known, outer)
            case exp.Select():
                return self._select(node, known, outer)
            case _:
                raise NotFollowed

    def _union(self, node: exp.Union, with_: Tables, outer: Scope | None) -> Table:
        left, right = self.result(node.left, with_, outer), self.result(node.right, with_, outer)
        if not node.args.get("by_name"):
            named = zip(left.columns, right.columns.values(), strict=False)
            right = replace(right, columns=dict(named))
        both = union(left, right, left.schema, self.span)
        return replace(both, copies=()) if node.args.get("distinct") else both

    # --- what is read ------------------------------------------------------------------------------------------------

    def _select(self, node: exp.Select, with_: Tables, outer: Scope | None) -> Table:
        distinct = node.args.get("distinct")
        if node.args.get("laterals") or node.args.get("qualify") or (distinct is not None and distinct.args.get("on")):
            raise NotFollowed
        scope = Scope(self._read(node, with_, outer), outer)
        scope.subquery = lambda query: self._subquery(query, with_, scope)
        where = node.args.get("where")
        if where is not None:
            scope.table = _filtered(scope.table, typed(where.this, scope, self.span))
        grouped_by = node.args.get("group")
        if grouped_by is not None or any(_is_aggregate(item) for item in node.expressions):
            return self._grouped(node, list(grouped_by.expressions) if grouped_by is not None else [], scope)
        columns: dict[str, Node] = {}
        for item in node.expressions:
            columns |= self._columns(item, scope)
        found = replace(scope.table, columns=columns, schema=_schema(columns))
        if distinct is not None:
            found = replace(found, copies=(), uniques=found.uniques | {frozenset(columns.values())})
        return found

    def _read(self, node: exp.Select, with_: Tables, outer: Scope | None) -> Table:
        clause = arg(node, "from")
        if not isinstance(clause, exp.From):
            raise NotFollowed
        table = self._source(clause.this, with_, outer)
        for join in [*(clause.this.args.get("joins") or ()), *(node.args.get("joins") or ())]:
            table = self._joined(table, join, with_, outer)
        return table

    def _source(self, node: exp.Expression, with_: Tables, outer: Scope | None) -> Table:
        """A table of a FROM, its columns as `alias.name`."""
        match node:
            case exp.Table() if not node.args.get("pivots") and isinstance(node.this, exp.Identifier):
                name = node.this.this
                table = self.tables.get(name) or with_.get(name.casefold())
            case exp.Subquery(this=exp.Query() as query):
                table = self.result(query, with_, outer)
            case _:
                table = None
        alias = node.args.get("alias")
        if table is None or (isinstance(alias, exp.TableAlias) and alias.columns):
            raise NotFollowed
        prefix = node.alias_or_name.casefold()
        columns = {f"{prefix}.{name.casefold()}": item for name, item in table.columns.items()}
        names = {f"{prefix}.{column.name.casefold()}": column for column in table.schema.columns}
        schema = Schema(tuple(replace(column, name=name) for name, column in names.items() if name in columns))
        return replace(table, columns=columns, schema=schema)

    def _joined(self, left: Table, join: exp.Join, with_: Tables, outer: Scope | None) -> Table:
        right = self._source(join.this, with_, outer)
        side, kind = join.side.upper(), join.kind.upper()
        if join.method or kind not in ("", "INNER", "OUTER", "CROSS", "SEMI", "ANTI"):
            raise NotFollowed
        name = {"LEFT": "left", "RIGHT": "full", "FULL": "full"}.get(side, "inner")
        name = kind.lower() if kind in ("SEMI", "ANTI") else name
        both = Scope(replace(left, columns={**left.columns, **right.columns}, times=left.times | right.times), outer)
        condition = join.args.get("on")
        pairs = list(equalities(condition, left, right, both)) if condition is not None else []
        for item in join.args.get("using") or ():
            one, two = Scope(left, None).find(item.name, ""), Scope(right, None).find(item.name, "")
            if one is None or two is None:
                raise NotFollowed
            pairs.append((left.columns[one], right.columns[two]))
        result = JoinedRows(left, right, tuple(pairs), None, name, self.span).result(
            {} if name in ("semi", "anti") else dict(right.columns)
        )
        schema = Schema((*left.schema.columns, *right.schema.columns))
        result = replace(result, schema=schema if name not in ("semi", "anti") else left.schema)
        if condition is None or name in ("semi", "anti"):
            return result
        stated = typed(condition, Scope(result, outer), self.span)
        bounded = bounded_times(stated, result)
        return replace(result, selectors=result.selectors | nodes(stated, result), bounded=result.bounded | bounded)

    def _subquery(self, query: exp.Query, with_: Tables, scope: Scope) -> Node:
        """A query in the place of a value: looked up for each row."""
        inner = self.result(query, with_, scope)
        step = Step(
            "lookup",
            self.span,
            inner.rows,
            timed=inner.timed,
            meets_time=bool(scope.table.with_role("time")),
        )
        made = [Edge(node, step) for node in inner.columns.values()]
        made += (Edge(node, step, selects=True) for node in inner.selectors)
        return Node("subquery", self.span, ANY, edges=made)

    # --- what comes out ----------------------------------------------------------------------------------------------

    def _columns(self, item: exp.Expression, scope: Scope) -> dict[str, Node]:
        if isinstance(item, exp.Star) or (isinstance(item, exp.Column) and isinstance(item.this, exp.Star)):
            return self._star(item, scope)
        if isinstance(item, exp.Columns):
            raise NotFollowed
        value = typed(item, scope, self.span)
        name = item.alias_or_name
        scope.aliases[name.casefold()] = value
        if isinstance(value, ColumnRef):
            return {name: scope.table.columns[value.name]}
        return {name: Node(name, self.span, ANY, edges=edges(value, scope.table))}

    def _star(self, item: exp.Expression, scope: Scope) -> dict[str, Node]:
        star = item.this if isinstance(item, exp.Column) else item
        out = {part.name.casefold() for part in arg(star, "except") or ()}  # type: ignore[attr-defined]
        if arg(star, "replace") or arg(star, "rename"):
            raise NotFollowed
        prefix = f"{item.table.casefold()}." if isinstance(item, exp.Column) else ""
        found: dict[str, Node] = {}
        for name, node in scope.table.columns.items():
            bare = name.partition(".")[2]
            if name.startswith(prefix) and bare not in out:
                found.setdefault(bare, node)
        return found

    def _grouped(self, node: exp.Select, by: list[exp.Expression], scope: Scope) -> Table:
        """One row a group; a key may be an alias or a number of the select list."""
        table = scope.table
        grain = self.span
        keys: dict[str, Node] = {}
        items = {item.alias_or_name.casefold(): item for item in node.expressions}
        for part in by:
            item = part
            if isinstance(part, exp.Literal) and part.is_int:
                item = node.expressions[int(part.this) - 1]
            elif isinstance(part, exp.Column) and not part.table and scope.find(part.name, "") is None:
                item = items.get(part.name.casefold(), part)
            keys |= {_text(item): found for found in self._columns(item, scope).values()}
        step = group_step(table, tuple(keys.values()), grain, self.span)
        columns: dict[str, Node] = {}
        for item in node.expressions:
            if isinstance(item, exp.Star):
                raise NotFollowed
            name, value = item.alias_or_name, typed(item, scope, self.span)
            if _text(item) in keys:
                columns[name] = keys[_text(item)]
                continue
            inner = [edge.node for edge in edges(value, table)]
            made = [*across(inner, step, table), *(Edge(key) for key in keys.values())]
            columns[name] = Node(name, self.span, ANY, edges=made)
        after = replace(table, columns=columns, schema=_schema(columns))
        return grouped(table, after, frozenset(keys.values()), grain)


def _schema(columns: Mapping[str, Node]) -> Schema:
    """The columns with the roles that their values have."""
    return Schema(tuple(Column(name, node.type, node.roles) for name, node in columns.items()))


def _text(item: exp.Expression) -> str:
    value = item.this if isinstance(item, exp.Alias) else item
    return value.sql(dialect="duckdb").casefold()


def _is_aggregate(item: exp.Expression) -> bool:
    """Whether a value of the select list looks at many rows other than by a window."""
    for found in item.find_all(exp.AggFunc):
        if not isinstance(found.parent, (exp.Window, exp.Filter, exp.IgnoreNulls)) and found.find_ancestor(
            exp.Query
        ) is item.find_ancestor(exp.Query):
            return True
        if isinstance(found.parent, exp.Filter) and not isinstance(found.parent.parent, exp.Window):
            return True
    return False


def _filtered(table: Table, condition: TypedExpr) -> Table:
    return replace(
        table,
        rows=narrowed(table.rows, *bounds(condition, table)),
        selectors=table.selectors | nodes(condition, table),
        bounded=table.bounded | bounded_times(condition, table),
    )
