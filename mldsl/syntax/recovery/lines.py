"""Lines of raw tokens, and putting tokens in: what the mending of all brackets shares."""

from __future__ import annotations

from mldsl.diagnostics.model import Diagnostic
from mldsl.source import Span
from mldsl.syntax.layout import GOES_ON_AFTER, GOES_ON_BEFORE
from mldsl.syntax.lowering.context import Context
from mldsl.syntax.tokens import Token

TRIVIA = frozenset({"NEWLINE", "COMMENT"})


def line_end(raw: list[Token], index: int) -> int:
    """The index of the newline, `;` or brace at which the statement around `raw[index]` ends."""
    last = raw[index].type
    for at in range(index + 1, len(raw)):
        kind = raw[at].type
        if kind in ("SEMICOLON", "LBRACE", "RBRACE"):
            return at
        if kind == "NEWLINE" and last not in GOES_ON_AFTER and last != "LPAR" and not goes_on(raw, at):
            return at
        if kind not in TRIVIA:
            last = kind
    return len(raw)


def goes_on(raw: list[Token], at: int) -> bool:
    """Whether the first thing behind `at` belongs to the line before it."""
    while at < len(raw) and raw[at].type in TRIVIA:
        at += 1
    return at < len(raw) and raw[at].type in GOES_ON_BEFORE | {"RPAR"}


def report_open(opener: Token, until: list[Token], context: Context) -> None:
    """Report a bracket once, unless a string that is never closed swallowed its counterpart."""
    if context.mended and any(context.is_mended(token.start, token.start) for token in until):
        return
    closer = {"LPAR": ")", "LBRACE": "}"}[opener.type]
    span = Span(context.file, opener.start, opener.end)
    context.report(Diagnostic("ML002", f"this `{opener.text}` is never closed", span, help=f"close it with `{closer}`"))


def insert(raw: list[Token], places: dict[int, int], kind: str, text: str) -> list[Token]:
    """New tokens before the given indices, so many at each."""
    found: list[Token] = []
    for index in range(len(raw) + 1):
        end = found[-1].end if found else 0
        found += [Token(kind, text, end, end) for _ in range(places.get(index, 0))]
        found += raw[index : index + 1]
    return found
