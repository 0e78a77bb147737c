"""Brackets that are never closed: reported at their start, and closed where they were most likely meant to be."""

from __future__ import annotations

from mldsl.diagnostics.model import Diagnostic
from mldsl.source import Span
from mldsl.syntax.layout import CLOSERS, nesting
from mldsl.syntax.lowering.context import Context
from mldsl.syntax.recovery.braces import balance_braces
from mldsl.syntax.recovery.parentheses import close_parentheses
from mldsl.syntax.tokens import MAX_DEPTH, WRONG, Token


def balance(raw: list[Token], context: Context) -> list[Token]:
    """The same tokens when every bracket is closed, else as many as are needed to close them."""
    deepest, balanced = nesting(raw)
    if deepest > MAX_DEPTH:
        raw = _cut_deep(raw, context)
        _, balanced = nesting(raw)
    if balanced:
        return raw
    return balance_braces(close_parentheses(raw, context), context)


def _cut_deep(raw: list[Token], context: Context) -> list[Token]:
    """Replace what nests too deeply, or the rest of its line if it is never closed, by one token that no rule takes."""
    closers = _closers(raw)
    kept: list[Token] = []
    depth = index = 0
    while index < len(raw):
        token = raw[index]
        if token.type in CLOSERS and depth == MAX_DEPTH:
            if not kept or kept[-1].type != WRONG:
                _report_depth(token, context)
                kept.append(Token(WRONG, token.text, token.start, token.end))
            index = closers[index] + 1 if index in closers else _next_newline(raw, index)
            continue
        depth += token.type in CLOSERS
        depth -= token.type in ("RPAR", "RBRACE") and depth > 0
        kept.append(token)
        index += 1
    # the one message is enough: nothing is said about the brackets around it
    unclosed = (token.start for index, token in enumerate(raw) if token.type in CLOSERS and index not in closers)
    context.mended = sorted([*context.mended, *unclosed])
    return kept


def _next_newline(raw: list[Token], index: int) -> int:
    return next((at for at in range(index, len(raw)) if raw[at].type == "NEWLINE"), len(raw))


def _closers(raw: list[Token]) -> dict[int, int]:
    """The index of each closed bracket's counterpart."""
    found: dict[int, int] = {}
    stack: list[int] = []
    for index, token in enumerate(raw):
        if token.type in CLOSERS:
            stack.append(index)
        elif token.type in ("RPAR", "RBRACE"):
            while stack and token.type == "RBRACE" and raw[stack[-1]].type == "LPAR":
                stack.pop()
            if stack and CLOSERS[raw[stack[-1]].type] == token.type:
                found[stack.pop()] = index
    return found


def _report_depth(token: Token, context: Context) -> None:
    message = f"nested too deeply (more than {MAX_DEPTH} levels)"
    context.report(Diagnostic("ML001", message, Span(context.file, token.start, token.end)))
