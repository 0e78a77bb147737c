"""Where the cursor is: the blocks around it, the statement before it, and the calls that are open in that."""

from __future__ import annotations

from mldsl.lsp.documents import Document
from mldsl.records import record
from mldsl.syntax.parser import words
from mldsl.syntax.tokens import END, Token

_QUOTED = ("STRING", "RAW_STRING")
DECLARATIONS = frozenset(
    [
        "pipeline",
        "import",
        "param",
        "source",
        "check",
        "transform",
        "split",
        "model",
        "evaluate",
        "deploy",
        "monitor",
        "profile",
    ]
)
"""The words that begin a declaration."""


@record
class Place:
    """A place in a file, told by the words before it alone, so that a mistake behind it or there does not matter.

    `blocks` has, for each `{` that is open, the words of the statement that it belongs to. `statement` are the words of
    the statement at the cursor; `calls` has, for each `(` open in it, where it stands among them. The characters
    `start` up to `end` are what is being typed, and are not among the words. `string` is what is typed inside quotes.
    """

    blocks: tuple[tuple[Token, ...], ...]
    statement: tuple[Token, ...]
    calls: tuple[int, ...]
    start: int
    end: int
    string: str | None = None

    @property
    def first(self) -> int:
        """The offset at which the statement begins."""
        return self.statement[0].start if self.statement else self.start

    @property
    def texts(self) -> tuple[str, ...]:
        """The words of the statement."""
        return tuple(token.text for token in self.statement)

    @property
    def last(self) -> str:
        """The word right before the cursor; empty at a statement's start."""
        return self.statement[-1].text if self.statement else ""

    def inside(self) -> tuple[str, tuple[str, ...]] | None:
        """The function whose call is open at the cursor (empty for mere parentheses), and the words in it so far."""
        if not self.calls:
            return None
        at = self.calls[-1]
        before = self.statement[at - 1] if at else None
        name = before.text if before is not None and _is_word(before) else ""
        return name, self.texts[at + 1 :]


def place_at(document: Document, offset: int) -> Place | None:
    """The place at an offset; None in a comment, where nothing is to be completed."""
    tokens = words(document.file, offset)
    if tokens is None:
        return None
    string = None
    start = offset
    if tokens and tokens[-1].end >= offset and tokens[-1].start < offset:
        last = tokens[-1]
        if last.type in _QUOTED and not _is_closed(document.file.text[last.start : offset]):
            width = 3 if last.type == "RAW_STRING" else 1
            start, string = last.start + width, document.file.text[last.start + width : offset]
            tokens.pop()
        elif last.text[0] == "`" or _is_word(last):
            start = last.start
            tokens.pop()
    return _place(tokens, document.file.text, start, offset, string)


def _place(tokens: list[Token], text: str, start: int, end: int, string: str | None) -> Place:
    blocks: list[tuple[Token, ...]] = []
    statement: list[Token] = []
    calls: list[int] = []
    for token in tokens:
        if not statement and blocks and _declares(token, text):
            # A block before it was never closed.
            blocks = []
        match token.type:
            case "LBRACE":
                blocks.append(tuple(statement))
                statement, calls = [], []
                continue
            case "RBRACE":
                if blocks:
                    blocks.pop()
                statement, calls = [], []
                continue
            case "LPAR":
                calls.append(len(statement))
            case "RPAR":
                if calls:
                    calls.pop()
            case _ if token.type == END:
                statement, calls = [], []
                continue
        statement.append(token)
    return Place(tuple(blocks), tuple(statement), tuple(calls), start, end, string)


def _declares(token: Token, text: str) -> bool:
    """Whether a word at the very start of a line begins a declaration."""
    return token.text in DECLARATIONS and (token.start == 0 or text[token.start - 1] == "\n")


def _is_word(token: Token) -> bool:
    return token.text[:1].isalpha() or token.text[:1] in ("_", "`")


def _is_closed(text: str) -> bool:
    """Whether the string that `text` begins ends in it."""
    if text.startswith('"""'):
        return len(text) >= 6 and text.endswith('"""')
    at = 1
    while at < len(text):
        if text[at] == '"':
            return True
        at += 2 if text[at] == "\\" else 1
    return False
