"""What names and calls mean in conditions on models: in `evaluate`, `require`, `rollback when` and `monitor`."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Literal

from mldsl.analysis.columns import listed
from mldsl.analysis.context import Context
from mldsl.analysis.expressions.environment import Environment, mistake, run_value
from mldsl.analysis.expressions.rows import find_column, row_environment
from mldsl.analysis.metrics import Judged, does, find_metric, names_for
from mldsl.analysis.options.block import report_wrong
from mldsl.analysis.options.readers import read_value
from mldsl.analysis.options.values import Wrong, name_of
from mldsl.analysis.typed import Column, Drift, MaxDifference, MetricRef, Named, Schema, TypedExpr
from mldsl.analysis.wording import described, near_or_list
from mldsl.catalog.functions import FUNCTIONS
from mldsl.catalog.metrics import METRICS
from mldsl.catalog.options import OPTIONS, ROLLBACK_METRICS
from mldsl.catalog.signatures import Function
from mldsl.catalog.tasks import Task
from mldsl.catalog.types import BOOL, DURATION, FLOAT, Kind
from mldsl.diagnostics.suggest import did_you_mean
from mldsl.records import record
from mldsl.source import Span
from mldsl.syntax import tree

_WITHOUT_MEAN: tuple[Task, ...] = ("multiclass", "cluster")
_SLICES: tuple[Kind, ...] = ("bool", "enum", "string", "int", "date", "any")


# What is known in one sort of place, and where that is.
_PLACES = {
    "evaluation": "a `require`",
    "approval": "a `require`",
    "drift": "a `monitor`",
    "prediction_drift": "a `monitor`",
    "max_difference": "an `evaluate` or a `require`",
}


def _elsewhere(name: str, span: Span, context: Context) -> TypedExpr:
    """ML504 for a word of `_PLACES` in another place."""
    context.report("ML504", f"`{name}` is known in {_PLACES[name]} only", span)
    return mistake(span)


def _in_production(node: tree.OverPeriod, context: Context) -> TypedExpr:
    """ML504 for a metric over a period where there is none."""
    text = " ".join(node.span.text.split())
    context.report("ML504", f"`{text}` is measured in production, which a `monitor` alone knows", node.span)
    return mistake(node.span)


def slice_column(ref: tree.Ref, schema: Schema, context: Context) -> Column | None:
    """A column whose values make slices; None after ML201 or ML202."""
    column = find_column(ref, schema, context)
    if column is None:
        return None
    context.use(column)
    if column.type.kind not in _SLICES:
        message = f"slices are made by a column with few values, and `{column.name}` is {described(column.type)}"
        context.report("ML202", message, ref.span, help="`derive` a column of classes from it first")
        return None
    return column


@record
class MetricEnvironment(Environment):
    """Metrics of the model at hand, `max_difference`, and parameters; `schema` is what slices are made of."""

    judged: Judged
    schema: Schema

    def name(self, ref: tree.Ref, context: Context) -> TypedExpr:
        """A metric, else a parameter or the like."""
        first = ref.parts[0]
        if len(ref.parts) == 2 and first.text == "champion":
            return self.champion(ref, context)
        if len(ref.parts) == 1 and first.text not in METRICS:
            found = run_value(ref, context)
            if found is not None:
                return found
            if first.text in ROLLBACK_METRICS:
                return self.live(first, context)
            if first.text in _PLACES and first.text not in self.calls:
                return _elsewhere(first.text, first.span, context)
        return self.metric(ref, context)

    def metric(self, ref: tree.Ref, context: Context) -> TypedExpr:
        """A metric of the model; ML405 if it is none."""
        name = ref.parts[0]
        if len(ref.parts) > 1:
            context.report("ML405", f"there is no metric `{ref.span.text}`", ref.span)
        elif name.text not in METRICS and self.schema.get(name.text) is not None:
            help_ = "conditions on data belong to a `check`"
            context.report("ML405", f"`{name.text}` is a column, and a metric is wanted here", name.span, help=help_)
        else:
            metric = find_metric(context, name, self.judged, self.names(context))
            if metric is not None:
                return MetricRef(FLOAT, ref.span, metric.name)
        return mistake(ref.span)

    def champion(self, ref: tree.Ref, context: Context) -> TypedExpr:
        """`champion.METRIC`, which only a requirement knows."""
        context.report("ML504", "the champion is known in a `require` only", ref.span)
        return mistake(ref.span)

    def live(self, name: tree.Name, context: Context) -> TypedExpr:
        """`error_rate` and the like, which only a rollback knows."""
        message = f"`{name.text}` is known in production only"
        context.report("ML504", message, name.span, help="put it into `rollback when`")
        return mistake(name.span)

    def names(self, context: Context) -> Iterator[str]:
        """The metrics for the task, then what every place knows."""
        yield from names_for(self.judged.task)
        yield from Environment.names(self, context)

    @property
    def calls(self) -> tuple[str, ...]:
        """What can be called here beside functions."""
        return ("max_difference",)

    def call(self, call: tree.Call, context: Context) -> TypedExpr | None:
        """`max_difference(METRIC, column)`, and a word that is nearly one of this place's own."""
        name = call.function
        if name.text in _PLACES and name.text not in self.calls:
            return _elsewhere(name.text, call.span, context)
        if name.text == "max_difference":
            return self._difference(call, context)
        near = did_you_mean(name.text, self.calls) if name.text not in FUNCTIONS else None
        if name.text in METRICS and name.text not in FUNCTIONS:
            near = f"a metric has no brackets: write `{name.text}`"
        if near is None:
            return None
        context.report("ML203", f"there is no function `{name.text}`", name.span, help=near)
        return mistake(call.span)

    def period(self, node: tree.OverPeriod, context: Context) -> TypedExpr:
        """A metric is measured on the rows of the evaluation here, not over a time."""
        return _in_production(node, context)

    def _difference(self, call: tree.Call, context: Context) -> TypedExpr:
        values = [argument.value for argument in call.arguments if argument.name is None]
        metric = name_of(values[0]) if values else None
        column = values[1] if len(values) > 1 else None
        if metric is None or not isinstance(column, tree.Ref) or len(call.arguments) != 2:
            message = "`max_difference` wants a metric and a column"
            context.report("ML204", message, call.span, help="write it as `max_difference(recall, gender)`")
            return mistake(call.span)
        found = find_metric(context, metric, self.judged)
        slices = slice_column(column, self.schema, context)
        if found is None or slices is None:
            return mistake(call.span)
        return MaxDifference(FLOAT, call.span, found.name, slices.name)


