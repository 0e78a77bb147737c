"""From raw tokens to what the grammar takes: comments are set aside, line ends become statement ends."""

from __future__ import annotations

from mldsl.records import record
from mldsl.source import SourceFile, Span
from mldsl.syntax.tokens import END, FINISH, Token
from mldsl.syntax.tree import Comment

_SIGNS = frozenset(
    {"EQUAL", "COLON", "COMMA", "VBAR", "COMPARE", "COALESCE", "PLUS", "MINUS", "TIMES", "POWER", "DOTS"}
)
_WORDS = frozenset({"OR", "AND", "NOT", "BETWEEN", "IN", "IS", "REFERENCES", "OVER", "IF", "THEN", "ELSE"})
GOES_ON_AFTER = _SIGNS | _WORDS
"""A line that ends in one of these goes on: nothing can end there."""

GOES_ON_BEFORE = frozenset({"ELSE", "AND", "OR", "COALESCE", "VBAR"})
"""A line that starts with one of these belongs to the line before it."""


@record
class Layout:
    """The parser's tokens, closed by one at the file's end, and the comments."""

    tokens: list[Token]
    comments: tuple[Comment, ...]


def lay_out(file: SourceFile, raw: list[Token]) -> Layout:
    """Apply the rules of lines: which line's end ends a statement. Several ends in a row count once."""
    tokens: list[Token] = []
    comments: list[Comment] = []
    depth = 0
    newline: Token | None = None
    fresh_line = True
    last = END
    for token in raw:
        kind = token.type
        if kind == "NEWLINE":
            fresh_line = True
            if newline is None and depth == 0 and last not in GOES_ON_AFTER:
                newline = token
            continue
        if kind == "COMMENT":
            comments.append(_comment(file, token, fresh_line))
            continue
        fresh_line = fresh_line and kind == "SEMICOLON"
        if newline is not None:
            if last != END and last != "LBRACE" and kind not in GOES_ON_BEFORE:
                tokens.append(Token(END, "\n", newline.start, newline.end))
            newline = None
        if kind == "SEMICOLON":
            token.type = kind = END
        elif kind == "LPAR":
            depth += 1
        elif kind == "RPAR":
            depth = max(depth - 1, 0)
        tokens.append(token)
        last = kind
    size = len(file.text)
    tokens.append(Token(FINISH, "", size, size))
    return Layout(tokens, tuple(comments))


def _comment(file: SourceFile, token: Token, own_line: bool) -> Comment:
    text = token.text.rstrip()
    return Comment(Span(file, token.start, token.start + len(text)), text, own_line)


CLOSERS = {"LPAR": "RPAR", "LBRACE": "RBRACE"}


def nesting(raw: list[Token]) -> tuple[int, bool]:
    """The greatest depth of nesting, and whether every bracket has its counterpart."""
    stack: list[str] = []
    deepest, balanced = 0, True
    for token in raw:
        kind = token.type
        if kind == "LPAR" or kind == "LBRACE":
            balanced = balanced and not (kind == "LBRACE" and stack and stack[-1] == "RPAR")
            stack.append(CLOSERS[kind])
            deepest = max(deepest, len(stack))
        elif kind == "RPAR" or kind == "RBRACE":
            if stack and stack[-1] == kind:
                stack.pop()
            else:
                balanced = False
    return deepest, balanced and not stack
