"""What a diagnostic is: a code, a place, a sentence, further places and a way out."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from mldsl.diagnostics.codes import CODES, Severity
from mldsl.diagnostics.suggest import Hint
from mldsl.records import record
from mldsl.source import Span


@record
class Label:
    """A second place that the diagnostic talks about, and what is there."""

    span: Span
    text: str


@record
class Edit:
    """A certain mend: replace `span` by `replacement`."""

    span: Span
    replacement: str


@record
class Diagnostic:
    """One mistake, reported once.

    `label` is the short text beside the carets of `span` (may be empty); `message` is the sentence of the headline;
    `help` says what to write instead.
    """

    code: str
    message: str
    span: Span
    label: str = ""
    labels: tuple[Label, ...] = ()
    help: str | None = None
    edit: Edit | None = None

    @property
    def severity(self) -> Severity:
        """As the table of codes has it."""
        return CODES[self.code].severity


@dataclass(slots=True)
class DiagnosticBag:
    """Collects diagnostics during a stage; the same code at the same span is kept once."""

    items: list[Diagnostic] = field(default_factory=list)
    _seen: set[tuple[str, Span]] = field(default_factory=set)

    def add(self, diagnostic: Diagnostic) -> None:
        """Keep `diagnostic` unless its code was already reported at its span; a hint's mend becomes its edit."""
        hint = diagnostic.help
        if diagnostic.edit is None and isinstance(hint, Hint) and diagnostic.span.text == hint.wrong:
            diagnostic = replace(diagnostic, edit=Edit(diagnostic.span, hint.right))
        key = (diagnostic.code, diagnostic.span)
        if key not in self._seen:
            self._seen.add(key)
            self.items.append(diagnostic)

    def __iter__(self) -> Iterator[Diagnostic]:
        return iter(self.items)

    @property
    def has_errors(self) -> bool:
        """Whether one of them is an error."""
        return any(item.severity is Severity.ERROR for item in self.items)
