"""Folding: blocks between braces, and comments of several lines."""

from __future__ import annotations

from collections.abc import Iterator

from lsprotocol import types

from mldsl.lsp.documents import Document


def folding(document: Document) -> list[types.FoldingRange]:
    """What can be folded, in order of place."""
    found = [*_blocks(document), *_comments(document)]
    return sorted(found, key=lambda item: (item.start_line, item.end_line))


def _blocks(document: Document) -> Iterator[types.FoldingRange]:
    """From the line of a `{` to the line before its `}`, which stays visible."""
    opened: list[int] = []
    for token in document.reading.tokens:
        if token.type == "LBRACE":
            opened.append(document.lines.position(token.start).line)
        elif token.type == "RBRACE" and opened:
            first, last = opened.pop(), document.lines.position(token.start).line - 1
            if last > first:
                yield types.FoldingRange(first, last, kind=types.FoldingRangeKind.Region)


def _comments(document: Document) -> Iterator[types.FoldingRange]:
    """Comments on lines of their own that follow each other."""
    lines = [
        document.lines.position(item.span.start).line
        for item in document.reading.result.module.comments
        if item.own_line
    ]
    first = 0
    for at, line in enumerate(lines):
        if at + 1 == len(lines) or lines[at + 1] != line + 1:
            if line > lines[first]:
                yield types.FoldingRange(lines[first], line, kind=types.FoldingRangeKind.Comment)
            first = at + 1
