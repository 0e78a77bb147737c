"""Pictures of classes: which is taken for which, and how well each is told."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mldsl.runtime.evaluation.pictures.canvas import (
    BLUE,
    GREEN,
    INK,
    ORANGE,
    count,
    figure,
    labels,
    shares,
)
from mldsl.runtime.evaluation.pictures.subject import Subject
from mldsl.runtime.evaluation.slices import Json

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLUMNS = 22  # of a class's name
_WRITTEN = 20  # up to so many classes every cell has its number of rows written in it
_SCORES = (("precision", ORANGE, "s", -0.2), ("recall", BLUE, "o", 0.0), ("f1", GREEN, "D", 0.2))
_MOST = 60  # of more classes the ones with the most rows are drawn


def confusion_matrix(data: Json, subject: Subject) -> Figure:
    """Rows are what is true, columns what is said; the colour is the share of the true class."""
    names, counts, more = _largest(data)
    right = int(np.trace(np.array(data["counts"])))
    note = "Colour: share of the rows of the true class (a row of the matrix)." + more
    size = 2.6 + 0.46 * min(max(len(names), 5), 24)
    heading = subject.heading("confusion matrix", f"{right / subject.rows:.1%} right{_beside(subject)}", note)
    made = figure((size + 1.3, size + 0.9), heading)
    axes = made.subplots()
    totals = counts.sum(axis=1, keepdims=True)
    share = counts / np.maximum(totals, 1)
    drawn = axes.imshow(share, cmap="Blues", vmin=0, vmax=1)
    if len(names) <= _WRITTEN:
        _write(axes, counts, share, percent=len(names) <= 8)
    shown = labels(names, _COLUMNS)
    font = 9 if len(names) <= 24 else 216 / len(names)
    axes.set_xticks(range(len(names)), shown, rotation=_rotation(shown), ha=_side(shown), rotation_mode="anchor",
                    fontsize=font)  # fmt: skip
    axes.set_yticks(range(len(names)), shown, fontsize=font)
    axes.tick_params(length=0)
    axes.grid(visible=False)
    axes.set_xlabel(f"predicted {subject.target}")
    axes.set_ylabel(f"true {subject.target}")
    bar = made.colorbar(drawn, ax=axes, aspect=30, shrink=0.8, pad=0.02, format="{x:.0%}")
    bar.outline.set_visible(False)
    return made


def class_report(data: Json, subject: Subject) -> Figure:
    """Precision, recall and f1 of every class."""
    told = sorted(data["classes"], key=lambda item: -item["rows"])[:_MOST]
    more = f"The {_MOST} largest of {len(data['classes'])} classes." if len(data["classes"]) > _MOST else ""
    note = f"Lines: exact {data['confidence']:.0%} intervals. {more}".rstrip()
    heading = subject.heading("precision, recall and f1 by class", f"{len(data['classes'])} classes", note)
    made = figure((7.2, 2.0 + (0.42 if len(told) <= 20 else 0.3) * max(len(told), 2)), heading)
    axes = made.subplots()
    places = np.arange(len(told))
    for name, color, marker, off in _SCORES:
        there = [place for place in places if told[place][name] is not None]
        for place in there:
            if told[place].get(f"{name}_interval"):
                axes.plot(told[place][f"{name}_interval"], [place + off] * 2, color=color, linewidth=1.2, alpha=0.6)
        axes.plot([told[place][name] for place in there], [place + off for place in there], marker, color=color,
                  markersize=5.5, label=name)  # fmt: skip
    names = labels([item["class"] for item in told], _COLUMNS)
    axes.set_yticks(places, [f"{name}  ({count(item['rows'])})" for name, item in zip(names, told, strict=True)])
    axes.set_ylim(len(told) - 0.5, -0.5)
    axes.set_ylabel(f"true {subject.target}")
    shares(axes, y=False)
    made.legend(*axes.get_legend_handles_labels(), loc="outside lower center", ncols=3)
    return made


def _largest(data: Json) -> tuple[list[str], np.typing.NDArray[np.int64], str]:
    """The classes with the most rows, in their own order, and a sentence on the others."""
    counts, names = np.array(data["counts"]), data["classes"]
    if len(names) <= _MOST:
        return names, counts, ""
    kept = np.sort(np.argsort(-counts.sum(axis=1), kind="stable")[:_MOST])
    more = f" The {_MOST} largest of {len(names):,} classes."
    return [names[place] for place in kept], counts[np.ix_(kept, kept)], more


def _beside(subject: Subject) -> str:
    base = subject.baseline("accuracy")
    return "" if base is None else f" (the baseline: {base:.1%})"


def _write(
    axes: Axes, counts: np.typing.NDArray[np.int64], share: np.typing.NDArray[np.float64], *, percent: bool
) -> None:
    for (true, said), number in np.ndenumerate(counts):
        if number:
            text = f"{number:,}\n{share[true, said]:.0%}" if percent else f"{number:,}"
            color = "white" if share[true, said] > 0.55 else INK
            axes.text(said, true, text, ha="center", va="center", color=color, fontsize=9 if len(counts) <= 12 else 7)


def _rotation(shown: list[str]) -> int:
    return 0 if max(map(len, shown)) * len(shown) <= 40 else 45


def _side(shown: list[str]) -> str:
    return "right" if _rotation(shown) else "center"
