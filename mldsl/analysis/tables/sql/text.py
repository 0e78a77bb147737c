"""The text of a SQL block, and the way from an offset in it to a place in the file."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from mldsl.catalog.placeholders import placeholders, replaced
from mldsl.source import Span
from mldsl.syntax import tree


@dataclass(frozen=True, slots=True)
class SqlText:
    """`text` is what the database gets; `exact` says that its characters stand in the file one for one."""

    text: str
    literal: Span
    exact: bool

    def place(self, start: int, end: int) -> Span:
        """Characters `start` to `end` of the text in the file; the whole literal where escapes blur it."""
        if not self.exact:
            return self.literal
        first = self.literal.start + (3 if self.literal.text.startswith('"""') else 1)
        return Span(self.literal.file, first + start, first + end)

    @property
    def masked(self) -> str:
        """Placeholders as quoted identifiers of the same length: `{customers}` is `"customers"`."""
        return replaced(self.text, lambda name: f'"{name}"')

    def placeholders(self) -> Iterator[tree.Ref]:
        """The tables that the text reads, as references at their places."""
        for name, start in placeholders(self.text):
            at = start
            names = []
            for part in name.split("."):
                names.append(tree.Name(self.place(at, at + len(part)), part))
                at += len(part) + 1
            yield tree.Ref(self.place(start, start + len(name)), tuple(names))


def sql_text(literal: tree.Literal) -> SqlText:
    """The text of a string literal; that of a raw block is taken from the file, line ends included."""
    written = literal.span.text
    if written.startswith('"""'):
        return SqlText(written[3:].removesuffix('"""'), literal.span, True)
    value = str(literal.value)
    return SqlText(value, literal.span, written[1:-1] == value)
