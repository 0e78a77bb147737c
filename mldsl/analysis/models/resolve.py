"""A `model` declaration, from its tree to what the plan needs."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from mldsl.analysis.context import Context
from mldsl.analysis.metrics import Judged
from mldsl.analysis.models.algorithms import Chosen, choose_algorithm, default_algorithm
from mldsl.analysis.models.data import Data, model_data
from mldsl.analysis.models.extras import check_tasks, read_extras, read_positive, read_threshold, read_weight
from mldsl.analysis.models.features import Features, features_of, offered_features
from mldsl.analysis.models.outputs import outputs_of
from mldsl.analysis.models.parameters import read_parameters
from mldsl.analysis.models.prepare.rules import prepare_rules
from mldsl.analysis.models.target import Classes, classes_of, find_target, task_of
from mldsl.analysis.models.tuning import check_tuning, read_tune
from mldsl.analysis.options.block import Options, once, read_options
from mldsl.analysis.program import AlgorithmUse, ModelDecl, Task, Tune
from mldsl.analysis.resources import read_resources, the_block
from mldsl.analysis.typed import Column
from mldsl.records import record
from mldsl.source import Span
from mldsl.syntax import tree


def resolve_model(context: Context, declaration: tree.Declaration) -> ModelDecl | None:
    """The model; None where its task is not known after a report. All of it is looked at all the same."""
    if not isinstance(declaration, tree.Model):
        return None
    data = model_data(context, declaration.data)
    target, task = _goal(context, declaration, data)
    options = read_options(context, "model", _options(declaration), declaration.name.span)
    check_tasks(context, options, task)
    weight = read_weight(context, options, data.schema)
    features = _features(context, declaration, data, target, weight, options)
    algorithms = _algorithms(context, declaration, task)
    uses = tuple(_use(context, chosen) for chosen in algorithms.chosen)
    prepare = _the_prepare(context, declaration)
    rules = prepare_rules(
        context, prepare, features, data.schema, algorithms.chosen, has_target=declaration.goal == "predict"
    )
    extras = read_extras(options)
    judged = Judged(task, algorithms.silent if extras.calibrate is None else None)
    threshold = read_threshold(context, options, judged)
    tune = _tune(context, declaration, judged, algorithms)
    resources = read_resources(context, declaration.body)
    if task is None:
        return None
    classes = _classes(context, options, target, task)
    return ModelDecl(
        declaration.name.text,
        declaration.doc,
        declaration.name.span,
        goal=declaration.goal,
        task=task,
        target=target,
        table=data.table,
        split=data.split,
        features=features.columns,
        prepare=rules,
        algorithms=uses,
        tune=tune,
        cv=tune.cv if tune is not None else 5,
        classes=classes.values,
        positive=classes.positive,
        class_weight=extras.class_weight,
        weight=weight,
        calibrate=extras.calibrate,
        threshold=threshold,
        resources=resources,
        outputs=outputs_of(task, target, classes, probabilities=judged.silent is None),
    )


def _options(declaration: tree.Model) -> Iterable[tree.Option]:
    return (item for item in declaration.body if isinstance(item, tree.Option))


def _goal(context: Context, declaration: tree.Model, data: Data) -> tuple[Column | None, Task | None]:
    """The target and the task."""
    match declaration.goal:
        case "cluster":
            return None, "cluster"
        case "anomalies":
            return None, "anomaly"
        case "predict":
            name = declaration.target
            target = find_target(context, name, data.schema) if name is not None else None
            return target, task_of(context, target, name) if target is not None and name is not None else None


def _features(
    context: Context, declaration: tree.Model, data: Data, target: Column | None, weight: str | None, options: Options
) -> Features:
    items = tuple(item for item in options.each("features", tree.Node) if isinstance(item, (tree.Ref, tree.Selector)))
    offered = offered_features(data.schema, target, weight)
    return features_of(context, items, data.schema, offered, target, declaration.name.span)


def _classes(context: Context, options: Options, target: Column | None, task: Task) -> Classes:
    if target is None:
        return Classes()
    return read_positive(context, options, target, classes_of(target.type, task))


def _the_prepare(context: Context, declaration: tree.Model) -> tree.Prepare | None:
    found: tree.Prepare | None = None
    for item in declaration.body:
        if isinstance(item, tree.Prepare) and once(context, item, "prepare", found):
            found = item
    return found


# --- algorithms ------------------------------------------------------------------------------------------------------


@record
class _Algorithms:
    """The algorithms of a model. `complete` is false where one was reported and left out.

    `silent` is the first classifier that gives no probabilities, with its place.
    """

    chosen: Sequence[Chosen]
    complete: bool = True
    silent: tuple[str, Span] | None = None


def _algorithms(context: Context, declaration: tree.Model, task: Task | None) -> _Algorithms:
    nodes = [item for item in declaration.body if isinstance(item, tree.Algorithm)]
    if not nodes:
        return _Algorithms([default_algorithm(task, declaration.name.span)] if task is not None else [])
    found = [choose_algorithm(context, node, task) for node in nodes]
    chosen = [item for item in found if item is not None]
    silent = next(((item.name, item.span) for item in chosen if item.probabilities is False), None)
    return _Algorithms(chosen, len(chosen) == len(found), silent if task in ("binary", "multiclass") else None)


def _use(context: Context, chosen: Chosen) -> AlgorithmUse:
    return AlgorithmUse(chosen.name, chosen.factory, read_parameters(context, chosen), chosen.span)


def _tune(context: Context, declaration: tree.Model, judged: Judged, algorithms: _Algorithms) -> Tune | None:
    """The search; what cannot be compared at all is reported."""
    block = the_block(context, declaration.body, "tune")
    check_tuning(context, block, algorithms.chosen, algorithms.complete)
    if block is not None:
        return read_tune(context, block, judged)
    if judged.task == "anomaly" and len(algorithms.chosen) > 1:
        message = "algorithms that find anomalies cannot be compared: there are no labels"
        help_ = "make a model of each, and evaluate both"
        context.report("ML405", message, algorithms.chosen[1].span, help=help_)
    return None