@record
class RequireEnvironment(MetricEnvironment):
    """Beside the model's metrics those of the champion, `evaluation`, and `approval("team")`."""

    @property
    def calls(self) -> tuple[str, ...]:
        """`approval` too."""
        return ("max_difference", "approval")

    def names(self, context: Context) -> Iterator[str]:
        """`evaluation` too."""
        yield "evaluation"
        yield from MetricEnvironment.names(self, context)

    def name(self, ref: tree.Ref, context: Context) -> TypedExpr:
        """`evaluation` too."""
        if len(ref.parts) == 1 and ref.parts[0].text == "evaluation":
            return Named(BOOL, ref.span, "evaluation")
        if len(ref.parts) == 1 and ref.parts[0].text == "approval":
            context.report("ML204", "`approval` wants whose it is", ref.span, help='write `approval("team")`')
            return mistake(ref.span)
        return MetricEnvironment.name(self, ref, context)

    def champion(self, ref: tree.Ref, context: Context) -> TypedExpr:
        """A metric of the model in production."""
        if ref.parts[1].text in ROLLBACK_METRICS:
            return self.live(ref.parts[1], context)
        metric = find_metric(context, ref.parts[1], self.judged)
        return MetricRef(FLOAT, ref.span, metric.name, "champion") if metric is not None else mistake(ref.span)

    def call(self, call: tree.Call, context: Context) -> TypedExpr | None:
        """`approval("team")` too."""
        if call.function.text != "approval":
            return MetricEnvironment.call(self, call, context)
        match call.arguments:
            case (tree.Argument(name=None, value=tree.Literal(kind="string", value=str(team))),) if team:
                return Named(BOOL, call.span, "approval", team)
            case _:
                context.report("ML204", "`approval` wants whose it is", call.span, help='write `approval("team")`')
                return mistake(call.span)


@record
class RollbackEnvironment(Environment):
    """What is measured of an endpoint without labels, whose model does `task` (None: not known)."""

    task: Task | None = None

    def name(self, ref: tree.Ref, context: Context) -> TypedExpr:
        """A live metric, else a parameter or the like."""
        text = ref.span.text
        if text == "prediction_mean" and self.task is not None and self.task in _WITHOUT_MEAN:
            message = f"predictions of a model that {does(self.task)} have no mean"
            context.report("ML405", message, ref.span, help="watch `error_rate` or `latency_p99` instead")
            return mistake(ref.span)
        if text in ROLLBACK_METRICS:
            return MetricRef(DURATION if text.startswith("latency") else FLOAT, ref.span, text, "live")
        found = run_value(ref, context)
        if found is not None:
            return found
        if text in _PLACES:
            return _elsewhere(text, ref.span, context)
        known = near_or_list(text, ROLLBACK_METRICS, "what is known there")
        if text in METRICS or ref.parts[0].text == "champion":
            message = f"`{text}` needs labels, which a rollback does not wait for"
            context.report("ML504", message, ref.span, help=known)
        else:
            context.report("ML405", f"there is no metric `{text}` of an endpoint", ref.span, help=known)
        return mistake(ref.span)

    def call(self, call: tree.Call, context: Context) -> TypedExpr | None:
        """What other places watch or ask."""
        name = call.function.text
        return _elsewhere(name, call.span, context) if name in _PLACES else None

    def period(self, node: tree.OverPeriod, context: Context) -> TypedExpr:
        """A rollback does not wait."""
        return _in_production(node, context)

    def names(self, context: Context) -> Iterator[str]:
        """The live metrics, then what every place knows."""
        yield from ROLLBACK_METRICS
        yield from Environment.names(self, context)


