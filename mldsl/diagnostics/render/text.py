"""Diagnostics for people: the source lines, carets under what is wrong, second places, and the way out."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import NamedTuple

from mldsl.diagnostics.codes import Severity
from mldsl.diagnostics.model import Diagnostic, Label
from mldsl.diagnostics.render.cells import Cells, Line, lay, visible
from mldsl.records import record
from mldsl.source import SourceFile, Span

LINE_WIDTH = 120
"""Source lines that take more columns are cut around what is underlined."""

_ELLIPSIS = "…"
_CONTEXT = 30
_PAINT = {
    "error": "1;31",
    "warning": "1;33",
    "good": "32",
    "place": "34",
    "second": "1;34",
    "strong": "1",
    "help": "1;36",
}


@record
class Style:
    """How it is drawn: `color` with ANSI escapes, `columns` the widest that a source line may be."""

    color: bool = False
    columns: int = LINE_WIDTH

    def paint(self, text: str, kind: str) -> str:
        """`text` in the colour for `kind`, where there are colours."""
        return f"\x1b[{_PAINT[kind]}m{text}\x1b[0m" if self.color and text else text


PLAIN = Style()
"""Without colours."""


@record
class _Mark:
    """What is underlined on one line: characters `start` to `end` of it, from 0, with a text beside."""

    line: int
    start: int
    end: int
    sign: str
    kind: str
    text: str


def render_text(diagnostics: Iterable[Diagnostic], style: Style = PLAIN) -> str:
    """All of them, with a blank line after each; the empty string for none."""
    return "".join(render_one(diagnostic, style) + "\n\n" for diagnostic in diagnostics)


def render_one(diagnostic: Diagnostic, style: Style = PLAIN) -> str:
    """One diagnostic: headline, snippets (a file's lines together, the primary file first), help."""
    severity = diagnostic.severity.value
    head = style.paint(f"{severity}[{diagnostic.code}]", severity)
    lines = [f"{head}: {style.paint(_one_line(diagnostic.message), 'strong')}"]
    groups = _by_file(diagnostic)
    gutter = max(len(str(mark.line)) for _, _, marks in groups for mark in marks)
    for file, offset, marks in groups:
        lines += _snippet(file, offset, marks, gutter, style)
    lines += _help(diagnostic.help, gutter, style)
    return "\n".join(lines)


def summary(diagnostics: Iterable[Diagnostic]) -> str:
    """How many there are: "2 errors, 1 warning"; the empty string for none."""
    counts = dict.fromkeys(Severity, 0)
    for diagnostic in diagnostics:
        counts[diagnostic.severity] += 1
    parts = [f"{n} {kind.value}{'' if n == 1 else 's'}" for kind, n in counts.items() if n]
    return ", ".join(parts)


def _one_line(text: str) -> str:
    return visible(text.strip())


def _help(text: str | None, gutter: int, style: Style) -> Iterator[str]:
    if not text:
        return
    pad = " " * gutter
    first, *rest = [visible(line) for line in text.strip().split("\n")]
    yield f"{pad}{style.paint('= help:', 'help')} {first}"
    for line in rest:
        yield f"{pad}        {line}".rstrip()


def _by_file(diagnostic: Diagnostic) -> list[tuple[SourceFile, int, list[_Mark]]]:
    """Each file with the offset that its headline names and its marks, from top to bottom."""
    places = [(Label(diagnostic.span, diagnostic.label), "^", diagnostic.severity.value)]
    places += [(label, "-", "second") for label in diagnostic.labels]
    groups: dict[str, tuple[SourceFile, int, list[_Mark]]] = {}
    for label, sign, kind in places:
        span = label.span
        group = groups.setdefault(span.file.path, (span.file, span.start, []))
        group[2].extend(_marks(span, sign, kind, _one_line(label.text)))
    for _, _, marks in groups.values():
        marks.sort(key=lambda mark: (mark.line, mark.sign != "^", -mark.start))
    return list(groups.values())


def _marks(span: Span, sign: str, kind: str, text: str) -> Iterator[_Mark]:
    """One mark, or for a span of several lines one on the first and, with the text, one on the last."""
    file = span.file
    size = len(file.text)
    first, start = file.position(min(span.start, size))
    last, end = file.position(min(max(span.end, span.start), size))
    if last > first and end == 1:
        last, end = last - 1, len(file.line(last - 1)) + 1
    if first == last:
        yield _Mark(first, start - 1, max(end - 1, start), sign, kind, text)
        return
    yield _Mark(first, start - 1, max(len(file.line(first)), start), sign, kind, "")
    line = file.line(last)
    indent = len(line) - len(line.lstrip())
    yield _Mark(last, min(indent, end - 2), max(end - 1, 1), sign, kind, text)


def _snippet(file: SourceFile, offset: int, marks: list[_Mark], gutter: int, style: Style) -> Iterator[str]:
    pad = " " * gutter
    line, column = file.position(offset)
    yield style.paint(f"{pad}┌─", "place") + f" {visible(file.path)}:{line}:{column}"
    yield style.paint(f"{pad}│", "place")
    before = None
    for number in dict.fromkeys(mark.line for mark in marks):
        if before is not None and number > before + 1:
            yield style.paint(f"{pad}·", "place")
        here = [mark for mark in marks if mark.line == number]
        yield from _line(file.line(number), here, f"{number:>{gutter}}│", f"{pad}│", style)
        before = number
    yield style.paint(f"{pad}│", "place")


def _line(text: str, marks: Sequence[_Mark], number: str, pad: str, style: Style) -> Iterator[str]:
    """A source line and a row for each of its marks; shown again, cut elsewhere, for one that the cut hides.

    Marks without a text stand in the row of the first one, where they are left of it.
    """
    shown = lay(text)
    places = [_place(shown, mark) for mark in marks]
    window = (0, 0)
    beside = [place for place in places[1:] if not place.mark.text and place.end < places[0].start]
    for row in [[*beside, places[0]], *([place] for place in places[1:] if place not in beside)]:
        start, end = row[0].start, row[-1].end
        wanted = window if window[0] <= start and end <= window[1] else _window(shown.cells.width, start, end, style)
        if wanted != window:
            window = wanted
            yield f"{style.paint(number, 'place')} {_cut(shown.cells, *window)}".rstrip()
        yield f"{style.paint(pad, 'place')} {_underline(row, window, style)}"


class _Place(NamedTuple):
    """A mark, and the columns of the screen that it underlines."""

    start: int
    end: int
    mark: _Mark


def _place(shown: Line, mark: _Mark) -> _Place:
    start, end = (shown.columns[min(at, len(shown.columns) - 1)] for at in (mark.start, mark.end))
    return _Place(start, max(end, start + 1), mark)


def _underline(row: Iterable[_Place], window: tuple[int, int], style: Style) -> str:
    """Carets under what is in the window; only the last mark has a text."""
    drawn, at = "", window[0]
    for start, end, mark in sorted(row):
        carets = f"{mark.sign * (min(end, window[1]) - start)} {mark.text}".rstrip()
        drawn += " " * (start - at) + style.paint(carets, mark.kind)
        at = end
    return drawn


def _window(total: int, start: int, end: int, style: Style) -> tuple[int, int]:
    """The columns of a line that are shown: all of a short one, else some before `start` and what fits behind it."""
    if total <= style.columns:
        return 0, max(total, end)
    left = 0 if end < style.columns else max(0, min(start - _CONTEXT, total - style.columns))
    return left, left + style.columns


def _cut(cells: Cells, start: int, end: int) -> str:
    before = _ELLIPSIS if start > 0 else ""
    behind = _ELLIPSIS if end < cells.width else ""
    return before + cells.cut(start + len(before), end - len(behind)) + behind
