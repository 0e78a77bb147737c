"""`group by a, b { name = AGGREGATE }`."""

from __future__ import annotations

from dataclasses import replace

from mldsl.analysis import typed
from mldsl.analysis.context import Context
from mldsl.analysis.expressions.rows import row_environment
from mldsl.analysis.expressions.tables import group_environment
from mldsl.analysis.tables.flow import Flow, Step, groupable, twice
from mldsl.analysis.tables.verbs.rows import check_bindings
from mldsl.analysis.typed import Column, Schema
from mldsl.source import Span
from mldsl.syntax import tree


def group_by(verb: tree.GroupBy, flow: Flow, context: Context) -> Step:
    """One row a combination of the keys, which keep their roles; then the bindings."""
    keys = _keys(verb, flow, context)
    environment = group_environment(row_environment(flow.schema), tuple(keys), flow.order)
    bindings = []
    for name, value, origin in check_bindings(verb.bindings, environment, context):
        if name in keys:
            message = f"`{name}` is a key of the group and in the result already"
            twice(tree.Name(origin, name), keys[name][1], context, message)
        else:
            bindings.append((name, value, origin))
    columns = [*_identified([column for column, _ in keys.values()], flow.schema)]
    columns += (Column(name, value.type, origin=origin) for name, value, origin in bindings)
    schema = Schema(tuple(columns), open=len(keys) < len(verb.keys))
    done = typed.Group(verb.span, schema, tuple(keys), tuple((name, value) for name, value, _ in bindings))
    return done, flow.unordered(schema, verb.span)


def _keys(verb: tree.GroupBy, flow: Flow, context: Context) -> dict[str, tuple[Column, Span]]:
    found: dict[str, tuple[Column, Span]] = {}
    for ref in verb.keys:
        column = groupable(ref, flow.schema, context, "a key of a group")
        if column is None:
            continue
        if column.name in found:
            twice(ref.parts[0], found[column.name][1], context, f"`{column.name}` is listed twice")
        else:
            found[column.name] = (column, ref.span)
    return found


def _identified(keys: list[Column], schema: Schema) -> list[Column]:
    """The keys of a group. The role `key` goes where those that have it do not tell the groups apart any more."""
    before = {column.name for column in schema.with_role("key")}
    names = {column.name for column in keys}
    if before <= names or names <= before:
        return keys
    return [replace(column, roles=column.roles - {"key"}) for column in keys]
