"""A file as the server sees it: what was read of it, and its places in the protocol's terms."""

from __future__ import annotations

from dataclasses import dataclass, field

from lsprotocol import types

from mldsl.lsp.positions import Lines
from mldsl.source import SourceFile, Span
from mldsl.syntax.parser import Reading, read


@dataclass(slots=True, eq=False)
class Document:
    """One version of one file, from the editor's buffer or from disk."""

    uri: str
    file: SourceFile
    lines: Lines
    _reading: Reading | None = field(default=None, repr=False)

    @property
    def reading(self) -> Reading:
        """The tree and the tokens, read when they are first asked for: not every version is looked at."""
        if self._reading is None:
            self._reading = read(self.file)
        return self._reading

    def range(self, span: Span) -> types.Range:
        """The place of a span of this file."""
        return self.lines.range(span.start, span.end)

    def location(self, span: Span) -> types.Location:
        """The place of a span of this file, with the file."""
        return types.Location(self.uri, self.range(span))

    def offset(self, position: types.Position) -> int:
        """The character at a position."""
        return self.lines.offset(position)
