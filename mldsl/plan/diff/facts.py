"""What a step says, as named facts in the words of the language, so that two versions of it can be compared."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Literal

from mldsl.plan import nodes
from mldsl.plan.diff.words import duration, expression, hidden, literal, name, names, share, size, string

# What has a `resources` block of its own.
_ASKING = ("model", "deploy")

Part = Literal["option", "column", "line"]


@dataclass(frozen=True, slots=True)
class Fact:
    """An option (`stratify` is `churned`) or a column of the result (`total` is `float?`); `value` may be empty."""

    part: Part
    name: str
    value: str = ""


def facts(step: nodes.Step, common: nodes.Resources) -> Iterator[Fact]:
    """All that the step says, but for its conditions and the lines of a transform (see `verbs`).

    Of resources only what is not said of all steps (see `common_resources`).
    """
    yield from _of_body(step.body)
    known = set(resources(common))
    yield from (fact for fact in resources(step.resources) if fact not in known)


def common_resources(plan: nodes.Plan) -> nodes.Resources:
    """What the pipeline asks for on behalf of all steps: what those have that cannot ask for anything themselves."""
    return next((step.resources for step in plan.steps if step.kind not in _ASKING), nodes.Resources())


def _of_body(body: nodes.Body) -> Iterator[Fact]:
    match body:
        case nodes.SourceBody():
            yield from _source(body)
        case nodes.CheckBody():
            yield from _plain(table=body.table)
        case nodes.TransformBody():
            yield from _transform(body)
        case nodes.SplitBody():
            yield from _split(body)
        case nodes.ModelBody():
            yield from _model(body)
        case nodes.EvaluateBody():
            yield from _evaluation(body)
        case nodes.DeployBody():
            yield from _deployment(body)
        case nodes.MonitorBody():
            yield from _monitor(body)


def resources(given: nodes.Resources) -> Iterator[Fact]:
    """What the step may use."""
    if given.memory is not None:
        yield Fact("option", "memory", size(given.memory))
    yield from _plain(cpu=None if given.cpu is None else f"{given.cpu:g}", gpu=given.gpu, accelerator=given.accelerator)
    yield from (Fact("option", f"node label {label.key}", label.value) for label in given.node_selector)
    yield from (Fact("option", f"tolerates {_taint(item)}") for item in given.tolerations)
    for volume in given.volumes:
        yield Fact("option", f"volume {volume.path}", f"{volume.claim}{' read only' if volume.read_only else ''}")


def _taint(given: nodes.Toleration) -> str:
    """`dedicated=ml:NoSchedule`."""
    value = "" if given.value is None else f"={given.value}"
    return f"{given.key}{value}{f':{given.effect}' if given.effect else ''}"


def argument(value: nodes.Argument) -> str:
    """A connector's argument."""
    match value:
        case nodes.Secret():
            return f'secret("{value.secret}")'
        case nodes.PythonCode():
            return f'python("{value.path}:{value.name}")'
        case _:
            return literal(value)


def schedule(given: nodes.ScheduleSpec) -> str:
    """`cron("0 3 * * *", timezone: "UTC")`, or an interval."""
    if given.cron is None:
        return duration(given.every or 0)
    return f"cron({string(given.cron)}, timezone: {string(given.timezone)})"


def _plain(**values: str | float | bool | None) -> Iterator[Fact]:
    """Options that are there, by name; texts stand as they are."""
    for key, value in values.items():
        if value is not None:
            yield Fact("option", key.replace("_", " "), value if isinstance(value, str) else literal(value))


def _columns(columns: Iterable[nodes.ColumnSpec]) -> Iterator[Fact]:
    for column in columns:
        if hidden(column.name):
            continue
        words = [str(column.type), *column.roles, *([f"from {string(column.raw)}"] if column.raw else [])]
        yield Fact("column", name(column.name), " ".join(words))


def _source(body: nodes.SourceBody) -> Iterator[Fact]:
    yield from _plain(connector=body.connector)
    yield from (Fact("option", key, argument(value)) for key, value in body.arguments.items())
    yield from _columns(body.columns)


def _transform(body: nodes.TransformBody) -> Iterator[Fact]:
    match body.action:
        case nodes.VerbsForm():
            yield from _plain(table=body.action.table)
            keys = [verb for verb in body.action.verbs if isinstance(verb, nodes.Sample)]
            yield from (Fact("option", "seed", literal(verb.seed)) for verb in keys[:1])
        case nodes.SqlForm() | nodes.PythonForm():
            yield from _plain(written_in="sql" if isinstance(body.action, nodes.SqlForm) else "python")
    yield from _columns(body.columns)


def conditions(body: nodes.Body) -> list[str]:
    """The expectations and requirements, written anew, so that how they were laid out does not count."""
    match body:
        case nodes.CheckBody() | nodes.EvaluateBody() | nodes.MonitorBody():
            return list(map(_expectation, body.expectations))
        case nodes.DeployBody():
            return list(map(_requirement, body.requires))
        case _:
            return []


