"""The verbs of a transform: how each changes what a table's rows and values come from."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from dataclasses import replace
from typing import Any, Protocol

from mldsl.analysis.flow.choices import chosen, kept_once
from mldsl.analysis.flow.expressions import across, binding, edges
from mldsl.analysis.flow.joins import join
from mldsl.analysis.flow.nodes import Edge, Node, Step, Table, origin
from mldsl.analysis.flow.regions import Region, Sampled, narrowed
from mldsl.analysis.flow.unions import union
from mldsl.analysis.typed import (
    AnyVerb,
    Call,
    Derive,
    Distinct,
    Filter,
    Group,
    Join,
    Predict,
    Rename,
    Sample,
    Select,
    Sort,
    Take,
    Union,
)
from mldsl.source import Span


class Tables(Protocol):
    """What verbs need to know of the rest of the program."""

    def table(self, name: str) -> Table:
        """The table of that name, as the flow sees it."""

    def features(self, model: str) -> tuple[str, ...]:
        """The names of the columns that a model reads."""


def apply(verb: AnyVerb, table: Table, tables: Tables) -> Table:
    """The table after a verb."""
    return _VERBS[type(verb)](verb, table, tables)


def _filter(verb: Filter, table: Table, tables: Tables) -> Table:
    return replace(chosen(verb.condition, table), schema=verb.schema)


def _derive(verb: Derive, table: Table, tables: Tables) -> Table:
    columns = dict(table.columns)
    for name, value in verb.bindings:
        made = verb.schema.get(name)
        columns[name] = binding(name, value, origin(made, value.span) if made is not None else value.span, table)
    return replace(table, schema=verb.schema, columns=columns)


def _select(verb: Select, table: Table, tables: Tables) -> Table:
    return replace(table, schema=verb.schema, columns={name: table.columns[name] for name in verb.columns})


def _rename(verb: Rename, table: Table, tables: Tables) -> Table:
    names = dict(verb.pairs)
    columns = {names.get(name, name): node for name, node in table.columns.items()}
    return replace(table, schema=verb.schema, columns=columns)


def _join(verb: Join, table: Table, tables: Tables) -> Table:
    return join(verb, table, tables.table(verb.table))


def _union(verb: Union, table: Table, tables: Tables) -> Table:
    return union(table, tables.table(verb.table), verb.schema, verb.span)


def _group(verb: Group, table: Table, tables: Tables) -> Table:
    keys = {name: table.columns[name] for name in verb.keys}
    bindings = [(name, value, verb.schema.get(name)) for name, value in verb.bindings]
    grain = verb.span
    step = group_step(table, tuple(keys.values()), grain, verb.span)
    columns = dict(keys)
    for name, value, column in bindings:
        inner = [*edges(value, table)]
        if isinstance(value, Call):
            inner += (Edge(table.columns[key.column]) for key in value.order)
        made = [*across((edge.node for edge in inner), step, table), *(Edge(node) for node in keys.values())]
        span = origin(column, value.span) if column is not None else value.span
        columns[name] = Node(name, span, value.type, edges=made)
    return grouped(table, replace(table, schema=verb.schema, columns=columns), frozenset(keys.values()), grain)


def group_step(table: Table, keys: tuple[Node, ...], grain: Hashable, span: Span) -> Step:
    """From a group to the rows that it was put together of.

    They are of the same time where that is one of the keys, or where all are of one row that a join has repeated.
    """
    same = frozenset((node, node) for node in keys)
    timely = any(node.timely for node in keys)
    of_one_row = any(item.key <= frozenset(keys) for item in table.repeats) or table.unique(keys)
    direction = "own" if timely or of_one_row else "any"
    return Step("group", span, table.rows, same, direction, timed=table.timed and not timely, grain=grain)  # type: ignore[arg-type]


def grouped(before: Table, after: Table, keys: frozenset[Node], grain: Hashable) -> Table:
    """What a group leaves of the facts on rows: they are about the keys now."""
    names = {column.name for column in after.schema.with_role("key")}
    return replace(
        after,
        rows=frozenset(Region(item.bases, item.conditions, (*item.grains, grain)) for item in before.rows),
        uniques=frozenset({keys}),
        key=frozenset(after.columns[name] for name in names),
        entities=before.entities & keys,
        repeats=tuple(item for item in before.repeats if item.key <= keys and not keys <= item.key),
        copies=(),
        picked=False,
    )


def _distinct(verb: Distinct, table: Table, tables: Tables) -> Table:
    if not verb.columns:
        return replace(table, uniques=table.uniques | {frozenset(table.columns.values())}, copies=())
    by = frozenset(table.columns[name] for name in verb.columns)
    ordered = (table.columns[key.column] for key in verb.order if key.column in table.columns)
    return replace(kept_once(table, by), selectors=table.selectors | by | frozenset(ordered))


def _sample(verb: Sample, table: Table, tables: Tables) -> Table:
    return replace(table, schema=verb.schema, rows=narrowed(table.rows, Sampled(verb.span)))


def _same(verb: AnyVerb, table: Table, tables: Tables) -> Table:
    return table


def _predict(verb: Predict, table: Table, tables: Tables) -> Table:
    """The predictions come from the columns that the model reads."""
    columns = dict(table.columns)
    added = [column for column in verb.schema.columns if column.name not in columns]
    made = tuple(Edge(columns[name]) for name in tables.features(verb.model) if name in columns)
    for column in added:
        columns[column.name] = Node(column.name, verb.span, column.type, edges=made, model=verb.model)
    return replace(table, schema=verb.schema, columns=columns)


_VERBS: dict[type, Callable[[Any, Table, Tables], Table]] = {
    Filter: _filter,
    Derive: _derive,
    Select: _select,
    Rename: _rename,
    Join: _join,
    Group: _group,
    Sort: _same,
    Take: _same,
    Distinct: _distinct,
    Union: _union,
    Sample: _sample,
    Predict: _predict,
}
