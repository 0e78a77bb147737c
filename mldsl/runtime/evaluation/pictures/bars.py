"""Pictures of amounts side by side: what each feature adds, how large each cluster is."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from mldsl.runtime.evaluation.pictures.canvas import BLUE, GREY, INK, count, figure, labels, numbers, value
from mldsl.runtime.evaluation.pictures.subject import Subject
from mldsl.runtime.evaluation.slices import Json

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

_COLUMNS = 32  # of a feature's name
_MOST = 30


def feature_importance(data: Json, subject: Subject) -> Figure:
    """How much worse the model does without what each column says, the most important first."""
    told = data["features"][:_MOST]
    left_out = len(data["features"]) - len(told)
    note = f"Lines: one standard deviation over {data['repeats']} shuffles of {count(data['rows'])}."
    note += f" {count(left_out, 'less important column')} left out." if left_out else ""
    heading = subject.heading("feature importance", f"{data['metric']} {value(data['value'])}", note)
    made = figure((7.2, _height(len(told))), heading)
    axes = made.subplots()
    places = np.arange(len(told))
    amounts, spread = ([item[name] for item in told] for name in ("importance", "spread"))
    lines = {"ecolor": INK, "elinewidth": 1.1, "capsize": 2.5}
    axes.barh(places, amounts, 0.62, color=BLUE, xerr=spread, error_kw=lines)
    axes.axvline(0, color=GREY, linewidth=1)
    _names(axes, [item["feature"] for item in told])
    axes.set_xlabel(
        f"{'loss' if data['greater_is_better'] else 'rise'} of {data['metric']} when the column is shuffled"
    )
    return made


def cluster_sizes(data: Json, subject: Subject) -> Figure:
    """How many rows each cluster has."""
    told = sorted(data, key=lambda item: (-item["rows"], item["cluster"]))[:_MOST]
    more = f"The {_MOST} largest of {len(data):,} clusters." if len(data) > _MOST else ""
    noise = any(item["cluster"] < 0 for item in data)
    note = f"{more} −1: rows in no cluster.".strip() if noise else more
    clusters = sum(item["cluster"] >= 0 for item in data)
    made = figure((6.8, _height(len(told))), subject.heading("cluster sizes", count(clusters, "cluster"), note))
    axes = made.subplots()
    bars = axes.barh(range(len(told)), [item["rows"] for item in told], 0.62,
                     color=[BLUE if item["cluster"] >= 0 else GREY for item in told])  # fmt: skip
    axes.bar_label(bars, [f"{item['rows']:,} ({_percent(item['rows'] / subject.rows)})" for item in told], padding=4)
    axes.margins(x=0.18)
    _names(axes, [str(item["cluster"]).replace("-", "−") for item in told])
    axes.set_xlabel("rows")
    axes.set_ylabel("cluster")
    return made


def _percent(share: float) -> str:
    return f"{share:.0%}" if share >= 0.01 else "<1%"


def _height(bars: int) -> float:
    return 1.9 + 0.29 * max(bars, 2)


def _names(axes: Axes, names: list[str]) -> None:
    """One name a bar, from top to bottom."""
    axes.set_yticks(range(len(names)), labels(names, _COLUMNS))
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
    axes.grid(visible=False, axis="y")
    numbers(axes.xaxis)
