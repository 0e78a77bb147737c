"""SQL blocks: a query's columns followed to those of the tables it reads; what cannot be followed reads everything."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

import sqlglot
from sqlglot import exp
from sqlglot.errors import SqlglotError

from mldsl.analysis.flow.nodes import Edge, Node, Step, Table, origin
from mldsl.analysis.flow.regions import few
from mldsl.analysis.flow.sqlqueries import NotFollowed, Queries
from mldsl.analysis.program import SqlBody, TransformDecl
from mldsl.analysis.typed import Column
from mldsl.catalog.placeholders import replaced as with_placeholders

Tables = Mapping[str, Table]


def sql_table(transform: TransformDecl, tables: Tables) -> Table:
    """What a block gives, under its schema's names."""
    assert isinstance(transform.body, SqlBody)
    masked = with_placeholders(transform.body.text, lambda name: f'"{name}"')
    query: exp.Expr | None = None
    try:
        query = sqlglot.parse_one(masked, dialect="duckdb")
        if not isinstance(query, exp.Query):
            raise NotFollowed
        found = Queries(transform.span, tables).result(query, {}, None)
    except (SqlglotError, RecursionError, NotFollowed):
        return _everything(transform, tables, _computed(query))
    by_name = {name.casefold(): node for name, node in found.columns.items()}
    if any(column.name.casefold() not in by_name for column in transform.schema.columns):
        return _everything(transform, tables, _computed(query))
    columns = {column.name: _declared(column, by_name[column.name.casefold()]) for column in transform.schema.columns}
    there = set(columns.values())
    now = {by_name[name.casefold()]: node for name, node in columns.items() if by_name[name.casefold()] not in there}
    result = _of_values(found, now, replace(found, name=transform.name, schema=transform.schema, columns=columns))
    key = result.with_role("key")
    if any("key" not in by_name[node.name.casefold()].roles for node in key):
        result = replace(result, uniques=result.uniques | {key})
    return replace(
        result,
        key=key or result.key,
        entities=result.entities | result.with_role("entity"),
        times=result.times | result.with_role("time"),
    )


def _of_values(found: Table, now: Mapping[Node, Node], result: Table) -> Table:
    """The facts on rows, about the values that the schema has made of those of the query."""
    return replace(
        result,
        unfollowed=False,
        uniques=frozenset(frozenset(now.get(node, node) for node in item) for item in found.uniques),
        entities=frozenset(now.get(node, node) for node in found.entities),
        times=frozenset(now.get(node, node) for node in found.times),
        bounded=frozenset(now.get(node, node) for node in found.bounded),
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
            offset=node.offset,
            constant=node.constant,
            numbers=node.numbers,
        )
    return Node(column.name, origin(column, node.span), column.type, roles=column.roles, edges=(Edge(node),))


def _computed(query: exp.Expr | None) -> Callable[[str], bool]:
    """Which names a query gives to anything but a column of that name; all of them where it could not be read."""
    if query is None or query.find(exp.Columns, exp.Pivot):
        return lambda name: True
    names = {
        item.alias.casefold()
        for item in query.find_all(exp.Alias)
        if not isinstance(item.this, exp.Column) or item.this.name.casefold() != item.alias.casefold()
    }
    for alias in query.find_all(exp.TableAlias):
        names |= {column.name.casefold() for column in alias.columns}
    return lambda name: name.casefold() in names


def _everything(transform: TransformDecl, tables: Tables, computed: Callable[[str], bool]) -> Table:
    """Each column may be made of any value of any row."""
    rows = few(region for item in tables.values() for region in item.rows)
    step = Step("window", transform.span, rows, timed=any(item.timed for item in tables.values()))
    read = [node for item in tables.values() for node in item.columns.values()]
    made = [*(Edge(node) for node in read), *(Edge(node, step) for node in read)]
    columns = {}
    for column in transform.schema.columns:
        same = next((item.columns[column.name] for item in tables.values() if column.name in item.columns), None)
        unchanged = same is not None and same.type.kind == column.type.kind and not computed(column.name)
        if same is not None and unchanged and column.roles <= same.roles:
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
