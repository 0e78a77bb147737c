"""Code actions: the mends that diagnostics are certain of."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types

from mldsl.diagnostics.model import Diagnostic
from mldsl.lsp.documents import Document
from mldsl.lsp.snapshot import Snapshot


def actions(snapshot: Snapshot, document: Document, range_: types.Range) -> list[types.CodeAction]:
    """The mends of what is wrong within a range, and one for all of the file's where there are several."""
    start, end = document.offset(range_.start), document.offset(range_.end)
    mends = list(_mends(snapshot, document))
    here = [item for item in mends if item.span.start <= end and item.span.end >= start]
    found = [_action(item, document) for item in here]
    if here and len(mends) > 1:
        edits = [edit for item in mends for edit in _edits(item, document)]
        title = f"Mend all {len(mends)} that mldsl can"
        found.append(types.CodeAction(title, types.CodeActionKind.QuickFix, edit=_workspace_edit(document, edits)))
    return found


def _mends(snapshot: Snapshot, document: Document) -> Iterator[Diagnostic]:
    for item in snapshot.analysis.diagnostics:
        if item.edit is not None and item.span.file is document.file and item.edit.span.file is document.file:
            yield item


def _action(item: Diagnostic, document: Document) -> types.CodeAction:
    assert item.edit is not None
    new = item.edit.replacement
    title = f"Replace by `{new}`" if new.strip() else f"Remove `{item.edit.span.text.strip()}`"
    return types.CodeAction(
        title if "\n" not in title and len(title) < 80 else f"Mend {item.code}",
        types.CodeActionKind.QuickFix,
        edit=_workspace_edit(document, _edits(item, document)),
        is_preferred=True,
    )


def _edits(item: Diagnostic, document: Document) -> list[types.TextEdit]:
    assert item.edit is not None
    return [types.TextEdit(document.range(item.edit.span), item.edit.replacement)]


def _workspace_edit(document: Document, edits: list[types.TextEdit]) -> types.WorkspaceEdit:
    return types.WorkspaceEdit(changes={document.uri: edits})
