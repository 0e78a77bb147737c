"""What a lowering function may need beside its parts: the file, its documentation comments, a place for diagnostics."""

from __future__ import annotations

import re
from bisect import bisect_left
from dataclasses import dataclass, field

from mldsl.diagnostics.model import Diagnostic, DiagnosticBag
from mldsl.source import SourceFile, Span
from mldsl.syntax.tree import Comment, Node

_WORD = r"`([^`\n]*)`|([^\W\d]\w*)"


@dataclass(slots=True, eq=False)
class Context:
    """One parse's surroundings.

    `mended` are offsets, in order, at which the lexer already reported something, so that what follows from it stays
    silent. `doubtful` are offsets at which a guess was made about what was meant: the statement around one is left out
    of the tree. `gaps` are the places of what was left out, `unread` the words in them.
    """

    file: SourceFile
    comments: tuple[Comment, ...] = ()
    diagnostics: DiagnosticBag = field(default_factory=DiagnosticBag)
    mended: list[int] = field(default_factory=list)
    doubtful: set[int] = field(default_factory=set)
    unread: set[str] = field(default_factory=set)
    gaps: list[Span] = field(default_factory=list)
    _doc_lines: dict[int, str] | None = None

    def report(self, diagnostic: Diagnostic) -> None:
        """Keep a diagnostic."""
        self.diagnostics.add(diagnostic)

    def is_mended(self, first: int, last: int) -> bool:
        """Whether the lexer reported something between two offsets, both included."""
        at = bisect_left(self.mended, first)
        return at < len(self.mended) and self.mended[at] <= last

    def doubt(self, offset: int) -> None:
        """Leave the statement around `offset` out of the tree."""
        self.doubtful.add(offset)

    def forget(self, node: Node) -> bool:
        """Whether `node` holds a doubtful place; that place then counts as dealt with."""
        inside = bool(self.doubtful) and self.settle(node.span.start, node.span.end)
        if inside:
            self.leave_out(node.span)
        return inside

    def leave_out(self, span: Span) -> None:
        """Note that the text of `span` is not in the tree."""
        self.gaps.append(span)
        self.unread.update(quoted or plain for quoted, plain in re.findall(_WORD, span.text))

    def settle(self, first: int, last: int) -> bool:
        """Count the doubtful places between two offsets as dealt with; whether there are any."""
        inside = {offset for offset in self.doubtful if first <= offset <= last}
        self.doubtful -= inside
        return bool(inside)

    def doc_above(self, span: Span) -> str | None:
        """The text of the `##` lines right above `span`, without their `##`; None when there are none."""
        if self._doc_lines is None:
            self._doc_lines = {
                self.file.position(comment.span.start).line: comment.text[2:].strip()
                for comment in self.comments
                if comment.own_line and comment.text.startswith("##")
            }
        if not self._doc_lines:
            return None
        line, column = self.file.position(span.start)
        if self.file.line(line)[: column - 1].strip():
            return None
        line -= 1
        found: list[str] = []
        while line in self._doc_lines:
            found.append(self._doc_lines[line])
            line -= 1
        return "\n".join(reversed(found)) if found else None