@record
class MonitorEnvironment(MetricEnvironment):
    """Drift, null rates, and metrics over a period. `drifting` are the columns that selectors choose among."""

    drifting: tuple[Column, ...] = ()

    @property
    def calls(self) -> tuple[str, ...]:
        """What is watched."""
        return ("drift", "prediction_drift", "null_rate")

    def metric(self, ref: tree.Ref, context: Context) -> TypedExpr:
        """A metric has a period here."""
        found = MetricEnvironment.metric(self, ref, context)
        if isinstance(found, MetricRef):
            help_ = f"write `{found.name} over 30d`"
            context.report("ML107", f"over which time is `{found.name}` measured?", ref.span, help=help_)
            return mistake(ref.span)
        return found

    def period(self, node: tree.OverPeriod, context: Context) -> TypedExpr:
        """`METRIC over 30d`."""
        match node.operand:
            case tree.Ref(parts=(tree.Name(text="champion"), _)) as ref:
                return self.champion(ref, context)
            case tree.Ref(parts=(live,)) if live.text in ROLLBACK_METRICS:
                return self.live(live, context)
        name = name_of(node.operand)
        if name is None:
            context.report("ML405", "a metric is wanted before `over`", node.operand.span)
            return mistake(node.span)
        metric = find_metric(context, name, self.judged)
        period = node.period.value
        if metric is None or not isinstance(period, timedelta):
            return mistake(node.span)
        if period <= timedelta(0):
            context.report("ML111", "the period must be more than 0", node.period.span)
            return mistake(node.span)
        return MetricRef(FLOAT, node.span, metric.name, "live", period)

    def call(self, call: tree.Call, context: Context) -> TypedExpr | None:
        """`drift(COLUMNS)`, `prediction_drift()`."""
        match call.function.text:
            case "drift":
                return self._drift(call, context)
            case "prediction_drift":
                if call.arguments:
                    context.report("ML204", "`prediction_drift` takes no arguments", call.span)
                    return mistake(call.span)
                return Drift(FLOAT, call.span, (), True)
            case _:
                return MetricEnvironment.call(self, call, context)

    def aggregate(self, call: tree.Call, function: Function, context: Context) -> Environment | None:
        """Of the aggregates, the null rate alone is watched."""
        if function.name == "null_rate":
            return replace(row_environment(self.schema), inside=function.name)
        help_ = "a monitor knows `drift(…)`, `prediction_drift()`, `null_rate(column)` and metrics over a period"
        context.report("ML205", f"a monitor does not watch `{function.name}`", call.function.span, help=help_)
        return None

    def _drift(self, call: tree.Call, context: Context) -> TypedExpr:
        items: list[tree.Ref | tree.Selector] = []
        method: str | None = None
        for argument in call.arguments:
            if argument.name is not None:
                method = _method(argument, argument.name, context)
            elif isinstance(argument.value, (tree.Ref, tree.Selector)):
                items.append(argument.value)
            else:
                context.report("ML204", "`drift` wants columns", argument.span, help="write `drift(all)`")
        if not items:
            if not call.arguments:
                context.report("ML204", "`drift` wants columns", call.span, help="write `drift(all)`")
            return mistake(call.span)
        columns = listed(context, items, self.schema, self.drifting)
        context.use(*columns)
        if not self._are_features(items, columns, context):
            return mistake(call.span)
        return Drift(FLOAT, call.span, tuple(column.name for column in columns), method=_METHODS.get(method or ""))

    def _are_features(self, items: list[tree.Ref | tree.Selector], columns: list[Column], context: Context) -> bool:
        """Whether the model knows all of them; ML201 for one that it was not trained on."""
        others = {column.name for column in columns} - {column.name for column in self.drifting}
        if not self.drifting or not others:
            return True
        for item in items:
            if isinstance(item, tree.Ref) and item.parts[0].text in others:
                name = item.parts[0].text
                help_ = "`drift(all)` means all features; `null_rate` watches any column of the rows"
                context.report("ML201", f"`{name}` is not a feature of this model", item.span, help=help_)
        return False


_METHODS: dict[str, Literal["psi", "ks"]] = {"psi": "psi", "ks": "ks"}


def _method(argument: tree.Argument, name: tree.Name, context: Context) -> str | None:
    spec = OPTIONS["monitor.drift"].get(name.text)
    if spec is None:
        help_ = near_or_list(name.text, OPTIONS["monitor.drift"], "its options")
        context.report("ML204", f"`drift` has no argument `{name.text}`", name.span, help=help_)
        return None
    value = read_value(argument.value, spec)
    if isinstance(value, Wrong):
        report_wrong(context, value, spec.name, argument.value)
        return None
    return str(value)
