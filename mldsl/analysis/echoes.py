"""One mistake, one diagnostic: what follows from text that could not be read stays silent."""

from __future__ import annotations

from collections.abc import Iterable

from mldsl.analysis.files import Files
from mldsl.diagnostics.codes import Severity
from mldsl.diagnostics.model import Diagnostic
from mldsl.source import SourceFile

# Codes for names that are not known.
_UNKNOWN = ("ML101", "ML201", "ML405")
_SYNTAX = ("ML001", "ML002", "ML003", "ML004")


def without_echoes(found: Iterable[Diagnostic], files: Files) -> list[Diagnostic]:
    """`found` without what follows from text that could not be read.

    On a line with a syntax error nothing else is said, and names that such a line seems to declare are believed. Where
    a whole imported file is missing all unknown names are, unless one that is near shows that it is a slip.
    """
    broken = _broken_lines(files)
    return [item for item in found if item.code in _SYNTAX or not _is_echo(item, files, broken)]


def _broken_lines(files: Files) -> set[tuple[SourceFile, int]]:
    wrong = (item.span for item in files.diagnostics if item.code in _SYNTAX)
    return {(span.file, span.file.position(span.start).line) for span in wrong}


def _is_echo(item: Diagnostic, files: Files, broken: set[tuple[SourceFile, int]]) -> bool:
    if broken and (item.span.file, item.span.file.position(item.span.start).line) in broken:
        return True
    if item.code not in _UNKNOWN:
        return False
    if item.span.text.strip("`").partition(".")[0] in files.lost:
        return True
    return not files.complete and not (item.help or "").startswith("did you mean")


def in_order(found: Iterable[Diagnostic], main: SourceFile) -> tuple[Diagnostic, ...]:
    """Each mistake once: the main file's first, then by file and place."""
    once: dict[object, Diagnostic] = {}
    for item in found:
        once.setdefault((item.code, item.span), item)
    return tuple(sorted(once.values(), key=lambda item: _place(item, main)))


def _place(item: Diagnostic, main: SourceFile) -> tuple[bool, str, int, bool, int, str]:
    file, start, end = item.span
    return (file is not main, file.path, start, item.severity is Severity.WARNING, end, item.code)
