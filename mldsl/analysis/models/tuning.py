"""`tune`: what is searched for and how, and whether there is anything to search."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Literal

from mldsl.analysis.context import Context
from mldsl.analysis.metrics import Judged, find_metric
from mldsl.analysis.models.algorithms import Chosen
from mldsl.analysis.models.parameters import tuned_options
from mldsl.analysis.options.block import Options, read_options
from mldsl.analysis.program import Tune
from mldsl.diagnostics.model import Label
from mldsl.source import Span
from mldsl.syntax import tree

_SAMPLERS: dict[str, Literal["tpe", "random", "grid"]] = {"tpe": "tpe", "random": "random", "grid": "grid"}


def read_tune(context: Context, block: tree.Block, judged: Judged) -> Tune | None:
    """The search that a `tune` block asks for; None where its metric is missing or does not fit."""
    options = read_options(context, "tune", block.options, block.name.span)
    metric = _metric(context, options, judged)
    if metric is None:
        return None
    name, maximize = metric
    return Tune(
        metric=name,
        maximize=maximize,
        trials=options.get("trials", int) or 40,
        cv=options.get("cv", int) or 5,
        timeout=options.get("timeout", timedelta),
        sampler=_SAMPLERS[options.get("sampler", str) or "tpe"],
        parallel=options.get("parallel", int) if "parallel" in options.given else None,
    )


def _metric(context: Context, options: Options, judged: Judged) -> tuple[str, bool] | None:
    """The metric, and whether it is maximised. Seeking the worst is a mistake (ML111)."""
    direction = next((word for word in ("maximize", "minimize") if word in options.given), None)
    name = options.get(direction, tree.Name) if direction is not None else None
    if direction is None or name is None:
        return None
    if judged.task == "anomaly":
        message = "a model that finds anomalies learns without labels, so no metric can be tuned for"
        context.report("ML405", message, name.span, help="leave `tune` out")
        return None
    metric = find_metric(context, name, judged)
    if metric is None:
        return None
    maximize = direction == "maximize"
    if metric.greater_is_better != maximize:
        other = "minimize" if maximize else "maximize"
        better = "greater" if metric.greater_is_better else "smaller"
        help_ = f"write `{other}: {name.text}`"
        span = options.given[direction].name.span
        context.report("ML111", f"`{name.text}` is better when it is {better}", span, help=help_)
        return None
    return name.text, maximize


def check_tuning(context: Context, block: tree.Block | None, algorithms: Sequence[Chosen], complete: bool) -> None:
    """ML407 for ranges without `tune`, ML408 for a `tune` with one algorithm and no range.

    `complete` says that no algorithm is missing after a report.
    """
    ranges = [value.span for chosen in algorithms for value in tuned_options(chosen.options)]
    if block is None and ranges:
        _range_without_tune(context, ranges)
    elif block is not None and not ranges and len(algorithms) == 1 and complete:
        message = "there is nothing to tune: one algorithm, and all its parameters are fixed"
        help_ = f"give `{algorithms[0].name}` a range such as `2..8`, or leave `tune` out"
        context.report("ML408", message, block.name.span, help=help_)


def _range_without_tune(context: Context, ranges: Sequence[Span]) -> None:
    labels = tuple(Label(span, "this one too") for span in ranges[1:])
    help_ = "add `tune { maximize: METRIC }` to the model, or choose one value"
    context.report("ML407", "a range has a meaning only with `tune`", ranges[0], labels=labels, help=help_)
