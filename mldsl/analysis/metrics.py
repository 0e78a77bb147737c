"""Metrics by name: whether there is one, fits the task, and finds what it looks at."""

from __future__ import annotations

from collections.abc import Iterable

from mldsl.analysis.context import Context
from mldsl.analysis.program import Task
from mldsl.analysis.wording import quoted
from mldsl.catalog.metrics import METRICS, Metric
from mldsl.catalog.tasks import TASK_WORDS
from mldsl.diagnostics.model import Label
from mldsl.diagnostics.suggest import did_you_mean
from mldsl.records import record
from mldsl.source import Span
from mldsl.syntax import tree


@record
class Judged:
    """What a metric judges: the task (None: not known), and the algorithm that gives no probabilities, if one does not.

    `silent` is that algorithm's name with its place.
    """

    task: Task | None
    silent: tuple[str, Span] | None = None


def find_metric(context: Context, name: tree.Name, judged: Judged, others: Iterable[str] = ()) -> Metric | None:
    """The metric of that name; None after ML405. `others` are words that could stand there too."""
    metric = METRICS.get(name.text)
    task = judged.task
    if metric is None:
        help_ = _help(name.text, task, others)
        context.report("ML405", f"there is no metric `{name.text}`", name.span, help=help_)
        return None
    if task is not None and task not in metric.tasks:
        message = f"`{name.text}` is no metric for a model that {does(task)}"
        context.report("ML405", message, name.span, help=_help(name.text, task))
        return None
    if metric.needs == "probabilities" and judged.silent is not None:
        algorithm, span = judged.silent
        message = f"`{name.text}` needs probabilities, which `{algorithm}` does not give"
        labels = (Label(span, "gives classes only"),)
        context.report("ML405", message, name.span, labels=labels, help="`calibrate: sigmoid` makes some of its scores")
        return None
    return metric


def does(task: Task) -> str:
    """What a model of this task does: "predicts two classes", "finds clusters"."""
    return f"{'finds' if task in ('cluster', 'anomaly') else 'predicts'} {TASK_WORDS[task]}"


def names_for(task: Task | None) -> list[str]:
    """The metrics for a task; all of them where it is not known."""
    return [name for name, metric in METRICS.items() if task is None or task in metric.tasks]


def _help(name: str, task: Task | None, others: Iterable[str] = ()) -> str | None:
    suitable = names_for(task)
    near = did_you_mean(name, [*suitable, *others])
    if near is not None or task is None:
        return near
    return f"metrics for {TASK_WORDS[task]}: {quoted(suitable)}"
