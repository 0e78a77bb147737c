"""Source files, spans in them, and the way from an offset to a line and a column."""

from __future__ import annotations

from bisect import bisect_right
from dataclasses import dataclass, field
from typing import NamedTuple


class Position(NamedTuple):
    """A place in a file; both numbers start at 1, the column counts characters."""

    line: int
    column: int


@dataclass(slots=True, eq=False)
class SourceFile:
    """One file's decoded text.

    `path` is shown to people and is what the user gave (or, for an import, that file's path joined to the importing
    file's folder). `text` has its byte-order mark removed and keeps its line ends as they were, so that offsets are
    indices into `text`.
    """

    path: str
    text: str
    _line_starts: list[int] | None = field(default=None, repr=False)

    @property
    def line_starts(self) -> list[int]:
        """Offsets of the first character of every line."""
        if self._line_starts is None:
            starts, at = [0], self.text.find("\n")
            while at >= 0:
                starts.append(at + 1)
                at = self.text.find("\n", at + 1)
            self._line_starts = starts
        return self._line_starts

    def position(self, offset: int) -> Position:
        """The line and column of a character offset."""
        line = bisect_right(self.line_starts, offset)
        return Position(line, offset - self.line_starts[line - 1] + 1)

    def line(self, number: int) -> str:
        """The text of line `number` (from 1) without its line end; empty beyond the file's end."""
        starts = self.line_starts
        if not 1 <= number <= len(starts):
            return ""
        end = starts[number] if number < len(starts) else len(self.text)
        return self.text[starts[number - 1] : end].rstrip("\r\n")


class Span(NamedTuple):
    """Characters `start` up to, but without, `end` of a file."""

    file: SourceFile
    start: int
    end: int

    @property
    def text(self) -> str:
        """The characters themselves."""
        return self.file.text[self.start : self.end]

    def to(self, other: Span) -> Span:
        """From the start of this span to the end of `other`."""
        return Span(self.file, self.start, other.end)

    @property
    def location(self) -> str:
        """`path:line:column` of the start."""
        line, column = self.file.position(self.start)
        return f"{self.file.path}:{line}:{column}"
