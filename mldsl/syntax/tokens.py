"""Tokens, as the layout hands them to the parser."""

from __future__ import annotations

END = "_END"
"""The terminal of a statement's end: a line's end or a `;`."""

FINISH = "$END"
"""The terminal of the file's end."""

WRONG = "WRONG"
"""A token that no rule takes and whose mistake has been reported already."""

NAMES = frozenset({"NAME", "QUOTED_NAME"})
"""Terminals that are always names; keywords are names where the grammar takes one."""

EXPRESSION_WORDS = frozenset(
    {"if", "then", "else", "and", "or", "not", "in", "is", "between", "over", "references", "true", "false", "null"}
)
"""Words that are names only between backticks."""

MAX_DEPTH = 100
"""How many levels brackets may nest, and nodes in the tree: what comes later may walk the tree recursively."""


MAX_ERRORS = 100
"""After so many errors the rest of the file is not read: it is probably no program at all."""


class Token:
    """A terminal's name and the characters `start` up to `end` it was read from."""

    __slots__ = ("end", "start", "text", "type")

    def __init__(self, type_: str, text: str, start: int, end: int) -> None:
        self.type = type_
        self.text = text
        self.start = start
        self.end = end
