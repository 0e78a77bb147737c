"""Carries out the mends that diagnostics are certain of, and keeps those after which the program is no worse."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from mldsl.analysis.analyze import analyze, load_file
from mldsl.analysis.imports import Load
from mldsl.diagnostics.codes import Severity
from mldsl.diagnostics.model import Diagnostic, Edit
from mldsl.records import record
from mldsl.source import SourceFile
from mldsl.syntax.parser import parse

_ROUNDS = 50
_SYNTAX = ("ML001", "ML002", "ML003", "ML004")


@record
class Mended:
    """A file's text with the mends, and the diagnostics that they were for, as they stood when each was mended."""

    text: str
    done: tuple[Diagnostic, ...]


def mend(file: SourceFile, load: Load = load_file) -> Mended:
    """Mend what is certain in one file, again and again until nothing is left to do. What it imports stays as it is.

    A mend stays only if its diagnostic goes and it makes no other error.
    """
    done: list[Diagnostic] = []
    found = _check(file, load)
    for _ in range(_ROUNDS):
        possible = _apart(item for item in found if item.edit is not None and item.edit.span.file is file)
        taken = next((step for step in _steps(file, possible) if _is_better(found, step, load)), None)
        if taken is None:
            break
        done += taken.done
        file = SourceFile(file.path, taken.text)
        found = _check(file, load)
    return Mended(file.text, tuple(done))


def _check(file: SourceFile, load: Load) -> tuple[Diagnostic, ...]:
    parsed = parse(file)
    return analyze(parsed.module, syntax=parsed.diagnostics, load=load, every_profile=True).diagnostics


def _apart(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    """Those whose edits do not touch one another, from the start of the file on."""
    kept: list[Diagnostic] = []
    for item in sorted(found, key=lambda item: _edit(item).span[1:]):
        if not kept or _edit(kept[-1]).span.end < _edit(item).span.start:
            kept.append(item)
    return kept


def _edit(item: Diagnostic) -> Edit:
    assert item.edit is not None
    return item.edit


def _steps(file: SourceFile, possible: Sequence[Diagnostic]) -> Iterable[Mended]:
    """What could be done next: everything at once, else one after the other."""
    if possible:
        yield Mended(_applied(file.text, possible), tuple(possible))
    for item in possible if len(possible) > 1 else ():
        yield Mended(_applied(file.text, [item]), (item,))


def _applied(text: str, items: Sequence[Diagnostic]) -> str:
    edits = [_edit(item) for item in items]
    ends = [0, *(edit.span.end for edit in edits)]
    pieces = [text[end : edit.span.start] + edit.replacement for end, edit in zip(ends, edits, strict=False)]
    return "".join(pieces) + text[ends[-1] :]


def _is_better(before: Sequence[Diagnostic], step: Mended, load: Load) -> bool:
    """Whether what was mended is gone and no new error is where something was mended.

    New errors elsewhere were hidden: of a table that is not known no column is.
    """
    after = _check(SourceFile(_edit(step.done[0]).span.file.path, step.text), load)
    gone = _counted(step.done)
    left, expected = _counted(after), _counted(before) - gone
    if any(left[key] > expected[key] for key in gone):
        return False
    known = _counted(before)
    new = [item for item in _errors(after) if (item.code, item.message) not in known]
    if any(item.code in _SYNTAX for item in step.done):
        return len(_errors(after)) <= len(_errors(before))
    path = _edit(step.done[0]).span.file.path
    spans = [span for item in new for span in (item.span, *(label.span for label in item.labels))]
    return not any(
        span.start <= end and start <= span.end
        for span in spans
        if span.file.path == path
        for start, end in _places(step.done)
    )


def _places(done: Sequence[Diagnostic]) -> list[tuple[int, int]]:
    """Where the replacements stand in the mended text."""
    places, moved = [], 0
    for edit in map(_edit, done):
        start = edit.span.start + moved
        places.append((start, start + len(edit.replacement)))
        moved += len(edit.replacement) - (edit.span.end - edit.span.start)
    return places


def _errors(found: Iterable[Diagnostic]) -> list[Diagnostic]:
    return [item for item in found if item.severity is Severity.ERROR]


def _counted(found: Iterable[Diagnostic]) -> Counter[tuple[str, str]]:
    return Counter((item.code, item.message) for item in found)
