"""Lists of columns with selectors in them, as options, `prepare` and `drift` have them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mldsl.analysis.context import Context
from mldsl.analysis.expressions.rows import find_column
from mldsl.analysis.typed import Column, Schema
from mldsl.catalog.types import GROUPS
from mldsl.diagnostics.model import Label
from mldsl.syntax import tree


def selected(context: Context, selector: tree.Selector, offered: Iterable[Column], schema: Schema) -> list[Column]:
    """The columns among `offered` that a selector stands for. What it excepts must be in `schema`."""
    for name in selector.excluded:
        find_column(tree.Ref(name.span, (name,)), schema, context)
    excluded = {name.text for name in selector.excluded}
    kinds = GROUPS.get(selector.group)
    return [
        column for column in offered if column.name not in excluded and (kinds is None or column.type.kind in kinds)
    ]


def listed(
    context: Context, items: Sequence[tree.Ref | tree.Selector], schema: Schema, offered: Iterable[Column]
) -> list[Column]:
    """The columns of a list, each once: names are looked up in `schema`, selectors choose among `offered`."""
    found: dict[str, Column] = {}
    named: dict[str, tree.Ref] = {}
    pool = tuple(offered)
    for item in items:
        if isinstance(item, tree.Selector):
            for column in selected(context, item, pool, schema):
                found.setdefault(column.name, column)
            continue
        named_column = find_column(item, schema, context)
        if named_column is None:
            continue
        first = named.setdefault(named_column.name, item)
        if first is not item:
            labels = (Label(first.span, "first named here"),)
            context.report("ML108", f"`{named_column.name}` is named twice", item.span, labels=labels)
        found.setdefault(named_column.name, named_column)
    return list(found.values())
