"""How steps hang together: what a step gives, what a reader of a table reads, and whether a plan's links hold."""

from __future__ import annotations

from collections.abc import Iterable

from mldsl.errors import PlanError
from mldsl.plan.nodes import CheckBody, DeployBody, EvaluateBody, Input, ModelBody, Plan, SplitBody, Step
from mldsl.records import record


@record
class Reading:
    """How a table is read: from which output, and after which checks of it."""

    source: Input
    after: tuple[str, ...] = ()


def outputs(step: Step) -> tuple[str, ...]:
    """The names of what the step gives."""
    match step.body:
        case CheckBody(quarantines=True):
            return ("report", "table", "quarantined")
        case CheckBody():
            return ("report",)
        case SplitBody(shares=shares):
            return tuple(part for part, _ in shares)
        case ModelBody():
            return ("model", "summary")
        case EvaluateBody(reports=reports):
            return ("metrics", *reports)
        case DeployBody(target="batch"):
            return ("report", "table")
        case body:
            return {"source": ("table",), "transform": ("table",)}.get(body.kind, ("report",))


def reading(raw: Input, checks: Iterable[tuple[str, bool]]) -> Reading:
    """How a table that comes from `raw` is read, given the ids of its checks and whether each sets rows aside.

    A reader takes the rows that a quarantine left and waits for the other checks, so that a failing one stops it.
    """
    source, after = raw, []
    for id_, quarantines in checks:
        if quarantines:
            source = Input(step=id_, output="table")
        else:
            after.append(id_)
    return Reading(source, tuple(after))


def needs(step: Step) -> tuple[str, ...]:
    """The ids of the steps that must have succeeded before `step`, each once."""
    return tuple(dict.fromkeys([*(source.step for source in step.inputs.values()), *step.after]))


def readers(plan: Plan, id_: str) -> tuple[Step, ...]:
    """The steps that read an output of the step of that id."""
    return tuple(step for step in plan.steps if any(source.step == id_ for source in step.inputs.values()))


def feeding(plan: Plan, step: Step) -> tuple[str, ...]:
    """The ids of what `step` needs, and of what the inlined steps among these need, and so on."""
    found: dict[str, None] = {}
    waiting = [step]
    while waiting:
        for id_ in needs(waiting.pop()):
            if id_ not in found:
                found[id_] = None
                waiting += [upstream] if (upstream := plan.step(id_)).inlined else []
    return tuple(found)


def check_links(plan: Plan) -> None:
    """Raises PlanError unless ids are unique and every step stands behind the steps, and takes outputs, that exist."""
    given: dict[str, tuple[str, ...]] = {}
    for step in plan.steps:
        if step.id in given:
            raise PlanError(f"this is not a plan: two steps are called `{step.id}`")
        if step.kind != step.body.kind:
            raise PlanError(f"this is not a plan: `{step.id}` is a {step.kind} with the body of a {step.body.kind}")
        for name in needs(step):
            if name not in given:
                raise PlanError(f"this is not a plan: `{step.id}` needs `{name}`, which does not stand before it")
        for source in step.inputs.values():
            if source.output not in given[source.step]:
                raise PlanError(
                    f"this is not a plan: `{source.step}` gives no `{source.output}`, which `{step.id}` reads"
                )
        given[step.id] = outputs(step)
