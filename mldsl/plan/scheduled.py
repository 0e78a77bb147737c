"""The plan that a batch deployment's or a monitor's own schedule runs: what it needs of the pipeline, and no training.

The model is the champion of the registry at that time. Such a plan is one like any other: every backend runs or
compiles it by the same code.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from mldsl.diagnostics.suggest import did_you_mean
from mldsl.errors import UsageError
from mldsl.plan.inlining import with_inlined
from mldsl.plan.nodes import DeployBody, MonitorBody, Plan, ScheduleSpec, Step
from mldsl.plan.select import closure


def scheduled(plan: Plan, name: str) -> Plan:
    """The plan of the deployment or the monitor of that name. Raises UsageError where there is none.

    A deployment scores its table with the champion: it judges nothing, and registers nothing. A monitor needs the table
    with the labels, where it has one. Parameters that nothing of this needs are left out. `mldsl.plan.Plan.scheduled`
    is the name.
    """
    step, schedule = _alone(plan, name)
    others = closure(plan, [source.step for source in step.inputs.values()] + list(step.after))
    steps = with_inlined((*others, step))
    used = {param for item in steps for param in item.params}
    return replace(
        plan,
        scheduled=name,
        doc=step.doc,
        settings=replace(plan.settings, schedule=schedule),
        params=tuple(param for param in plan.params if param.name in used),
        steps=steps,
    )


def training(plan: Plan) -> Plan:
    """The plan of the pipeline's own schedule: all but its monitors, which run by themselves."""
    return replace(plan, steps=tuple(step for step in plan.steps if not isinstance(step.body, MonitorBody)))


def scheduled_names(plan: Plan) -> tuple[str, ...]:
    """What of a pipeline runs by itself: its batch deployments with a schedule of their own, and its monitors."""
    return tuple(step.name for step in plan.steps if _runs_by_itself(step))


def registry_name(step: Step) -> str:
    """Under which name a deployment is known in the registry: the endpoint's or the registry's; a batch's, its own."""
    assert isinstance(step.body, DeployBody)
    return step.name if step.body.target == "batch" else step.body.subject


def _runs_by_itself(step: Step) -> bool:
    body = step.body
    return isinstance(body, MonitorBody) or (isinstance(body, DeployBody) and body.schedule is not None)


def _alone(plan: Plan, name: str) -> tuple[Step, ScheduleSpec | None]:
    """The step without what training gives it, and when it runs."""
    candidates = [step for step in plan.steps if isinstance(step.body, DeployBody | MonitorBody)]
    step = next((item for item in candidates if item.name == name), None)
    if step is None:
        raise _unknown(plan, name, candidates)
    match step.body:
        case DeployBody(target="batch") as body:
            return _batch(plan, step, body), body.schedule
        case MonitorBody() as body:
            return _monitor(plan, step, body), ScheduleSpec(every=body.every)
    kind = "an endpoint" if getattr(step.body, "target", None) == "endpoint" else "a registry"
    message = f"`{name}` deploys to {kind}, which has no schedule of its own"
    raise UsageError(message, "the pipeline's run deploys it; batch deployments and monitors run by themselves")


def _batch(plan: Plan, step: Step, body: DeployBody) -> Step:
    given = replace(body, model_from="champion", requires=(), judged=None)
    inputs = {body.subject: step.inputs[body.subject]}
    return replace(step, body=given, inputs=inputs, after=_checks(plan, step, body.subject))


def _monitor(plan: Plan, step: Step, body: MonitorBody) -> Step:
    """Which registry has the champion is said in the body, as the deployment's step is not there."""
    deployment = plan.step(step.inputs[body.deployment].step)
    inputs = {name: source for name, source in step.inputs.items() if name != body.deployment}
    given = replace(body, registry=registry_name(deployment))
    return replace(step, body=given, inputs=inputs, after=_checks(plan, step, body.labels))


def _checks(plan: Plan, step: Step, table: str | None) -> tuple[str, ...]:
    """What of the pipeline's steps it still waits for: the checks of its table, and not the model's evaluation."""
    waited_for = map(plan.step, step.after)
    return tuple(item.id for item in waited_for if item.kind == "check" and item.name == table)


def _unknown(plan: Plan, name: str, candidates: Iterable[Step]) -> UsageError:
    names = [step.name for step in candidates if _runs_by_itself(step)]
    near = did_you_mean(name, names)
    listed = ", ".join(f"`{item}`" for item in names)
    there = f"these run by themselves: {listed}" if names else "it has no batch deployment with a schedule, no monitor"
    return UsageError(f"no deployment and no monitor of `{plan.name}` is called `{name}`", near or there)
