"""Joins: which columns the result has, and which of them may be null."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mldsl.analysis import typed
from mldsl.analysis.context import Context
from mldsl.analysis.tables.flow import Flow, Step, replaced
from mldsl.analysis.tables.verbs.conditions import JoinCondition, Sides, read_condition
from mldsl.analysis.typed import Column, Schema
from mldsl.analysis.wording import quoted
from mldsl.catalog.types import common
from mldsl.diagnostics.model import Label
from mldsl.syntax import tree

_KEEP_LEFT = ("semi", "anti")
# Where a row without a match stays, with nulls in the other table's columns.
_NULL_RIGHT = ("left", "full", "asof")


def join(verb: tree.Join, flow: Flow, context: Context) -> Step:
    """All kinds of joins. The right key columns go; a clash of other names is ML206."""
    table = context.table(verb.table)
    if table is None:
        return None, flow.to(replaced(flow.schema, flow.schema.columns, open_=True), verb.span)
    name = tuple(part.text for part in verb.table.parts)
    sides = Sides(flow.schema, table.schema, name, verb.kind == "asof")
    condition = read_condition(verb, sides, context)
    schema = _result(verb, sides, condition, context)
    after = flow.unordered(schema, verb.span) if verb.kind == "full" else flow.to(schema, verb.span)
    if not condition.fine:
        return None, after
    on = tuple((pair.left.name, pair.right.name) for pair in condition.equal)
    asof = (condition.time.left.name, condition.time.right.name) if condition.time is not None else None
    return typed.Join(verb.span, schema, verb.kind, table.name, on, asof), after


def _result(verb: tree.Join, sides: Sides, condition: JoinCondition, context: Context) -> Schema:
    left = list(_left_columns(verb.kind, sides.left, condition))
    if verb.kind in _KEEP_LEFT:
        return Schema(tuple(left), sides.left.open)
    # After a mistake in the condition it is not known which right columns are keys.
    open_ = sides.left.open or sides.right.open or not condition.fine
    dropped = {pair.right.name for pair in condition.equal}
    if condition.time is not None:
        dropped.add(condition.time.right.name)
    taken = {column.name for column in left}
    right = [column for column in sides.right.columns if column.name not in dropped]
    if condition.fine:
        _report_clashes(verb, [column for column in right if column.name in taken], sides, context)
    added = (_maybe_null(column, verb.kind in _NULL_RIGHT) for column in right if column.name not in taken)
    return Schema((*left, *added), open_)


def _left_columns(kind: str, schema: Schema, condition: JoinCondition) -> Iterator[Column]:
    """The left columns: not null where a match is needed, filled from the right where the join is full."""
    keys = {pair.left.name: pair.right for pair in condition.equal}
    for column in schema.columns:
        other = keys.get(column.name)
        if kind == "full" and other is None:
            yield _maybe_null(column, True)
        elif kind == "full" and other is not None:
            filled = common(column.type, other.type)
            yield column if filled is None else replace(column, type=filled)
        elif kind in ("inner", "semi") and other is not None:
            yield replace(column, type=column.type.with_null(False))
        else:
            yield column


def _maybe_null(column: Column, nullable: bool) -> Column:
    return replace(column, type=column.type.with_null()) if nullable and not column.type.nullable else column


def _report_clashes(verb: tree.Join, clashes: list[Column], sides: Sides, context: Context) -> None:
    """ML206, once for all names that both tables have."""
    if not clashes:
        return
    names = [column.name for column in clashes]
    labels = []
    first = sides.left.get(names[0])
    if first is not None and first.origin is not None:
        labels.append(Label(first.origin, f"`{names[0]}` of the table at hand"))
    if clashes[0].origin is not None and (first is None or clashes[0].origin != first.origin):
        labels.append(Label(clashes[0].origin, f"`{names[0]}` of `{'.'.join(sides.name)}`"))
    noun = "a column" if len(names) == 1 else "columns"
    message = f"both tables have {noun} {quoted(names)}"
    help_ = "`rename` or `drop` it on one side before the join; a key column is dropped by itself"
    context.report("ML206", message, verb.table.span, labels=tuple(labels), help=help_)
