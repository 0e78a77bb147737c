"""Verbs that choose and name columns: `select`, `drop`, `rename`."""

from __future__ import annotations

from dataclasses import replace

from mldsl.analysis import typed
from mldsl.analysis.context import Context
from mldsl.analysis.expressions.rows import find_column
from mldsl.analysis.tables.flow import Flow, Step, replaced, selected, twice
from mldsl.analysis.typed import Column, Order
from mldsl.catalog.types import Type
from mldsl.syntax import tree


def select(verb: tree.Select, flow: Flow, context: Context) -> Step:
    """`select a, b`: these columns, in this order."""
    return _keep(verb, selected(verb.columns, flow.schema, context), flow)


def drop(verb: tree.Drop, flow: Flow, context: Context) -> Step:
    """`drop a, b`: all columns but these."""
    dropped = {column.name for column in selected(verb.columns, flow.schema, context)}
    kept = [column for column in flow.schema.columns if column.name not in dropped]
    if dropped and not kept and not flow.schema.open:
        context.report("ML111", "no column would be left", verb.span)
        return None, flow
    return _keep(verb, kept, flow)


def _keep(verb: tree.Select | tree.Drop, columns: list[Column], flow: Flow) -> Step:
    kept = tuple(column.name for column in columns)
    gone = [name for name in flow.schema.names if name not in kept]
    schema = replaced(flow.schema, columns)
    return typed.Select(verb.span, schema, kept), flow.to(schema, verb.span, gone)


def rename(verb: tree.Rename, flow: Flow, context: Context) -> Step:
    """`rename old to new`: all pairs at once, so that two columns can swap their names."""
    pairs: dict[str, tree.Name] = {}
    unknown = False
    for old, new in verb.pairs:
        if find_column(tree.Ref(old.span, (old,)), flow.schema, context) is None:
            unknown = True
            continue
        if old.text in pairs:
            twice(old, pairs[old.text].span, context, f"`{old.text}` is renamed twice")
        else:
            pairs[old.text] = new
    taken = {column.name: column for column in flow.schema.columns if column.name not in pairs}
    for old_name, new in list(pairs.items()):
        if new.text in taken:
            twice(new, taken[new.text].origin, context)
            del pairs[old_name]
        else:
            taken[new.text] = Column(new.text, _type(flow, old_name), origin=new.span)
            context.refers(new.span, replace(flow.schema.get(old_name) or taken[new.text], name=new.text))
    return _renamed(verb, {old: new.text for old, new in pairs.items()}, flow, unknown)


def _type(flow: Flow, name: str) -> Type:
    """The type of a column that is known to be there."""
    column = flow.schema.get(name)
    assert column is not None
    return column.type


def _renamed(verb: tree.Rename, pairs: dict[str, str], flow: Flow, unknown: bool) -> Step:
    """The columns under their new names; behind an `unknown` one its new name is not reported as well."""
    columns = [replace(column, name=pairs.get(column.name, column.name)) for column in flow.schema.columns]
    schema = replaced(flow.schema, columns, flow.schema.open or unknown)
    order = tuple(Order(pairs.get(key.column, key.column), key.descending) for key in flow.order)
    done = typed.Rename(verb.span, schema, tuple(pairs.items()))
    return done, Flow(schema, order, flow.lost)
