"""How wide text is on a terminal, and a source line as it is shown there: tabs, wide and invisible characters."""

from __future__ import annotations

from unicodedata import category, east_asian_width

from mldsl.records import record

TAB = 4
"""Columns from one tab stop to the next."""

_INVISIBLE = ("Mn", "Me", "Cf")


def visible(text: str) -> str:
    """The same text with control characters as the pictures Unicode has for them, so that none reaches a terminal."""
    return text if text.isprintable() else "".join(map(_visible, text))


def _visible(char: str) -> str:
    if char.isprintable():
        return char
    code = ord(char)
    if code < 0x20:
        return chr(0x2400 + code)
    if code == 0x7F:
        return "\u2421"
    # What else is not printable: other controls, directions of writing, lone surrogates. Joiners make emoji: they stay.
    return char if char in "\u200c\u200d" or category(char) == "Zs" else "\ufffd"


def width(text: str) -> int:
    """How many columns a terminal gives `text`, which has no control characters in it."""
    return len(text) if text.isascii() else sum(map(_char_width, text))


def _char_width(char: str) -> int:
    if char.isascii():
        return 1
    if category(char) in _INVISIBLE:
        return 0
    return 2 if east_asian_width(char) in "WF" else 1


@record
class Cells:
    """A line as shown: `stops[i]` is the column, from 0, at which its `i`-th character starts; the last is the end."""

    text: str
    stops: tuple[int, ...]

    @property
    def width(self) -> int:
        """How many columns the line takes."""
        return self.stops[-1]

    def cut(self, start: int, end: int) -> str:
        """What stands in the columns from `start` to `end`; of a halved wide character a space is left."""
        shown = []
        for char, left, right in zip(self.text, self.stops, self.stops[1:], strict=False):
            if start <= left and right <= end:
                shown.append(char)
            else:
                shown.append(" " * (min(right, end) - max(left, start)))
        return "".join(shown)


@record
class Line:
    """A source line and its `Cells`; `columns[i]` is where the line's own `i`-th character starts on the screen."""

    cells: Cells
    columns: tuple[int, ...]


def lay(line: str) -> Line:
    """Lay out a source line: tabs become spaces up to the next stop, control characters their pictures."""
    shown: list[str] = []
    stops, columns, at = [], [], 0
    for char in line:
        columns.append(at)
        for part in " " * (TAB - at % TAB) if char == "\t" else visible(char):
            shown.append(part)
            stops.append(at)
            at += _char_width(part)
    return Line(Cells("".join(shown), (*stops, at)), (*columns, at))
