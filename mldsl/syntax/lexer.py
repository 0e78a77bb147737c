"""Text to raw tokens: one regular expression made of the grammar's terminals, in lark's order."""

from __future__ import annotations

import re

from mldsl.diagnostics.model import Diagnostic, Edit
from mldsl.source import Span
from mldsl.syntax.lowering.context import Context
from mldsl.syntax.table import Table
from mldsl.syntax.tokens import MAX_ERRORS, Token


class Lexer:
    """Splits a file into tokens; newlines, `;` and comments are still among them, spaces are not."""

    __slots__ = ("_pattern", "_words")

    def __init__(self, table: Table) -> None:
        self._pattern = re.compile("|".join(f"(?P<{name}>{pattern})" for name, pattern in table.terminals))
        self._words = table.words

    def tokens(self, context: Context) -> list[Token]:
        """The file's tokens. What is no token is reported and mended: read as what it was most likely meant to be.

        Behind `MAX_ERRORS` mistakes nothing is read any more.
        """
        found: list[Token] = []
        words = self._words
        for match in self._pattern.finditer(context.file.text):
            kind = match.lastgroup
            if kind == "SPACE" or kind is None:
                continue
            text = match.group()
            if kind == "NAME":
                kind = words.get(text, kind)
            token = Token(kind, text, match.start(), match.end())
            if kind.startswith(("BAD_", "OPEN_")):
                _mend(token, context)
                if len(context.diagnostics.items) > MAX_ERRORS:
                    break
            if token.type != "BAD_CHARACTER":
                found.append(token)
        return found


def _mend(token: Token, context: Context) -> None:
    """Report what is no token, and make it the nearest thing that is one."""
    file = context.file
    span = Span(file, token.start, token.end)
    match token.type:
        case "OPEN_RAW_STRING":
            _never_closed(token, context, 'this `"""` block', 3, 'close it with `"""`')
            token.type = "RAW_STRING"
        case "OPEN_STRING":
            help_ = 'close it with `"` on the same line; a text of several lines stands between `"""`'
            _never_closed(token, context, "this string", 1, help_)
            token.type = "STRING"
        case "OPEN_NAME":
            _never_closed(token, context, "this name", 1, "close it with a backtick on the same line")
            token.type = "QUOTED_NAME"
        case "BAD_STRING":
            wanted = '"' + token.text[1:-1].replace('"', '\\"') + '"'
            help_, edit = f"write `{wanted}`", Edit(span, wanted)
            context.report(Diagnostic("ML001", "a text stands between double quotes", span, help=help_, edit=edit))
            token.type, token.text = "STRING", wanted
        case "BAD_BARE_DATE":
            wanted = "@" + token.text
            edit = Edit(span, wanted)
            context.report(Diagnostic("ML003", "a date starts with `@`", span, help=f"write `{wanted}`", edit=edit))
            token.type, token.text = "DATETIME" if "T" in wanted else "DATE", wanted
        case "BAD_DATE":
            token.type = "DATETIME" if "T" in token.text else "DATE"
        case "BAD_NUMBER":
            token.type = _number_kind(token.text)
        case _:
            _bad_character(token, context)


def _never_closed(token: Token, context: Context, what: str, width: int, help_: str) -> None:
    start = Span(context.file, token.start, token.start + width)
    context.report(Diagnostic("ML002", f"{what} is never closed", start, help=help_))
    context.mended.append(token.start)
    context.doubt(token.start)


def _number_kind(text: str) -> str:
    """What a malformed number was meant to be; its lowering says what is wrong with it."""
    if text.endswith("%"):
        return "PERCENT"
    if re.search(r"[KMGTP]i?[bB]?$", text):
        return "SIZE"
    if re.search(r"[^\W\d_]", text):
        return "DURATION"
    return "INT"


_MEANT = {
    "&": ("AND", "and"),
    "!": ("NOT", "not"),
    "^": ("POWER", "**"),
    "×": ("TIMES", "*"),
    "÷": ("TIMES", "/"),
    "−": ("MINUS", "-"),
    "–": ("MINUS", "-"),
    "≤": ("COMPARE", "<="),
    "≥": ("COMPARE", ">="),
    "≠": ("COMPARE", "!="),
    "[": ("LPAR", "("),
    "]": ("RPAR", ")"),
}
"""Characters of other languages, and what is written here instead."""


def _bad_character(token: Token, context: Context) -> None:
    """Report a character (a second `&` of `&&` is not reported again) and read it as what is written here instead."""
    span = Span(context.file, token.start, token.end)
    character = token.text
    shown = f"`{character}`" if character.isprintable() else f"U+{ord(character):04X}"
    kind, meant = _MEANT.get(character, (None, None))
    again = token.start > 0 and context.file.text[token.start - 1] == character
    if again and context.is_mended(token.start - 1, token.start - 1):
        context.mended.append(token.start)
        return
    context.mended.append(token.start)
    help_ = f"write `{meant}`" if meant else None
    if character in "[]":
        help_ = "a list stands between `(` and `)`"
    edit = Edit(span, meant) if meant and not meant.isalpha() else None
    if character != "]" or not _opened_before(token, context):
        context.report(Diagnostic("ML001", f"unexpected character {shown}", span, help=help_, edit=edit))
    if kind is not None and meant is not None:
        token.type, token.text = kind, meant
    else:
        context.doubt(token.start)


def _opened_before(token: Token, context: Context) -> bool:
    """Whether a `[` stands on the same line before this `]`, and was reported."""
    line = context.file.text.rfind("\n", 0, token.start) + 1
    return "[" in context.file.text[line : token.start]
