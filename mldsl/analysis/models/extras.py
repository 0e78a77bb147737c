"""The options of a model beside its features: the positive class, weights, calibration, the threshold."""

from __future__ import annotations

from typing import Literal

from mldsl.analysis.context import Context
from mldsl.analysis.expressions.rows import find_column
from mldsl.analysis.metrics import Judged, does, find_metric
from mldsl.analysis.models.target import Classes
from mldsl.analysis.options.block import Options, report_wrong
from mldsl.analysis.options.readers import read_value
from mldsl.analysis.options.values import Wrong, describe, name_of
from mldsl.analysis.params import literal_fits
from mldsl.analysis.program import Task, Threshold
from mldsl.analysis.typed import Column, Schema
from mldsl.analysis.wording import described, near_or_list
from mldsl.catalog.options import OPTIONS
from mldsl.catalog.tasks import TASK_WORDS
from mldsl.diagnostics.model import Label
from mldsl.records import record
from mldsl.syntax import tree

_CALIBRATIONS: dict[str, Literal["isotonic", "sigmoid"]] = {"isotonic": "isotonic", "sigmoid": "sigmoid"}

# The tasks in which an option of a model has a meaning.
_TASKS: dict[str, tuple[Task, ...]] = {
    "class_weight": ("binary", "multiclass"),
    "weight": ("binary", "multiclass", "regression"),
    "calibrate": ("binary", "multiclass"),
    "threshold": ("binary",),
    "positive": ("binary",),
}


@record
class Extras:
    """What the options say."""

    class_weight: Literal["balanced"] | None = None
    calibrate: Literal["isotonic", "sigmoid"] | None = None


def check_tasks(context: Context, options: Options, task: Task | None) -> None:
    """ML111 for options that mean nothing for the task; they are then taken as not given."""
    for name, tasks in _TASKS.items():
        if task is None or name not in options.given or task in tasks:
            continue
        options.values.pop(name, None)
        wanted = " or ".join(TASK_WORDS[item] for item in tasks)
        message = f"`{name}` is for models that predict {wanted}, and this one {does(task)}"
        context.report("ML111", message, options.given[name].name.span, help="leave it out")


def read_extras(options: Options) -> Extras:
    """The options that need nothing else."""
    balanced = options.get("class_weight", str) == "balanced"
    calibration = options.get("calibrate", str)
    return Extras("balanced" if balanced else None, _CALIBRATIONS.get(calibration) if calibration else None)


def read_weight(context: Context, options: Options, schema: Schema) -> str | None:
    """The column of `weight:`, which must be a number that is never missing (ML202)."""
    name = options.get("weight", tree.Name)
    if name is None:
        return None
    column = find_column(tree.Ref(name.span, (name,)), schema, context)
    if column is None:
        return None
    context.use(column)
    type_ = column.type
    if type_.kind != "any" and (not type_.is_number or type_.nullable):
        labels = (Label(column.origin, described(type_)),) if column.origin is not None else ()
        message = f"a weight is a number that is never missing, not {described(type_)}"
        context.report("ML202", message, name.span, labels=labels)
        return None
    return column.name


def read_positive(context: Context, options: Options, target: Column, classes: Classes) -> Classes:
    """The classes with the positive one that `positive:` names; ML209 or ML202 for one that there is not."""
    if "positive" not in options.values:
        return classes
    option = options.given["positive"]
    value = option.values[0]
    declared = Label(target.origin or option.name.span, f"the target is {described(target.type)}")
    if isinstance(value, tree.Literal) and literal_fits(context, value, target.type.with_null(False), declared):
        return Classes(classes.values, value.value)
    return classes


def read_threshold(context: Context, options: Options, judged: Judged) -> Threshold | None:
    """A probability, the best for a metric, or the cheapest for given costs. All of them need probabilities (ML405)."""
    found = options.values.get("threshold")
    if found is None:
        return None
    if judged.silent is not None:
        algorithm, span = judged.silent
        labels = (Label(span, "gives classes only"),)
        message = f"a threshold needs probabilities, which `{algorithm}` does not give"
        help_ = "`calibrate: sigmoid` makes some of its scores"
        context.report("ML405", message, options.span("threshold"), labels=labels, help=help_)
        return None
    match found:
        case float():
            return Threshold(value=found)
        case tree.Call(function=tree.Name(text="cost")) as call:
            return _costs(context, call)
        case tree.Call() as call:
            return _best(context, call, judged)
        case _:
            return None


def _best(context: Context, call: tree.Call, judged: Judged) -> Threshold | None:
    name = name_of(call.arguments[0].value) if len(call.arguments) == 1 else None
    if name is None:
        context.report("ML204", "`maximize` wants one metric", call.span, help="write `maximize(f1)`")
        return None
    metric = find_metric(context, name, judged)
    if metric is None:
        return None
    if metric.needs != "labels":
        message = f"`{name.text}` does not depend on the threshold: it looks at probabilities"
        context.report("ML405", message, name.span, help="maximise `f1`, `balanced_accuracy` or `mcc`")
        return None
    return Threshold(metric=name.text)


def _costs(context: Context, call: tree.Call) -> Threshold | None:
    specs = OPTIONS["threshold.cost"]
    costs: dict[str, float] = {}
    for argument in call.arguments:
        spec = specs.get(argument.name.text) if argument.name is not None else None
        if spec is None:
            given = argument.name.text if argument.name is not None else describe(argument.value)
            help_ = near_or_list(given, specs, "its arguments")
            context.report("ML204", f"`cost` has no argument {_named(argument)}", argument.span, help=help_)
            return None
        value = read_value(argument.value, spec)
        if isinstance(value, Wrong):
            report_wrong(context, value, spec.name, argument.value)
            return None
        costs[spec.name] = float(value)  # type: ignore[arg-type]
    missing = [name for name in specs if name not in costs]
    if missing:
        help_ = "write `cost(false_positive: 1, false_negative: 5)`"
        context.report("ML204", f"`cost` needs `{missing[0]}` too", call.span, help=help_)
        return None
    if not any(costs.values()):
        context.report("ML111", "one of the costs must be more than 0", call.span)
        return None
    return Threshold(false_positive=costs["false_positive"], false_negative=costs["false_negative"])


def _named(argument: tree.Argument) -> str:
    return f"`{argument.name.text}`" if argument.name is not None else "without a name"
