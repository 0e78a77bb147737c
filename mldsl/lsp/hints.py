"""Inlay hints: the types of the columns that `derive` and `group by` compute."""

from __future__ import annotations

from lsprotocol import types

from mldsl.analysis.program import TransformDecl, VerbsBody
from mldsl.analysis.typed import Derive, Group
from mldsl.lsp.documents import Document
from mldsl.lsp.snapshot import Snapshot

LONGEST = 30
"""A longer type is cut: an enum may have many values."""


def hints(snapshot: Snapshot, document: Document, range_: types.Range) -> list[types.InlayHint]:
    """The hints within a range."""
    start, end = document.offset(range_.start), document.offset(range_.end)
    found = []
    for item in snapshot.context.resolved.values():
        if not isinstance(item, TransformDecl) or not isinstance(item.body, VerbsBody):
            continue
        for verb in item.body.verbs:
            if not isinstance(verb, (Derive, Group)) or verb.span.file is not document.file:
                continue
            for name, value in verb.bindings:
                column = verb.schema.get(name)
                place = column.origin if column is not None else None
                if place is not None and start <= place.end <= end and value.type.kind != "any":
                    found.append(_hint(document, place.end, str(value.type)))
    return found


def _hint(document: Document, offset: int, written: str) -> types.InlayHint:
    short = written if len(written) <= LONGEST else f"{written[: LONGEST - 1]}…"
    position = document.lines.position(offset)
    tooltip = written if short != written else None
    return types.InlayHint(position, f": {short}", types.InlayHintKind.Type, tooltip=tooltip)
