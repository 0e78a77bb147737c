"""Edits that take more than a word's place."""

from __future__ import annotations

from mldsl.diagnostics.model import Edit
from mldsl.source import Span

_BLANK = " \t"


def without(span: Span) -> Edit:
    """Takes a statement away: its whole line where it has one for itself, else the `;` on one side of it too."""
    text = span.file.text
    start, end = span.start, span.end
    while start > 0 and text[start - 1] in _BLANK:
        start -= 1
    while end < len(text) and text[end] in _BLANK:
        end += 1
    first = start == 0 or text[start - 1] == "\n"
    if first and text[end : end + 1] in ("", "\n", "\r"):
        line = text.find("\n", end)
        return Edit(Span(span.file, start, len(text) if line < 0 else line + 1), "")
    if start > 0 and text[start - 1] == ";":
        return Edit(Span(span.file, start - 1, span.end), "")
    if text[end : end + 1] == ";":
        end += 1
        while end < len(text) and text[end] in _BLANK:
            end += 1
        return Edit(Span(span.file, span.start, end), "")
    return Edit(Span(span.file, start, span.end), "")


def beside(span: Span, statement: str) -> Edit:
    """Puts a statement behind another one: on a line of its own where that has one, else behind a `;`."""
    text = span.file.text
    line = text.rfind("\n", 0, span.start) + 1
    indent = text[line : span.start]
    end = text[span.end : span.end + 1]
    apart = f"\n{indent}" if not indent.strip() and end in ("", "\n", "\r") else "; "
    return Edit(Span(span.file, span.end, span.end), f"{apart}{statement}")
