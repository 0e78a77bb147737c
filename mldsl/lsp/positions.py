"""Places as the protocol counts them: lines and code units from 0, in the encoding that client and server agreed on."""

from __future__ import annotations

import re
from bisect import bisect_right
from typing import Literal

from lsprotocol import types

Encoding = Literal["utf-8", "utf-16", "utf-32"]

# What ends a line for the protocol; nothing else does, whatever Unicode says.
_END = re.compile(r"\r\n|\n|\r")


class Lines:
    """The lines of a text, and the way between offsets (in characters) and the protocol's positions."""

    __slots__ = ("_encoding", "_starts", "_text")

    def __init__(self, text: str, encoding: Encoding = "utf-16") -> None:
        self._text = text
        self._encoding = encoding
        self._starts = [0, *(found.end() for found in _END.finditer(text))]

    def position(self, offset: int) -> types.Position:
        """The position of a character."""
        line = bisect_right(self._starts, offset) - 1
        return types.Position(line, self._units(self._text[self._starts[line] : offset]))

    def range(self, start: int, end: int) -> types.Range:
        """The positions of the characters `start` up to `end`."""
        return types.Range(self.position(start), self.position(end))

    def offset(self, position: types.Position) -> int:
        """The character at a position; one beyond its line's or the text's end is that end."""
        if position.line >= len(self._starts):
            return len(self._text)
        start = self._starts[position.line]
        line = self.line(position.line)
        if line.isascii():
            return start + min(position.character, len(line))
        units = 0
        for index, character in enumerate(line):
            if units >= position.character:
                return start + index
            units += self._units(character)
        return start + len(line)

    def line(self, number: int) -> str:
        """The text of a line without its end."""
        end = self._starts[number + 1] if number + 1 < len(self._starts) else len(self._text)
        return self._text[self._starts[number] : end].rstrip("\r\n")

    def units(self, offset: int, end: int) -> int:
        """How many code units the characters `offset` up to `end` are."""
        return self._units(self._text[offset:end])

    def __len__(self) -> int:
        return len(self._starts)

    def _units(self, text: str) -> int:
        if text.isascii() or self._encoding == "utf-32":
            return len(text)
        if self._encoding == "utf-8":
            return len(text.encode("utf-8", "surrogatepass"))
        return len(text) + sum(character > "\uffff" for character in text)
