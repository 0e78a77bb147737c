"""Statements and blocks to lines: indentation, blank lines, alignment, comments."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mldsl.syntax import tree
from mldsl.syntax.fmt.align import Columns, Padding
from mldsl.syntax.fmt.breaking import WIDTH, Breaker
from mldsl.syntax.fmt.pieces import Block, Item, Piece, Remark, Statement, own_tokens
from mldsl.syntax.fmt.spacing import Spacing
from mldsl.syntax.tokens import Token
from mldsl.syntax.walk import nodes

_STEP = 2
_HANG = 4


@dataclass(slots=True)
class Layouter:
    """Lays out one file; knows from its tree what each statement is."""

    spacing: Spacing
    breaker: Breaker
    columns: Columns

    @classmethod
    def of(cls, module: tree.Module) -> Layouter:
        """For the statements of `module`."""
        callees: list[int] = []
        names: list[int] = []
        for node in nodes(module):
            match node:
                case tree.Name():
                    names.append(node.span.start)
                case tree.Call(function=name) | tree.TypeName(name=name):
                    callees.append(name.span.start)
        spacing = Spacing(callees, names)
        return cls(spacing, Breaker(spacing), Columns.of_module(module, spacing))

    def file(self, block: Block) -> str:
        """The whole text, ending in one line feed (or empty)."""
        lines: list[str] = []
        before: Item | None = None
        for item in block.items:
            if before is not None and self._stands_apart(before, item):
                lines.append("")
            lines += self._item(item, 0, self.columns.none())
            before = item
        return "\n".join(lines) + "\n" if lines else ""

    def _stands_apart(self, before: Item, item: Item) -> bool:
        """Whether a blank line stands between two items of a file."""
        if isinstance(before, Remark):
            return item.gap
        if isinstance(item, Remark):
            return True
        together = before.block is None and item.block is None and _word(before) == _word(item)
        return item.gap or not together

    # --- one item ----------------------------------------------------------------------------------------------------

    def _item(self, item: Item, indent: int, padding: Padding) -> list[str]:
        if isinstance(item, Remark):
            return [" " * indent + item.comment.text]
        lines = self._statement(item, indent, padding)
        if item.comment is not None:
            lines[-1] += "  " + item.comment.text
        return lines

    def _statement(self, statement: Statement, indent: int, padding: Padding) -> list[str]:
        if statement.block is None:
            return self._head(statement, indent, 0, padding)
        flat = self._one_line(statement)
        if flat is not None and indent + len(flat) <= WIDTH:
            return [" " * indent + flat]
        if not statement.block.items and statement.block.comment is None:
            head = self._head(statement, indent, 3, padding)
            return [*head[:-1], head[-1] + " {}"]
        head = self._head(statement, indent, 2, padding)
        opened = head[-1] + " {" + (f"  {statement.block.comment.text}" if statement.block.comment else "")
        return [*head[:-1], opened, *self._block(statement.block, indent + _STEP), " " * indent + "}"]

    def _one_line(self, statement: Statement) -> str | None:
        """The statement on one line, if it was written so and holds no comment."""
        if any(not isinstance(piece, Token) for piece in statement.head):
            return None
        head = self.spacing.line(own_tokens(statement))
        if statement.block is None:
            return head if "\n" not in head else None
        if not statement.block.one_line:
            return None
        inside: list[str] = []
        for item in statement.block.items:
            line = self._one_line(item) if isinstance(item, Statement) else None
            if line is None:
                return None
            inside.append(line)
        return f"{head} {{ {'; '.join(inside)} }}" if inside else f"{head} {{}}"

    def _block(self, block: Block, indent: int) -> list[str]:
        lines: list[str] = []
        for run in _runs(block.items):
            if lines and run[0].gap:
                lines.append("")
            padding = self.columns.of(run, WIDTH - indent)
            for item in run:
                lines += self._item(item, indent, padding)
        return lines

    # --- a statement's own tokens ------------------------------------------------------------------------------------

    def _head(self, statement: Statement, indent: int, tail: int, padding: Padding) -> list[str]:
        if any(not isinstance(piece, Token) for piece in statement.head):
            return self._commented(statement.head, indent)
        prefix, rest = padding.prefix(statement)
        lines = self.breaker.lines(rest, indent, indent + len(prefix), tail)
        return [" " * indent + prefix + lines[0], *lines[1:]]

    def _commented(self, head: list[Piece], indent: int) -> list[str]:
        """A statement with comments inside: a new line after each of them, its other lines filled."""
        lines: list[str] = []
        run: list[Token] = []
        for piece in head:
            if isinstance(piece, Token):
                run.append(piece)
                continue
            lines += self._filled(run, indent if not lines else indent + _HANG)
            run = []
            if piece.own_line:
                lines.append(" " * (indent + _HANG) + piece.text)
            else:
                lines[-1] += "  " + piece.text
        return lines + self._filled(run, indent if not lines else indent + _HANG)

    def _filled(self, tokens: list[Token], indent: int) -> list[str]:
        """Tokens of a statement, broken behind commas only."""
        lines: list[list[Token]] = []
        for part in _after_commas(tokens):
            if lines and indent + len(self.spacing.line(lines[-1] + part)) <= WIDTH:
                lines[-1] = lines[-1] + part
            else:
                lines.append(part)
        return [" " * indent + self.spacing.line(line) for line in lines]


def _word(item: Statement) -> str:
    first = item.head[0]
    return first.text if isinstance(first, Token) else ""


def _runs(items: list[Item]) -> Iterator[list[Item]]:
    """Items that no blank line divides."""
    run: list[Item] = []
    for item in items:
        if run and item.gap:
            yield run
            run = []
        run.append(item)
    if run:
        yield run


def _after_commas(tokens: list[Token]) -> Iterator[list[Token]]:
    part: list[Token] = []
    for token in tokens:
        part.append(token)
        if token.type == "COMMA":
            yield part
            part = []
    if part:
        yield part
