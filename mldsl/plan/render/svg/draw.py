"""The picture: a box for each step, arrows that go round the boxes between."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from unicodedata import east_asian_width
from xml.sax.saxutils import escape, quoteattr

from mldsl.plan.graph import StepGraph, arrows, graph
from mldsl.plan.nodes import Plan, Step
from mldsl.plan.render.colors import COLORS
from mldsl.plan.render.svg.layers import Cell, Layers, chain, layers
from mldsl.plan.render.svg.place import places

_HEIGHT, _NARROWEST, _LONGEST = 44, 104, 40
_ROW, _GAP, _MARGIN = 92, 28, 20
_STAND_IN = 10
_PADDING = 22
# Letters as wide as in the broadest of the usual fonts: whoever looks may not have the others.
_NARROW, _BROAD = frozenset("fijlrtI1.,:;'!|()[]`"), frozenset("mwMW@%…")
_LINE = "#7b8794"


def render(plan: Plan) -> str:
    """A picture from top to bottom; a dashed arrow says that a step only waits for another."""
    found = graph(plan)
    steps = {step.id: step for step in plan.steps}
    rows = layers(found)
    widths = {
        cell: _width(steps[cell].name) if isinstance(cell, str) else _STAND_IN for row in rows.rows for cell in row
    }
    middles = {cell: x + _MARGIN for cell, x in places(rows, widths, _GAP).items()}
    right = max((middles[cell] + widths[cell] / 2 for cell in middles), default=0.0)
    size = (round(right) + _MARGIN, len(rows.rows) * _ROW - (_ROW - _HEIGHT) + 2 * _MARGIN)
    parts = [*_head(plan, size), *_arrows(found, rows, middles), *_boxes(steps, rows, middles, widths), "</svg>"]
    return "\n".join(parts) + "\n"


def _head(plan: Plan, size: tuple[int, int]) -> Iterator[str]:
    wide, high = max(size[0], 2 * _MARGIN), max(size[1], 2 * _MARGIN)
    yield (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{wide}" height="{high}" viewBox="0 0 {wide} {high}" '
        f'font-family="Inter, Helvetica, Arial, sans-serif" role="img" aria-label={quoteattr(_printable(plan.name))}>'
    )
    yield f"<title>{escape(_printable(plan.name))}</title>"
    yield (
        '<defs><marker id="tip" viewBox="0 0 8 8" refX="7" refY="4" markerWidth="7" markerHeight="7" orient="auto">'
        f'<path d="M0 0.5 L7.5 4 L0 7.5 Z" fill="{_LINE}"/></marker></defs>'
    )
    yield f'<rect width="{wide}" height="{high}" fill="#ffffff"/>'


def _arrows(found: StepGraph, rows: Layers, middles: Mapping[Cell, float]) -> Iterator[str]:
    rank = {cell: number for number, row in enumerate(rows.rows) for cell in row}
    yield f'<g fill="none" stroke="{_LINE}" stroke-width="1.4">'
    for start, end, tables in arrows(found):
        path = _path([(middles[cell], rank[cell]) for cell in chain(start, end, rank[start], rank[end])])
        dashes = "" if tables else ' stroke-dasharray="4 4"'
        yield f'<path d="{path}"{dashes} marker-end="url(#tip)"/>'
    yield "</g>"


def _path(points: list[tuple[float, int]]) -> str:
    """From the bottom of the first box to the top of the last; straight through the layers between."""
    x, row = points[0]
    path = f"M{x:.1f} {_top(row) + _HEIGHT}"
    for number, (next_x, next_row) in enumerate(points[1:], 1):
        upper, lower = _top(next_row - 1) + _HEIGHT, _top(next_row)
        middle = (upper + lower) / 2
        path += f" C{x:.1f} {middle:.1f} {next_x:.1f} {middle:.1f} {next_x:.1f} {lower}"
        if number < len(points) - 1:
            path += f" V{lower + _HEIGHT}"
        x = next_x
    return path


def _boxes(
    steps: Mapping[str, Step], rows: Layers, middles: Mapping[Cell, float], widths: Mapping[Cell, float]
) -> Iterator[str]:
    for number, row in enumerate(rows.rows):
        for cell in row:
            if isinstance(cell, str):
                yield from _box(steps[cell], middles[cell], _top(number), widths[cell])


def _box(step: Step, middle: float, top: int, width: float) -> Iterator[str]:
    colors = COLORS[step.kind]
    told = f"{step.kind} {step.name}" + (f": {step.doc}" if step.doc else "")
    yield f"<g><title>{escape(_printable(told))}</title>"
    yield (
        f'<rect x="{middle - width / 2:.1f}" y="{top}" width="{width:.1f}" height="{_HEIGHT}" rx="7" '
        f'fill="{colors.fill}" stroke="{colors.line}" stroke-width="1.4"/>'
    )
    yield (
        f'<text x="{middle:.1f}" y="{top + 17}" text-anchor="middle" font-size="10" letter-spacing="0.6" '
        f'fill="{colors.line}">{step.kind.upper()}</text>'
    )
    yield (
        f'<text x="{middle:.1f}" y="{top + 34}" text-anchor="middle" font-size="13" fill="#1f2933">'
        f"{escape(_shown(step.name))}</text></g>"
    )


def _top(row: int) -> int:
    return _MARGIN + row * _ROW


def _width(name: str) -> float:
    """Wide enough for the name."""
    return max(_NARROWEST, sum(map(_letter_width, _shown(name))) + _PADDING)


def _letter_width(letter: str) -> float:
    if letter in _NARROW:
        return 5.2
    if letter in _BROAD or east_asian_width(letter) in "WF":
        return 13.0
    return 9.2 if letter.isupper() else 8.0


def _shown(name: str) -> str:
    name = _printable(name)
    return name if len(name) <= _LONGEST else name[: _LONGEST - 1] + "…"


def _printable(text: str) -> str:
    """Without the control characters that XML cannot hold."""
    return "".join(letter if letter.isprintable() else " " for letter in text)
