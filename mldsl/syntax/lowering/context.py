"""What a lowering function may need beside its parts: the file, its documentation comments, a place for diagnostics."""

from __future__ import annotations

from dataclasses import dataclass, field

from mldsl.diagnostics.model import Diagnostic, DiagnosticBag
from mldsl.source import SourceFile, Span
from mldsl.syntax.tree import Comment


@dataclass(slots=True, eq=False)
class Context:
    """One parse's surroundings."""

    file: SourceFile
    comments: tuple[Comment, ...] = ()
    diagnostics: DiagnosticBag = field(default_factory=DiagnosticBag)
    _doc_lines: dict[int, str] | None = None

    def report(self, diagnostic: Diagnostic) -> None:
        """Keep a diagnostic."""
        self.diagnostics.add(diagnostic)

    def doc_above(self, span: Span) -> str | None:
        """The text of the `##` lines right above `span`, without their `##`; None when there are none."""
        if self._doc_lines is None:
            self._doc_lines = {
                comment.span.file.position(comment.span.start).line: comment.text.lstrip("#").strip()
                for comment in self.comments
                if comment.own_line and comment.text.startswith("##")
            }
        if not self._doc_lines:
            return None
        line = self.file.position(span.start).line - 1
        found: list[str] = []
        while line in self._doc_lines:
            found.append(self._doc_lines[line])
            line -= 1
        return "\n".join(reversed(found)) if found else None
