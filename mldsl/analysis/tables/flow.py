"""The table between two verbs: its schema, and the order that a `sort by` has given it."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mldsl.analysis.columns import selected as in_group
from mldsl.analysis.context import Context
from mldsl.analysis.expressions.rows import find_column
from mldsl.analysis.typed import AnyVerb, Column, Order, Schema
from mldsl.analysis.wording import described
from mldsl.diagnostics.model import Label
from mldsl.records import record
from mldsl.source import Span
from mldsl.syntax import tree

_UNORDERED = ("vector", "image")


@record
class Flow:
    """What the next verb sees. `lost` says where a former order ended."""

    schema: Schema
    order: tuple[Order, ...] = ()
    lost: Label | None = None

    def to(self, schema: Schema, span: Span, gone: Iterable[str] = ()) -> Flow:
        """The same order over a new schema; where one of the `gone` columns made the order, it ends at `span`."""
        lost = next((key.column for key in self.order if key.column in set(gone)), None)
        if lost is None:
            return replace(self, schema=schema)
        return Flow(schema, lost=Label(span, f"here `{lost}`, which the rows are sorted by, goes"))

    def unordered(self, schema: Schema, span: Span) -> Flow:
        """A new schema whose rows have no order any more."""
        return Flow(schema, lost=Label(span, "here the order of the rows ends") if self.order else None)


# What a verb gives: itself, None after a report, and what the next one sees.
Step = tuple[AnyVerb | None, Flow]


def replaced(schema: Schema, columns: Iterable[Column], open_: bool | None = None) -> Schema:
    """The schema with these columns instead."""
    return Schema(tuple(columns), schema.open if open_ is None else open_)


def groupable(ref: tree.Ref, schema: Schema, context: Context, what: str) -> Column | None:
    """A column whose values are looked at by a verb: grouped, sorted or told apart by. None after a report."""
    column = find_column(ref, schema, context)
    if column is None:
        return None
    context.use(column)
    if column.type.kind in _UNORDERED:
        context.report("ML202", f"{what} cannot be {described(column.type)}", ref.span)
        return None
    return column


def twice(name: tree.Name, first: Span | None, context: Context, message: str | None = None) -> None:
    """ML206: a column of that name is there already."""
    labels = (Label(first, "the other one"),) if first is not None else ()
    context.report("ML206", message or f"there would be two columns `{name.text}`", name.span, labels=labels)


def selected(items: Iterable[tree.Ref | tree.Selector], schema: Schema, context: Context) -> list[Column]:
    """The columns that names and selectors stand for, each once, in the order of mention."""
    found: dict[str, Column] = {}
    named: dict[str, Span] = {}
    for item in items:
        if isinstance(item, tree.Selector):
            for column in in_group(context, item, schema.columns, schema):
                found.setdefault(column.name, column)
            continue
        mentioned = find_column(item, schema, context)
        if mentioned is None:
            continue
        if mentioned.name in named:
            twice(item.parts[0], named[mentioned.name], context, f"`{mentioned.name}` is listed twice")
        named[mentioned.name] = item.span
        found.setdefault(mentioned.name, mentioned)
    return list(found.values())
