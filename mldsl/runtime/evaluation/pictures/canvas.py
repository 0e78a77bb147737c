"""What all pictures share: sizes, colours, headings, text that is data, and SVG of which the same input gives the same.

Text stays text in the file, so that it can be searched, read aloud and shown in scripts that the measuring font lacks.
"""

from __future__ import annotations

import io
import warnings
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import accumulate
from typing import TYPE_CHECKING, Any

from mldsl.diagnostics.render.cells import visible, width
from mldsl.runtime.evaluation.pictures.library import Figure, matplotlib, quiet

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis

# Okabe and Ito's colours, which people with any colour vision tell apart (Nature Methods 8, 441, 2011).
BLUE, ORANGE, GREEN = "#0072b2", "#d55e00", "#009e73"
INK, GREY, FAINT = "#222222", "#6b6b6b", "#d9d9d9"
BAND = 0.18  # the opacity of a band around a line
_VAST = 1e9  # from here on numbers are written with an exponent

_SETTINGS: Mapping[str, Any] = {
    "axes.axisbelow": True,
    "axes.edgecolor": GREY,
    "axes.grid": True,
    "axes.labelcolor": INK,
    "axes.labelsize": 10,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "axes.titlelocation": "left",
    "figure.constrained_layout.h_pad": 0.12,
    "figure.constrained_layout.w_pad": 0.12,
    "font.family": ["sans-serif"],
    "font.sans-serif": ["DejaVu Sans"],  # matplotlib brings it along: text is measured alike on every machine
    "font.size": 9.5,
    "grid.color": "#ebebeb",
    "legend.edgecolor": "none",
    "legend.framealpha": 0.85,
    "lines.solid_capstyle": "round",
    "svg.fonttype": "none",
    "svg.hashsalt": "mldsl",
    "text.color": INK,
    "text.parse_math": False,
    "xtick.color": GREY,
    "xtick.labelcolor": INK,
    "ytick.color": GREY,
    "ytick.labelcolor": INK,
}


@dataclass(frozen=True, slots=True)
class Heading:
    """The lines above a picture (what is judged, what is shown) and a remark below it."""

    title: str
    subtitle: str
    note: str = ""


@contextmanager
def settings() -> Iterator[None]:
    """Drawing as this package does it, whatever a user's own settings say."""
    with quiet(), matplotlib.rc_context(), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # that the measuring font lacks a letter is nothing to tell
        matplotlib.rcdefaults()
        matplotlib.rcParams.update(_SETTINGS)
        yield


def figure(size: tuple[float, float], heading: Heading) -> Figure:
    """An empty figure, its size in inches, with its heading."""
    made = Figure(figsize=size, layout="constrained")
    columns = int(size[0] * 11)
    made.suptitle(
        f"{short(heading.title, columns)}\n", x=0.012, ha="left", fontsize=12, fontweight="bold", linespacing=1.7
    )
    made.text(
        0.012, 1 - 0.46 / size[1], short(heading.subtitle, int(columns * 1.2)), ha="left", va="center", color=GREY
    )
    if heading.note:
        made.supxlabel(heading.note, x=0.012, ha="left", fontsize=8, color=GREY)
    return made


def svg(made: Figure, title: str) -> bytes:
    """The figure's file. It names no date, and its ids are hashes of what they stand for."""
    file = io.BytesIO()
    made.savefig(file, format="svg", metadata={"Title": visible(title), "Date": None})
    return file.getvalue()


def empty(heading: Heading, reason: str) -> Figure:
    """A figure that says why there is nothing to see."""
    made = figure((6.4, 2.4), heading)
    axes = made.subplots()
    axes.set_axis_off()
    axes.text(0.5, 0.5, f"nothing to draw: {visible(reason)}", ha="center", va="center", color=GREY, fontsize=11)
    return made


def short(text: str, columns: int) -> str:
    """One line of at most so many columns, without control characters; what is cut out of its middle leaves a mark.

    Names that begin alike, as many do in data, stay apart by their ends.
    """
    text = visible(text)
    if width(text) <= columns:
        return text
    tail = _fitting(text[::-1], columns // 3)[::-1]
    return f"{_fitting(text, columns - 1 - width(tail)).rstrip()}…{tail.lstrip()}"


def _fitting(text: str, columns: int) -> str:
    """As much of its beginning as goes into so many columns."""
    return text[: sum(total <= columns for total in accumulate(map(width, text)))]


def labels(names: Sequence[str], columns: int) -> list[str]:
    """Names as labels of an axis."""
    return [short(name, columns) or "(empty)" for name in names]


def legend(axes: Axes, place: str) -> None:
    """The legend of all that has a label; none where nothing has."""
    handles, names = axes.get_legend_handles_labels()
    if handles:
        axes.legend(handles, names, loc=place)


def shares(axes: Axes, *, x: bool = True, y: bool = True) -> None:
    """Axes from 0 to 100%."""
    for wanted, axis, limit in ((x, axes.xaxis, axes.set_xlim), (y, axes.yaxis, axes.set_ylim)):
        if wanted:
            limit(-0.02, 1.02)
            axis.set_major_formatter("{x:.0%}")
            axis.set_ticks([0, 0.2, 0.4, 0.6, 0.8, 1])


def numbers(*axes: Axis) -> None:
    """Few, plain numbers with their thousands apart; with an exponent where they are very large."""
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    for axis in axes:
        axis.set_major_locator(MaxNLocator(6))
        axis.set_major_formatter(FuncFormatter(lambda number, _: plain(number)))


def plain(number: float) -> str:
    """A place on an axis."""
    return f"{number:,.10g}".replace("-", "−") if abs(number) < _VAST else f"{number:.3g}"


def count(number: int, noun: str = "row") -> str:
    """`1 row`, `1,234 rows`."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def value(number: float) -> str:
    """Three digits that mean something."""
    return f"{number:,.0f}" if 1000 <= abs(number) < _VAST else f"{number:.3g}"
