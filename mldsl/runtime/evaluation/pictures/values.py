"""Pictures of a regression's answers: beside the truth, and how far off they are."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mldsl.runtime.evaluation.pictures.canvas import BLUE, GREY, ORANGE, count, figure, legend, numbers, value
from mldsl.runtime.evaluation.pictures.subject import Subject
from mldsl.runtime.evaluation.slices import Json

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure


def residuals(data: Json, subject: Subject) -> Figure:
    """How far off each prediction is, and how these errors lie."""
    note = _thinned(len(data["predicted"]), subject.rows)
    made = figure((8.0, 4.8), subject.heading("residuals", _error(subject), note))
    left, right = made.subplots(1, 2, sharey=True, width_ratios=[3, 1])
    _points(left, data["predicted"], data["residual"])
    trend = data["trend"]
    if len(trend["predicted"]) > 1:
        left.plot(trend["predicted"], trend["residual"], color=ORANGE, linewidth=2, label="median, by prediction")
    left.set_xlabel(f"predicted {subject.target}")
    left.set_ylabel(f"{subject.target} − predicted {subject.target}")
    legend(left, "best")
    histogram = data["histogram"]
    right.stairs(histogram["rows"], histogram["edges"], orientation="horizontal", fill=True, color=BLUE, alpha=0.45)
    right.set_xlabel("rows")
    for axes in (left, right):
        axes.axhline(0, color=GREY, linestyle="--", linewidth=1)
        numbers(axes.xaxis, axes.yaxis)
    return made


def predicted_actual(data: Json, subject: Subject) -> Figure:
    """Each prediction beside the truth; on the diagonal both are equal."""
    note = _thinned(len(data["actual"]), subject.rows)
    made = figure((6.2, 6.0), subject.heading("predicted and actual", _error(subject), note))
    axes = made.subplots()
    _points(axes, data["actual"], data["predicted"])
    low, high = _ends([*data["actual"], *data["predicted"]])
    axes.plot([low, high], [low, high], color=GREY, linestyle="--", linewidth=1, label="perfect")
    if data["baseline"] is not None:
        said = f"the baseline: always {value(data['baseline'])}"
        axes.axhline(data["baseline"], color=ORANGE, linestyle=":", linewidth=1.5, label=said)
    axes.set_xlim(low, high)
    axes.set_ylim(low, high)
    axes.set_aspect("equal")
    axes.set_xlabel(f"actual {subject.target}")
    axes.set_ylabel(f"predicted {subject.target}")
    numbers(axes.xaxis, axes.yaxis)
    legend(axes, "upper left")
    return made


def _points(axes: Axes, x: list[float], y: list[float]) -> None:
    alpha = 0.35 if len(x) > 150 else 0.6
    axes.scatter(x, y, s=14, color=BLUE, alpha=alpha, linewidths=0)


def _ends(values: list[float]) -> tuple[float, float]:
    """The least and the greatest, with a margin; never the same."""
    low, high = float(np.min(values)), float(np.max(values))
    margin = (high - low) * 0.04 or abs(high) * 0.05 or 1.0
    return low - margin, high + margin


def _error(subject: Subject) -> str:
    found = subject.found["metrics"].get("rmse")
    base = subject.baseline("rmse")
    if found is None:
        return ""
    return f"rmse {value(found)}" + ("" if base is None else f" (the baseline: {value(base)})")


def _thinned(drawn: int, rows: int) -> str:
    return (
        "" if drawn == rows else f"{drawn:,} of the {count(rows)} are drawn, evenly spaced in the order of the table."
    )
