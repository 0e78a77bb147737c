"""Placeholders of SQL blocks: `{customers}` and `{data.train}` stand for tables of the program."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

# Strings, quoted names and comments come first, so that braces in them stay theirs.
_PIECE = re.compile(
    r"""'(?:[^']|'')*'|"(?:[^"]|"")*"|--[^\n]*|/\*.*?\*/|\{(?P<name>[^\W\d]\w*(?:\.[^\W\d]\w*)?)\}""",
    re.DOTALL,
)


def placeholders(text: str) -> Iterator[tuple[str, int]]:
    """The names in the placeholders of a SQL text, each with the offset of its first letter."""
    return ((found["name"], found.start("name")) for found in _PIECE.finditer(text) if found["name"])


def replaced(text: str, write: Callable[[str], str]) -> str:
    """The text with what `write` makes of its name in place of each placeholder."""
    return _PIECE.sub(lambda found: write(found["name"]) if found["name"] else found[0], text)
