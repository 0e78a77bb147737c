"""`(` that are never closed."""

from __future__ import annotations

from mldsl.syntax.lowering.context import Context
from mldsl.syntax.recovery.lines import insert, line_end, report_open
from mldsl.syntax.tokens import Token


def close_parentheses(raw: list[Token], context: Context) -> list[Token]:
    """Close every `(` that a brace or the file's end cuts off, at the end of its own line."""
    open_: list[int] = []
    unclosed: list[int] = []
    for index, token in enumerate(raw):
        if token.type == "LPAR":
            open_.append(index)
        elif token.type == "RPAR":
            if open_:
                open_.pop()
        elif token.type in ("LBRACE", "RBRACE"):
            unclosed += open_
            open_.clear()
    unclosed += open_
    if not unclosed:
        return raw
    inserted: dict[int, int] = {}
    doubled: set[int] = set()
    for index in sorted(unclosed):
        end = line_end(raw, index)
        if end not in inserted:
            report_open(raw[index], raw[index:end], context)
        if raw[index + 1 : index + 2] and raw[index + 1].type == "LPAR":
            doubled.add(id(raw[index]))
        else:
            inserted[end] = inserted.get(end, 0) + 1
    return [token for token in insert(raw, inserted, "RPAR", ")") if id(token) not in doubled]
