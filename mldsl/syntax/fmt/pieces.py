"""Tokens and comments to statements and blocks, without looking at how they were laid out."""

from __future__ import annotations

from dataclasses import dataclass, field

from mldsl.source import SourceFile
from mldsl.syntax.tokens import END, FINISH, Token
from mldsl.syntax.tree import Comment

Piece = Token | Comment


@dataclass(slots=True)
class Statement:
    """Anything between two statement ends: its own tokens (comments among them), then perhaps a block.

    `comment` is what stands behind it on its last line; `gap` says that a blank line stands before it.
    """

    head: list[Piece]
    block: Block | None = None
    comment: Comment | None = None
    gap: bool = False

    @property
    def start(self) -> int:
        """The offset of its first token."""
        first = self.head[0]
        return first.start if isinstance(first, Token) else first.span.start


@dataclass(slots=True)
class Remark:
    """A comment on a line of its own between two statements."""

    comment: Comment
    gap: bool


Item = Statement | Remark


@dataclass(slots=True)
class Block:
    """`{ … }`, or the whole file. `comment` stands behind the `{`; `one_line` says that it was written on one line."""

    items: list[Item] = field(default_factory=list)
    comment: Comment | None = None
    one_line: bool = False


def own_tokens(statement: Statement) -> list[Token]:
    """A statement's tokens without the comments among them."""
    return [piece for piece in statement.head if isinstance(piece, Token)]


def gather(file: SourceFile, tokens: list[Token], comments: tuple[Comment, ...]) -> Block:
    """The file as one block of statements."""
    pieces: list[Piece] = [*tokens, *comments]
    pieces.sort(key=_start)
    return _Gathering(file, pieces).block(0)


def _start(piece: Piece) -> int:
    return piece.start if isinstance(piece, Token) else piece.span.start


def _end(piece: Piece) -> int:
    return piece.end if isinstance(piece, Token) else piece.span.end


@dataclass(slots=True)
class _Gathering:
    """Walks over the pieces once; `at` is the next one."""

    file: SourceFile
    pieces: list[Piece]
    at: int = 0
    last_end: int = 0

    def block(self, opened: int) -> Block:
        """Everything up to the closing brace, or the file's end; `opened` is where the block begins."""
        block = Block()
        self.last_end = opened
        while True:
            piece = self.pieces[self.at]
            if isinstance(piece, Comment):
                self._remark(block, piece)
            elif piece.type == END:
                self.at += 1
            elif piece.type in ("RBRACE", FINISH):
                block.one_line = "\n" not in self.file.text[opened : piece.start]
                self.at += 1
                self.last_end = piece.end
                return block
            else:
                block.items.append(self._statement())

    def _remark(self, block: Block, comment: Comment) -> None:
        last = block.items[-1] if block.items else None
        if comment.own_line:
            block.items.append(Remark(comment, self._gap(comment.span.start)))
        elif isinstance(last, Statement):
            last.comment = comment
        else:
            block.comment = comment
        self._advance()

    def _gap(self, start: int) -> bool:
        return self.file.text.count("\n", self.last_end, start) > 1

    def _advance(self) -> None:
        self.last_end = _end(self.pieces[self.at])
        self.at += 1

    def _statement(self) -> Statement:
        statement = Statement([], gap=self._gap(_start(self.pieces[self.at])))
        while True:
            piece = self.pieces[self.at]
            if isinstance(piece, Comment):
                if self._ends_behind(self.at):
                    return statement
                statement.head.append(piece)
                self._advance()
            elif piece.type in (END, "RBRACE", FINISH):
                return statement
            elif piece.type == "LBRACE":
                self.at += 1
                statement.block = self.block(piece.end)
            else:
                statement.head.append(piece)
                self._advance()

    def _ends_behind(self, at: int) -> bool:
        """Whether nothing of the statement follows the comment at `at`."""
        while isinstance(piece := self.pieces[at], Comment):
            at += 1
        return piece.type in (END, "RBRACE", FINISH)
