"""Diagnostics for code scanning: a SARIF 2.1.0 log (OASIS, errata 01), for `mldsl check --format sarif`."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mldsl.diagnostics.codes import CODES
from mldsl.diagnostics.model import Diagnostic, Edit, Label
from mldsl.diagnostics.pages import page
from mldsl.source import Span

SCHEMA = "https://docs.oasis-open.org/sarif/sarif/v2.1.0/errata01/os/schemas/sarif-schema-2.1.0.json"


def document(diagnostics: Iterable[Diagnostic], version: str) -> dict[str, object]:
    """The whole log as plain data; `version` is that of the tool. The rules are the codes that occur."""
    found = list(diagnostics)
    codes = sorted({item.code for item in found})
    driver = {"name": "mldsl", "semanticVersion": version, "rules": [_rule(code) for code in codes]}
    results = [_result(item, codes.index(item.code)) for item in found]
    run = {"tool": {"driver": driver}, "columnKind": "unicodeCodePoints", "results": results}
    return {"$schema": SCHEMA, "version": "2.1.0", "runs": [run]}


def _rule(code: str) -> dict[str, object]:
    """One code: its title, its severity, and its page as the help."""
    entry = CODES[code]
    text = page(code)
    return {
        "id": code,
        "shortDescription": {"text": entry.title},
        "fullDescription": {"text": _said(text)},
        "help": {"text": text, "markdown": text},
        "defaultConfiguration": {"level": entry.severity.value},
    }


def _said(text: str) -> str:
    """What a page says first: the paragraphs before its first section, without the title and the severity."""
    _, _, body = text.partition("\n\n")
    paragraphs = body.partition("\n## ")[0].strip().split("\n\n")
    return " ".join(" ".join(paragraphs[1:] or paragraphs).split())


def _result(item: Diagnostic, index: int) -> dict[str, object]:
    result: dict[str, object] = {
        "ruleId": item.code,
        "ruleIndex": index,
        "level": item.severity.value,
        "message": {"text": _escaped(item.message if item.help is None else f"{item.message}\n{item.help}")},
        "locations": [{"physicalLocation": _place(item.span)}],
    }
    if item.labels:
        result["relatedLocations"] = _related(item.labels)
    if item.edit is not None:
        result["fixes"] = [_fix(item.edit)]
    return result


def _related(labels: Sequence[Label]) -> list[dict[str, object]]:
    related: list[dict[str, object]] = []
    for number, label in enumerate(labels, 1):
        place: dict[str, object] = {"id": number, "physicalLocation": _place(label.span)}
        related.append(place | ({"message": {"text": _escaped(label.text)}} if label.text else {}))
    return related


def _fix(edit: Edit) -> dict[str, object]:
    replacement: dict[str, object] = {"deletedRegion": _region(edit.span)}
    if edit.replacement:
        replacement["insertedContent"] = {"text": edit.replacement}
    change = {"artifactLocation": _artifact(edit.span), "replacements": [replacement]}
    what = f"write `{edit.replacement}`" if edit.replacement else "take it away"
    return {"description": {"text": _escaped(what)}, "artifactChanges": [change]}


def _place(span: Span) -> dict[str, object]:
    return {"artifactLocation": _artifact(span), "region": _region(span)}


def _region(span: Span) -> dict[str, object]:
    """Lines and columns from 1, the end behind the last character."""
    start, end = span.file.position(span.start), span.file.position(span.end)
    return {"startLine": start.line, "startColumn": start.column, "endLine": end.line, "endColumn": end.column}


def _artifact(span: Span) -> dict[str, object]:
    """The file as a URI, relative where its path is."""
    from pathlib import Path
    from urllib.parse import quote

    path = Path(span.file.path)
    return {"uri": path.as_uri() if path.is_absolute() else quote(path.as_posix())}


def _escaped(text: str) -> str:
    """Text in which braces are themselves: in messages they stand around what is filled in (section 3.11.5).

    Pages are no such messages: nothing is ever filled in, and code scanning shows them as they are.
    """
    return text.replace("{", "{{").replace("}", "}}")
