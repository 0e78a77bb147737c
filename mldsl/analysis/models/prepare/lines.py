"""Which line of a `prepare` block each feature belongs to: its own, else its group's, else that of `all`."""

from __future__ import annotations

from collections.abc import Sequence

from mldsl.analysis.columns import selected
from mldsl.analysis.context import Context
from mldsl.analysis.expressions.rows import find_column
from mldsl.analysis.models.features import Features
from mldsl.analysis.options.block import twice
from mldsl.analysis.typed import Column, Schema
from mldsl.records import record
from mldsl.source import Span
from mldsl.syntax import tree


@record
class Line:
    """A line and the features that it is for."""

    entry: tree.PrepareEntry
    columns: tuple[Column, ...]


@record
class _Claim:
    """A line's word that it is for a column: `rank` is 2 for its name, 1 for a group of its type, 0 for `all`."""

    line: int
    rank: int
    span: Span


def assign_lines(
    context: Context, entries: Sequence[tree.PrepareEntry], features: Features, schema: Schema
) -> list[Line]:
    """The lines with their columns. Two lines with an equal claim to a column are ML108."""
    claims: dict[str, _Claim] = {}
    for index, entry in enumerate(entries):
        for item in entry.columns:
            rank = 2 if isinstance(item, tree.Ref) else int(item.group != "all")
            _claim(context, claims, _columns(context, item, features, schema), _Claim(index, rank, item.span))
    lines = []
    for index, entry in enumerate(entries):
        columns = [column for column in features.columns if column.name in claims and claims[column.name].line == index]
        lines.append(Line(entry, tuple(columns)))
    return lines


def _claim(context: Context, claims: dict[str, _Claim], columns: Sequence[Column], claim: _Claim) -> None:
    contested = []
    for column in columns:
        before = claims.setdefault(column.name, claim)
        if before.rank < claim.rank:
            claims[column.name] = claim
        elif before is not claim and before.rank == claim.rank and (before.line != claim.line or claim.rank == 2):
            contested.append(column.name)
    if contested:
        message = f"`{contested[0]}` has a line of its own already" if claim.rank == 2 else "two lines for one group"
        twice(context, message, claim.span, claims[contested[0]].span)


def _columns(context: Context, item: tree.Ref | tree.Selector, features: Features, schema: Schema) -> Sequence[Column]:
    """The features that a name or a selector stands for; ML201 for a name that is none."""
    if isinstance(item, tree.Selector):
        return selected(context, item, features.columns, schema)
    column = find_column(item, schema, context)
    if column is None:
        return ()
    if column not in features.columns:
        if not features.complete:
            return ()
        help_ = "name it in `features:`, or leave this line out: only features are prepared"
        context.report("ML201", f"`{column.name}` is not a feature of this model", item.span, help=help_)
        return ()
    return (column,)
