"""Completion that knows the place: what may stand at the cursor, also in a file that is broken there."""

from __future__ import annotations

from lsprotocol import types

from mldsl.lsp.completion.blocks import in_block
from mldsl.lsp.completion.candidates import Candidate
from mldsl.lsp.completion.facts import Facts, facts_at
from mldsl.lsp.completion.place import Place, place_at
from mldsl.lsp.completion.strings import in_string
from mldsl.lsp.completion.top import at_top
from mldsl.lsp.documents import Document
from mldsl.lsp.workspace import Workspace

_PLAIN = types.InsertTextFormat.PlainText
_SNIPPET = types.InsertTextFormat.Snippet


def complete(workspace: Workspace, document: Document, offset: int) -> types.CompletionList:
    """What may stand at an offset, the likeliest first."""
    place = place_at(document, offset)
    if place is None:
        return types.CompletionList(False, [])
    found = candidates(facts_at(workspace, document, place), place)
    once = {item.label: item for item in reversed(found)}
    items = [_item(item, at, place, document) for at, item in enumerate(reversed(once.values()))]
    return types.CompletionList(False, items)


def candidates(facts: Facts, place: Place) -> list[Candidate]:
    """What may stand at a place, in order."""
    if place.string is not None:
        return list(in_string(facts, place))
    return list(in_block(facts, place) if place.blocks else at_top(facts, place))


def _item(item: Candidate, at: int, place: Place, document: Document) -> types.CompletionItem:
    text = item.insert if item.insert is not None else item.label
    return types.CompletionItem(
        label=item.label,
        kind=item.kind,
        detail=item.detail or None,
        documentation=types.MarkupContent(types.MarkupKind.Markdown, item.doc) if item.doc else None,
        sort_text=f"{at:04}",
        filter_text=text if text.startswith(("`", '"')) else item.label,
        insert_text_format=_SNIPPET if item.snippet else _PLAIN,
        text_edit=types.TextEdit(document.lines.range(place.start, place.end), text),
    )
