"""Verbs on the order of rows: `sort by`, `distinct`."""

from __future__ import annotations

from mldsl.analysis import typed
from mldsl.analysis.context import Context
from mldsl.analysis.tables.flow import Flow, Step, groupable, twice
from mldsl.analysis.typed import Order
from mldsl.source import Span
from mldsl.syntax import tree


def sort_by(verb: tree.SortBy, flow: Flow, context: Context) -> Step:
    """`sort by a, b desc`."""
    keys = []
    for key in verb.keys:
        column = groupable(key.column, flow.schema, context, "a sort key")
        if column is not None:
            keys.append(Order(column.name, key.descending))
    order = tuple(keys)
    done = typed.Sort(verb.span, flow.schema, order) if len(keys) == len(verb.keys) else None
    # A mistake in a key is no missing order: the verbs behind it find one.
    return done, Flow(flow.schema, order or (Order("", False),))


def distinct(verb: tree.Distinct, flow: Flow, context: Context) -> Step:
    """`distinct`: whole rows once. `distinct on a, b`: the first row of each combination, which needs an order."""
    if not verb.columns:
        context.use(*flow.schema.columns)
        return typed.Distinct(verb.span, flow.schema), flow
    columns: dict[str, Span] = {}
    for ref in verb.columns:
        column = groupable(ref, flow.schema, context, "a column to tell rows apart by")
        if column is not None and column.name in columns:
            twice(ref.parts[0], columns[column.name], context, f"`{column.name}` is listed twice")
        elif column is not None:
            columns[column.name] = ref.span
    if not flow.order:
        labels = (flow.lost,) if flow.lost is not None else ()
        message = "`distinct on` keeps the first row, but there is no `sort by` before it"
        help_ = "put `sort by …` before it, to say which row is the first"
        context.report("ML107", message, verb.span, labels=labels, help=help_)
        return None, flow
    return typed.Distinct(verb.span, flow.schema, tuple(columns), flow.order), flow
