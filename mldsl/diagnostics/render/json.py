"""Diagnostics for programs: the JSON document of `mldsl check --format json`."""

from __future__ import annotations

from collections.abc import Iterable

from mldsl.diagnostics.model import Diagnostic
from mldsl.source import Span

VERSION = 1
"""Raised when the document's shape changes in a way that readers notice."""


def document(diagnostics: Iterable[Diagnostic]) -> dict[str, object]:
    """The whole document as plain data."""
    return {"version": VERSION, "diagnostics": [as_object(diagnostic) for diagnostic in diagnostics]}


def as_object(diagnostic: Diagnostic) -> dict[str, object]:
    """One diagnostic as plain data; lines and columns count from 1, columns in characters."""
    return {
        "code": diagnostic.code,
        "severity": diagnostic.severity.value,
        "message": diagnostic.message,
        "file": diagnostic.span.file.path,
        "span": _span(diagnostic.span),
        "labels": [
            {"file": label.span.file.path, "span": _span(label.span), "text": label.text} for label in diagnostic.labels
        ],
        "help": diagnostic.help,
    }


def _span(span: Span) -> dict[str, dict[str, int]]:
    places = {"start": span.start, "end": span.end}
    return {name: span.file.position(at)._asdict() for name, at in places.items()}
