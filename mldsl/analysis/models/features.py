"""Which columns a model learns from."""

from __future__ import annotations

from collections.abc import Sequence

from mldsl.analysis.columns import listed
from mldsl.analysis.context import Context
from mldsl.analysis.typed import Column, Schema
from mldsl.diagnostics.model import Label
from mldsl.records import record
from mldsl.source import Span
from mldsl.syntax import tree


def offered_features(schema: Schema, target: Column | None, weight: str | None) -> tuple[Column, ...]:
    """What selectors and the default choose from: no target, no weight, no column with a role."""
    taken = {weight, target.name if target is not None else None}
    return tuple(column for column in schema.columns if not column.roles and column.name not in taken)


@record
class Features:
    """The features; `complete` is false where one was named that there is not."""

    columns: tuple[Column, ...]
    complete: bool = True


def features_of(
    context: Context,
    items: Sequence[tree.Ref | tree.Selector],
    schema: Schema,
    offered: tuple[Column, ...],
    target: Column | None,
    owner: Span,
) -> Features:
    """The columns of `features:`, or all that are offered where it is not given; none at all is reported at `owner`."""
    found = listed(context, items, schema, offered) if items else list(offered)
    if target is not None:
        _without_target(context, items, target)
        found = [column for column in found if column.name != target.name]
    context.use(*found)
    complete = not schema.open and not _has_unknown(items, schema)
    if not found and complete:
        at = items[0].span.to(items[-1].span) if items else owner
        help_ = None if items else "columns with a role are features only where `features:` names them"
        context.report("ML107", "there is no column left to learn from", at, help=help_)
    return Features(tuple(found), complete)


def _has_unknown(items: Sequence[tree.Ref | tree.Selector], schema: Schema) -> bool:
    return any(isinstance(item, tree.Ref) and schema.get(item.parts[0].text) is None for item in items)


def _without_target(context: Context, items: Sequence[tree.Ref | tree.Selector], target: Column) -> None:
    for item in items:
        if isinstance(item, tree.Ref) and item.parts[0].text == target.name:
            labels = (Label(target.origin, "the target"),) if target.origin is not None else ()
            context.report("ML301", f"the target `{target.name}` is among its own features", item.span, labels=labels)
