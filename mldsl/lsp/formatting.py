"""Formatting: the one canonical layout, as `mldsl fmt` writes it."""

from __future__ import annotations

from lsprotocol import types

from mldsl.errors import MldslError
from mldsl.lsp.documents import Document
from mldsl.syntax.fmt import format_text


def formatting(document: Document) -> list[types.TextEdit]:
    """The edit that lays the file out; none where it is laid out already or has syntax errors.

    The edit covers only the lines that change. Raises MldslError where the formatter finds a fault in its own work.
    """
    result = format_text(document.file)
    if result.fault is not None:
        raise MldslError(result.fault)
    if result.text is None or not result.changed:
        return []
    return [_least(document, result.text)]


def _least(document: Document, new: str) -> types.TextEdit:
    """The replacement without the lines at both ends that stay, so that an editor keeps its place."""
    old_lines, new_lines = document.file.text.splitlines(True), new.splitlines(True)
    most = min(len(old_lines), len(new_lines))
    first = next((at for at in range(most) if old_lines[at] != new_lines[at]), most)
    last = next((at for at in range(most - first) if old_lines[-1 - at] != new_lines[-1 - at]), most - first)
    start = sum(map(len, old_lines[:first]))
    end = len(document.file.text) - sum(map(len, old_lines[len(old_lines) - last :]))
    text = "".join(new_lines[first : len(new_lines) - last])
    return types.TextEdit(document.lines.range(start, end), text)
