"""Pictures of scores: ROC, precision against recall, calibration, how the scores lie."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mldsl.runtime.evaluation.pictures.canvas import (
    BAND,
    BLUE,
    GREY,
    INK,
    ORANGE,
    count,
    figure,
    legend,
    shares,
    value,
)
from mldsl.runtime.evaluation.pictures.subject import Subject
from mldsl.runtime.evaluation.slices import Json

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_SQUARE = (6.2, 6.0)
_WIDE = (6.8, 4.6)
_BAND_NOTE = "Shaded: where {confidence:.0%} of {resamples:,} bootstrap resamples of the {drawn} lie, at each place."


def roc_curve(data: Json, subject: Subject) -> Figure:
    """True against false positives, with the diagonal of chance and the threshold in use."""
    heading = subject.heading("ROC curve", f"{data['positive_rows']:,} with {subject.positive}", _note(data))
    made = figure(_SQUARE, heading)
    axes = made.subplots()
    axes.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="chance: area 0.5")
    _band(axes, data["band"], "false_positive_rate")
    said = f"area {value(data['area'])}{_interval(data)}"
    axes.plot(data["false_positive_rate"], data["true_positive_rate"], color=BLUE, linewidth=2, label=said)
    _mark(axes, data, "false_positive_rate", "true_positive_rate", subject)
    axes.set_xlabel(f"false positive rate: share of {subject.negative} that is called positive")
    axes.set_ylabel(f"true positive rate: share of {subject.positive} that is found")
    axes.set_aspect("equal")
    shares(axes)
    legend(axes, "lower right")
    return made


def pr_curve(data: Json, subject: Subject) -> Figure:
    """Precision against recall, above the share that chance reaches."""
    positive = data["positive_rows"]
    made = figure(
        _SQUARE, subject.heading("precision and recall", f"{positive:,} with {subject.positive}", _note(data))
    )
    axes = made.subplots()
    share = positive / subject.rows
    axes.axhline(share, color=GREY, linestyle="--", linewidth=1, label=f"chance: {share:.1%} of the rows")
    _band(axes, data["band"], "recall")
    said = f"average precision {value(data['average_precision'])}{_interval(data)}"
    recall, precision = [0.0, *data["recall"]], [data["precision"][0], *data["precision"]]
    axes.step(recall, precision, where="pre", color=BLUE, linewidth=2, label=said)
    _mark(axes, data, "recall", "precision", subject)
    axes.set_xlabel(f"recall: share of {subject.positive} that is found")
    axes.set_ylabel("precision: share of what is called positive that is")
    axes.set_aspect("equal")
    shares(axes)
    legend(axes, "lower left")
    return made


def calibration_curve(data: Json, subject: Subject) -> Figure:
    """What is said against how often it comes true, and below it how many rows each point stands for."""
    note = f"Bars: exact {data['confidence']:.0%} intervals of the observed share."
    made = figure((6.2, 6.6), subject.heading("calibration", f"Brier score {value(data['brier'])}", note))
    top, bottom = made.subplots(2, 1, sharex=True, height_ratios=[4, 1])
    top.plot([0, 1], [0, 1], color=GREY, linestyle="--", linewidth=1, label="perfectly calibrated")
    observed = np.array(data["observed"])
    reach = np.abs(np.array([data["low"], data["high"]]) - observed)
    top.errorbar(data["predicted"], observed, reach, color=BLUE, linewidth=1.5, marker="o", elinewidth=1.2, capsize=3,
                 label=f"{count(len(observed), 'bin')} of equal width")  # fmt: skip
    top.set_ylabel(f"observed share of {subject.positive}")
    shares(top)
    legend(top, "best")
    bottom.bar(data["predicted"], data["rows"], width=0.05, color=BLUE)
    bottom.set_ylabel("rows")
    bottom.yaxis.set_major_locator(_whole(3))
    bottom.yaxis.set_major_formatter("{x:,.0f}")
    bottom.set_xlabel(f"mean {subject.score}, by bin")
    return made


def score_histogram(data: Json, subject: Subject) -> Figure:
    """How the scores of each class lie, each class by itself so that a rare one can be seen."""
    made = figure(_WIDE, subject.heading("scores by class"))
    axes = made.subplots()
    edges = np.array(data["edges"])
    for name, said, color in (("negative", subject.negative, ORANGE), ("positive", subject.positive, BLUE)):
        rows = np.array(data[name])
        if total := int(rows.sum()):
            label = f"{said} ({count(total)})"
            axes.stairs(rows / total, edges, fill=True, color=color, alpha=0.3)
            axes.stairs(rows / total, edges, color=color, linewidth=1.8, label=label)
    if subject.threshold is not None:
        axes.axvline(subject.threshold, color=INK, linestyle=":", label=f"threshold {value(subject.threshold)}")
    axes.set_xlabel(subject.score)
    axes.set_ylabel("share of the class's rows")
    axes.set_ylim(0, axes.get_ylim()[1] * 1.3)
    axes.yaxis.set_major_formatter("{x:.0%}")
    legend(axes, "upper right")
    return made


def _band(axes: Axes, band: Json, along: str) -> None:
    if band is not None:
        axes.fill_between(band[along], band["low"], band["high"], color=BLUE, alpha=BAND, linewidth=0)


def _mark(axes: Axes, data: Json, x: str, y: str, subject: Subject) -> None:
    """The point of the threshold that the model uses: the last whose score reaches it."""
    if subject.threshold is None:
        return
    reached = [place for place, at in enumerate(data["threshold"]) if at is None or at >= subject.threshold]
    place = reached[-1] if reached else 0
    axes.plot(data[x][place], data[y][place], "o", color=ORANGE, markersize=8, label=_at(subject.threshold))


def _at(threshold: float) -> str:
    return f"at the threshold {value(threshold)}"


def _interval(data: Json) -> str:
    if data["interval"] is None:
        return ""
    low, high = data["interval"]
    return f" ({data['confidence']:.0%}: {value(low)} to {value(high)})"


def _note(data: Json) -> str:
    return "" if data["band"] is None else _BAND_NOTE.format(**data["band"])


def _whole(most: int) -> object:
    from matplotlib.ticker import MaxNLocator

    return MaxNLocator(most, integer=True)
