"""Models and their evaluations."""

from __future__ import annotations

from collections.abc import Iterable

from mldsl.analysis import program
from mldsl.plan import nodes
from mldsl.plan.expressions import to_json
from mldsl.plan.lower.judging import budget
from mldsl.plan.lower.places import Places
from mldsl.plan.lower.tables import expectations
from mldsl.plan.lower.values import code, column, columns, json_value, json_values, real, seconds


def model(
    given: program.ModelDecl, split: program.SplitDecl | None, folds: nodes.Folds, seed: int, places: Places
) -> nodes.ModelBody:
    """A model; `split` is the one that it learns from (None for another table)."""
    return nodes.ModelBody(
        goal=given.goal,
        task=given.task,
        target=None if given.target is None else column(given.target),
        table=given.table,
        validation=validation_part(split),
        features=columns(given.features),
        prepare=_prepare(given.prepare),
        algorithms=tuple(_algorithm(use, places) for use in given.algorithms),
        tune=None if given.tune is None else _tune(given.tune),
        cv=given.cv,
        folds=folds,
        classes=tuple(json_value(value) for value in given.classes),
        positive=to_json(given.positive),
        class_weight=given.class_weight,
        weight=given.weight,
        calibrate=given.calibrate,
        threshold=None if given.threshold is None else _threshold(given.threshold),
        seed=seed,
        outputs=columns(given.outputs),
    )


def validation_part(split: program.SplitDecl | None) -> str | None:
    """The name of the split's validation part, if it has one."""
    return f"{split.name}.validation" if split is not None and "validation" in split.shares else None


def evaluation(given: program.EvaluateDecl, whole: program.Program) -> nodes.EvaluateBody:
    """An evaluation of one of the program's models."""
    model = whole.models[given.model]
    return nodes.EvaluateBody(
        model=given.model,
        table=given.table,
        task=model.task,
        target=None if model.target is None else column(model.target),
        expectations=expectations(given.expectations),
        reports=given.reports,
        against=given.against,
        unit=given.unit,
        seed=whole.settings.seed,
        budget=budget(given.table, whole),
    )


def _prepare(rules: Iterable[program.PrepareRule]) -> tuple[nodes.PrepareRule, ...]:
    return tuple(
        nodes.PrepareRule(
            columns=rule.columns,
            steps=tuple(nodes.PrepareStep(name=use.name, arguments=json_values(use.arguments)) for use in rule.steps),
            algorithms=rule.algorithms,
        )
        for rule in rules
    )


def _algorithm(use: program.AlgorithmUse, places: Places) -> nodes.Algorithm:
    factory = use.factory if isinstance(use.factory, str) else code(use.factory, places)
    parameters = {name: _parameter(value) for name, value in use.parameters.items()}
    return nodes.Algorithm(name=use.name, factory=factory, parameters=parameters)


def _parameter(value: object) -> nodes.Range | nodes.Choice | nodes.FixedValue:
    match value:
        case program.RangeValue(low, high, log, integer):
            return nodes.Range(range=(float(low), float(high)), log=log, integer=integer)
        case program.ChoiceValue(values):
            return nodes.Choice(choice=tuple(json_value(item) for item in values))
        case _:
            return nodes.FixedValue(value=json_value(value))


def _tune(given: program.Tune) -> nodes.Tune:
    return nodes.Tune(
        metric=given.metric,
        maximize=given.maximize,
        trials=given.trials,
        cv=given.cv,
        timeout=seconds(given.timeout),
        sampler=given.sampler,
        parallel=given.parallel,
    )


def _threshold(given: program.Threshold) -> nodes.Threshold:
    return nodes.Threshold(
        value=real(given.value),
        metric=given.metric,
        false_positive=real(given.false_positive),
        false_negative=real(given.false_negative),
    )
