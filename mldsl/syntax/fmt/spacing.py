"""Tokens on one line: what each looks like, and where a space stands between two of them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from mldsl.syntax.lowering.expressions import SELECTORS
from mldsl.syntax.tokens import EXPRESSION_WORDS, NAMES, Token

_PLAIN = re.compile(r"[^\W\d]\w*\Z")
_TIGHT_AFTER = frozenset({"LPAR", "DOT", "DOTS"})
_TIGHT_BEFORE = frozenset({"RPAR", "COMMA", "COLON", "DOT", "DOTS", "NULLABLE"})
_OPERANDS = NAMES | {"RPAR", "INT", "FLOAT", "PERCENT", "DURATION", "SIZE", "DATE", "DATETIME", "STRING", "RAW_STRING"}
_LITERAL_WORDS = frozenset({"TRUE", "FALSE", "NULL"})


class Spacing:
    """Knows which names are called or given arguments: no space stands between them and their `(`."""

    __slots__ = ("_callees", "_names")

    def __init__(self, callees: Iterable[int], names: Iterable[int]) -> None:
        """`callees` and `names` are the offsets at which called names, and all names, begin."""
        self._callees = frozenset(callees)
        self._names = frozenset(names)

    def line(self, tokens: list[Token]) -> str:
        """The tokens with their canonical spaces."""
        parts: list[str] = []
        for index, token in enumerate(tokens):
            if index and self._space(tokens, index):
                parts.append(" ")
            parts.append(shown(token))
        return "".join(parts)

    def _space(self, tokens: list[Token], index: int) -> bool:
        before, token = tokens[index - 1], tokens[index]
        if before.type in _TIGHT_AFTER or token.type in _TIGHT_BEFORE:
            return False
        if before.type == "MINUS" and self.is_sign(tokens, index - 1):
            return False
        return not (token.type == "LPAR" and before.start in self._callees)

    def is_sign(self, tokens: list[Token], index: int) -> bool:
        """Whether the `-` at `index` is a number's sign, not a difference."""
        if index == 0:
            return True
        before = tokens[index - 1]
        return not (before.type in _OPERANDS or before.type in _LITERAL_WORDS or before.start in self._names)


def shown(token: Token) -> str:
    """A token's text; backticks only where they are needed, line ends as line feeds."""
    if token.type == "RAW_STRING":
        return token.text.replace("\r\n", "\n")
    if token.type != "QUOTED_NAME":
        return token.text
    plain = token.text[1:-1]
    needed = plain in EXPRESSION_WORDS or plain in SELECTORS or plain == "from" or not _PLAIN.match(plain)
    return token.text if needed else plain
