"""`union T`: the rows of both tables, columns matched by name."""

from __future__ import annotations

from dataclasses import replace

from mldsl.analysis import typed
from mldsl.analysis.context import Context
from mldsl.analysis.tables.flow import Flow, Step, replaced
from mldsl.analysis.typed import Column, Schema
from mldsl.analysis.wording import described, quoted
from mldsl.catalog.types import common
from mldsl.diagnostics.model import Label
from mldsl.syntax import tree


def union(verb: tree.Union, flow: Flow, context: Context) -> Step:
    """Both sides must have the same columns, of types that go together; else ML210, once."""
    table = context.table(verb.table)
    if table is None:
        return None, flow.unordered(replaced(flow.schema, flow.schema.columns, open_=True), verb.span)
    # Columns of the right side lose their origins here, so whatever reads them later cannot be told.
    context.use(*table.schema.columns)
    schema = replaced(flow.schema, [_joined(item, table.schema) for item in flow.schema.columns])
    after = flow.unordered(schema, verb.span)
    if _report_differences(verb, flow.schema, table.schema, context):
        return None, after
    return typed.Union(verb.span, schema, table.name), after


def _joined(column: Column, right: Schema) -> Column:
    """The column of both sides: a role of either stays, but a key must be one on both."""
    other = right.get(column.name)
    if other is None:
        return column
    roles = (column.roles | other.roles) - ({"key"} - (column.roles & other.roles))
    return replace(column, type=common(column.type, other.type) or column.type, roles=roles)


def _report_differences(verb: tree.Union, left: Schema, right: Schema, context: Context) -> bool:
    """Whether the sides differ; says in what."""
    name = verb.table.span.text
    missing = [item for item in left.names if right.get(item) is None and not right.open]
    extra = [item for item in right.names if left.get(item) is None and not left.open]
    pairs = [(column, other) for column in left.columns if (other := right.get(column.name)) is not None]
    unlike = [(one, other) for one, other in pairs if common(one.type, other.type) is None]
    said = [f"`{name}` has no {quoted(missing)}"] if missing else []
    said += [f"only `{name}` has {quoted(extra)}"] if extra else []
    said += [f"`{one.name}` is {described(one.type)} here and {described(other.type)} there" for one, other in unlike]
    if not said:
        return False
    labels = [Label(item.origin, described(item.type)) for pair in unlike[:1] for item in pair if item.origin]
    help_ = "give both sides the same columns first, with `select`, `rename` and `derive`"
    message = f"the two sides of the union differ: {'; '.join(said)}"
    context.report("ML210", message, verb.table.span, labels=tuple(labels), help=help_)
    return True
