"""What a model is fitted on: a split's training part, or a whole table."""

from __future__ import annotations

from mldsl.analysis.context import UNKNOWN, Context
from mldsl.analysis.typed import Schema
from mldsl.records import record
from mldsl.syntax import tree


@record
class Data:
    """The table's name in the typed program (empty after a report), the split that it is a part of, and its schema."""

    table: str
    split: str | None
    schema: Schema


def model_data(context: Context, ref: tree.Ref) -> Data:
    """What `from S`, `cluster S` or `in S` names; of a split, its training part. A mistake gives an open schema."""
    first = ref.parts[0].text
    whole = len(ref.parts) == 1
    if whole and isinstance(context.scope.names.get(first), tree.Split):
        split = context.split(ref)
        return Data(f"{first}.train", first, split.schema) if split is not None else Data("", None, UNKNOWN)
    table = context.table(ref)
    if table is None:
        return Data("", None, UNKNOWN)
    return Data(table.name, first if table.name == f"{first}.train" else None, table.schema)