def _expectation(item: nodes.Expectation) -> str:
    words = [f"expect {expression(item.condition)}"]
    if item.each is not None:
        words.append(f"for each {name(item.each)}")
    if item.at_least is not None:
        words.append(f"for at least {share(item.at_least)}")
    if item.confidence is not None:
        words.append(f"with confidence {share(item.confidence)}")
    if item.otherwise != "fail":
        words.append(f"else {item.otherwise}")
    return " ".join(words)


def _requirement(item: nodes.Requirement) -> str:
    sure = "" if item.confidence is None else f" with confidence {share(item.confidence)}"
    return f"require {expression(item.condition)}{sure}"


def _split(body: nodes.SplitBody) -> Iterator[Fact]:
    yield from _plain(table=body.table)
    yield from (Fact("option", part, share(value)) for part, value in body.shares)
    yield from _plain(stratify=body.stratify, time=body.time, group=body.group, seed=body.seed)
    yield from _plain(key=names(body.key) or "all columns")
    if body.reach:
        yield Fact("option", "leaves out", "rows whose target is made of rows of a later part")


def _model(body: nodes.ModelBody) -> Iterator[Fact]:
    yield from _plain(goal=body.goal, task=body.task, table=body.table, validation=body.validation, seed=body.seed)
    if body.target is not None:
        yield Fact("option", "target", f"{name(body.target.name)}: {body.target.type}")
    yield from (Fact("option", f"feature {name(column.name)}", str(column.type)) for column in body.features)
    for rule in body.prepare:
        steps = " | ".join(map(_prepare_step, rule.steps))
        only = [body.algorithms[index].name for index in rule.algorithms]
        behind = f" for {', '.join(only)}" if only and len(only) < len(body.algorithms) else ""
        yield from (Fact("option", f"prepare {name(column)}{behind}", steps) for column in rule.columns)
    for algorithm in body.algorithms:
        yield from _algorithm(algorithm)
    yield from _tuning(body)
    yield from _plain(positive=None if body.positive is None else literal(body.positive), weight=body.weight)
    yield from _plain(class_weight=body.class_weight, calibrate=body.calibrate)
    if body.threshold is not None:
        yield Fact("option", "threshold", _threshold(body.threshold))


def _prepare_step(step: nodes.PrepareStep) -> str:
    arguments = ", ".join(f"{key}: {literal(value)}" for key, value in step.arguments.items())
    return f"{step.name}({arguments})" if arguments else step.name


def _algorithm(given: nodes.Algorithm) -> Iterator[Fact]:
    yield Fact("option", f"algorithm {given.name}")
    for key, value in given.parameters.items():
        yield Fact("option", f"{given.name} {key}", _parameter(value))


def _parameter(value: nodes.Range | nodes.Choice | nodes.FixedValue) -> str:
    match value:
        case nodes.Range():
            low, high = (literal(int(end) if value.integer else end) for end in value.range)
            return f"{low}..{high}{' log' if value.log else ''}"
        case nodes.Choice():
            return f"choice({literal(value.choice)})"
        case nodes.FixedValue():
            return literal(value.value)


def _tuning(body: nodes.ModelBody) -> Iterator[Fact]:
    tune = body.tune
    if tune is None:
        yield from _plain(cv=body.cv if len(body.algorithms) > 1 else None)
        return
    yield Fact("option", "maximize" if tune.maximize else "minimize", tune.metric)
    timeout = None if tune.timeout is None else duration(tune.timeout)
    yield from _plain(trials=tune.trials, cv=tune.cv, sampler=tune.sampler, timeout=timeout, parallel=tune.parallel)


def _threshold(given: nodes.Threshold) -> str:
    if given.value is not None:
        return literal(given.value)
    if given.metric is not None:
        return f"maximize({given.metric})"
    return f"cost(false_positive: {literal(given.false_positive)}, false_negative: {literal(given.false_negative)})"


def _evaluation(body: nodes.EvaluateBody) -> Iterator[Fact]:
    yield from _plain(model=body.model, table=body.table, against=body.against, unit=body.unit, seed=body.seed)
    yield from _plain(budget=body.budget)
    yield from (Fact("option", f"report {report}") for report in body.reports)


def _deployment(body: nodes.DeployBody) -> Iterator[Fact]:
    yield from _plain(model=body.model, to=f"{body.target} {body.subject}")
    yield from _plain(judged_on=None if body.judged is None else body.judged.table)
    if body.rollout:
        stages = (f"{share(part)}" + (f" for {duration(time)}" if time else "") for part, time in body.rollout)
        yield Fact("option", "rollout", "; ".join(stages))
    if body.rollback is not None:
        yield Fact("option", "rollback when", expression(body.rollback))
    if body.replicas is not None:
        low, high = body.replicas
        yield Fact("option", "replicas", str(low) if low == high else f"{low}..{high}")
    yield from _plain(schedule=None if body.schedule is None else schedule(body.schedule))
    yield from _plain(write=body.write_connector, columns=names(body.columns) or None)
    yield from (Fact("option", f"write {key}", argument(value)) for key, value in body.write_arguments.items())


def _monitor(body: nodes.MonitorBody) -> Iterator[Fact]:
    yield from _plain(deployment=body.deployment, every=duration(body.every), labels=body.labels)
    for action in body.actions:
        target = "" if action.target is None else argument(action.target)
        yield Fact("option", f"on breach {action.name}", target)
