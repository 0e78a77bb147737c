"""One mistake, one diagnostic: what follows from text that could not be read stays silent."""

from __future__ import annotations

from collections.abc import Iterable

from mldsl.analysis.files import Files
from mldsl.diagnostics.codes import Severity
from mldsl.diagnostics.model import Diagnostic
from mldsl.source import SourceFile
from mldsl.syntax import tree

# Codes for names that are not known.
_UNKNOWN = ("ML101", "ML201", "ML405")
# Codes for something that is not there.
_ABSENT = ("ML107", "ML407", "ML408", "ML409")
_SYNTAX = ("ML001", "ML002", "ML003", "ML004")


def without_echoes(found: Iterable[Diagnostic], files: Files) -> list[Diagnostic]:
    """`found` without what follows from text that could not be read.

    On a line with a syntax error nothing else is said. Words of what could not be read may be names, and in a
    declaration that is not whole nothing is missing. Where a whole imported file is missing, unknown names are
    believed, unless one that is near shows that it is a slip.
    """
    broken = _broken_lines(files)
    return [item for item in found if item.code in _SYNTAX or not _is_echo(item, files, broken)]


def _broken_lines(files: Files) -> set[tuple[SourceFile, int]]:
    wrong = (item.span for item in files.diagnostics if item.code in _SYNTAX)
    return {(span.file, span.file.position(span.start).line) for span in wrong}


def _is_echo(item: Diagnostic, files: Files, broken: set[tuple[SourceFile, int]]) -> bool:
    if broken and (item.span.file, item.span.file.position(item.span.start).line) in broken:
        return True
    if item.code in _ABSENT or item.code == "ML111":
        return any(_is_inside(item, whole) and _is_absence(item, whole) for whole in files.broken)
    if item.code not in _UNKNOWN:
        return False
    if item.span.text.strip("`").partition(".")[0] in files.unread:
        return True
    return not files.complete and not (item.help or "").startswith("did you mean")


def _is_inside(item: Diagnostic, whole: tree.Declaration) -> bool:
    return item.span.file is whole.span.file and whole.span.start <= item.span.start < whole.span.end


def _is_absence(item: Diagnostic, whole: tree.Declaration) -> bool:
    """Whether what is said may come from what is missing; the shares of a split may be."""
    return item.code in _ABSENT or isinstance(whole, tree.Split)


def in_order(found: Iterable[Diagnostic], main: SourceFile) -> tuple[Diagnostic, ...]:
    """Each mistake once: the main file's first, then by file and place."""
    once: dict[object, Diagnostic] = {}
    for item in found:
        once.setdefault((item.code, item.span), item)
    return tuple(sorted(once.values(), key=lambda item: _place(item, main)))


def _place(item: Diagnostic, main: SourceFile) -> tuple[bool, str, int, bool, int, str]:
    file, start, end = item.span
    return (file is not main, file.path, start, item.severity is Severity.WARNING, end, item.code)
