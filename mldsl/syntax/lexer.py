"""Text to raw tokens: one regular expression made of the grammar's terminals, in lark's order."""

from __future__ import annotations

import re
from collections.abc import Callable

from mldsl.diagnostics.model import Diagnostic, Edit
from mldsl.source import SourceFile, Span
from mldsl.syntax.table import Table
from mldsl.syntax.tokens import Token

Report = Callable[[Diagnostic], None]


class Lexer:
    """Splits a file into tokens; newlines, `;` and comments are still among them, spaces are not."""

    __slots__ = ("_pattern", "_words")

    def __init__(self, table: Table) -> None:
        self._pattern = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in table.terminals))
        self._words = table.words

    def tokens(self, file: SourceFile, report: Report) -> list[Token]:
        """The file's tokens. What is no token is reported and mended: read as what it was most likely meant to be."""
        found: list[Token] = []
        words = self._words
        for match in self._pattern.finditer(file.text):
            kind = match.lastgroup
            if kind == "SPACE" or kind is None:
                continue
            text = match.group()
            if kind == "NAME":
                kind = words.get(text, kind)
            token = Token(kind, text, match.start(), match.end())
            if kind.startswith(("BAD_", "OPEN_")):
                _mend(token, file, report)
            if token.type != "BAD_CHARACTER":
                found.append(token)
        return found


def _mend(token: Token, file: SourceFile, report: Report) -> None:
    span = Span(file, token.start, token.end)
    match token.type:
        case "OPEN_RAW_STRING":
            report(Diagnostic("ML002", 'this `"""` block is never closed', Span(file, token.start, token.start + 3)))
            token.type = "RAW_STRING"
        case "OPEN_STRING":
            first = Span(file, token.start, token.start + 1)
            help_ = 'close it with `"` on the same line; a text of several lines stands between `"""`'
            report(Diagnostic("ML002", "this string is never closed", first, help=help_))
            token.type = "STRING"
        case "OPEN_NAME":
            first = Span(file, token.start, token.start + 1)
            report(Diagnostic("ML002", "this name is never closed", first, help="close it with a backtick"))
            token.type = "QUOTED_NAME"
        case "BAD_STRING":
            wanted = '"' + token.text[1:-1].replace('"', '\\"') + '"'
            edit = Edit(span, wanted)
            report(
                Diagnostic("ML001", "strings stand between double quotes", span, help=f"write `{wanted}`", edit=edit)
            )
            token.type, token.text = "STRING", wanted
        case "BAD_DATE":
            token.type = "DATETIME" if "T" in token.text else "DATE"
        case "BAD_NUMBER":
            token.type = _number_kind(token.text)
        case _:
            report(_bad_character(token.text, span))


def _number_kind(text: str) -> str:
    """What a malformed number was meant to be; its lowering says what is wrong with it."""
    if text.endswith("%"):
        return "PERCENT"
    if re.search(r"[KMGTP]i?[bB]?$", text):
        return "SIZE"
    if re.search(r"[^\W\d_]", text):
        return "DURATION"
    return "INT"


_MEANT = {"&": "and", "!": "not", "×": "*", "÷": "/", "≤": "<=", "≥": ">=", "≠": "!=", "–": "-", "—": "-", "−": "-"}
_MEANT |= dict.fromkeys("'‘’“”", '"')


def _bad_character(character: str, span: Span) -> Diagnostic:
    shown = f"`{character}`" if character.isprintable() else f"U+{ord(character):04X}"
    meant = _MEANT.get(character)
    return Diagnostic(
        "ML001", f"unexpected character {shown}", span, help=f"did you mean `{meant}`?" if meant else None
    )
