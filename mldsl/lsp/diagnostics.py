"""Diagnostics in the protocol's terms, by the file that they are about."""

from __future__ import annotations

from lsprotocol import types

from mldsl.diagnostics.codes import Severity
from mldsl.diagnostics.model import Diagnostic
from mldsl.lsp.documents import Document
from mldsl.lsp.snapshot import Snapshot

SOURCE = "mldsl"

_SEVERITIES = {Severity.ERROR: types.DiagnosticSeverity.Error, Severity.WARNING: types.DiagnosticSeverity.Warning}
# Codes of what could as well not be there: editors show it faded.
_UNNECESSARY = ("ML109", "ML703")


def diagnostics_of(snapshot: Snapshot) -> dict[str, list[types.Diagnostic]]:
    """What was found in each file of a program, by the files' URIs; every file is there."""
    found: dict[str, list[types.Diagnostic]] = {item.uri: [] for item in snapshot.documents.values()}
    for item in snapshot.analysis.diagnostics:
        document = snapshot.document(item.span)
        if document is not None:
            found[document.uri].append(_translated(item, document, snapshot))
    return found


def _translated(item: Diagnostic, document: Document, snapshot: Snapshot) -> types.Diagnostic:
    message = item.message if item.help is None else f"{item.message}\nhelp: {item.help}"
    return types.Diagnostic(
        range=document.range(item.span),
        severity=_SEVERITIES[item.severity],
        code=item.code,
        source=SOURCE,
        message=message,
        tags=[types.DiagnosticTag.Unnecessary] if item.code in _UNNECESSARY else None,
        related_information=_related(item, snapshot) or None,
    )


def _related(item: Diagnostic, snapshot: Snapshot) -> list[types.DiagnosticRelatedInformation]:
    found = []
    for label in item.labels:
        document = snapshot.document(label.span)
        if document is not None:
            found.append(types.DiagnosticRelatedInformation(document.location(label.span), label.text or "here too"))
    return found
