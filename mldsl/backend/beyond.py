"""What a plan asks for beyond a target's capabilities: the part of ML601 that needs to know nothing but their table."""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Iterator

from mldsl.backend.model import Capabilities, Place, Refusal
from mldsl.backend.options import capabilities_of
from mldsl.backend.registry import backend_names
from mldsl.plan.approvals import teams
from mldsl.plan.nodes import DeployBody, Plan, PlanSettings, Resources

# What every target honours, or says more about than yes and no.
_SETTLED = ("seed", "artifacts", "engine", "engine_url")
SETTINGS = tuple(name for name in PlanSettings.__dataclass_fields__ if name not in _SETTLED)
"""The options of a pipeline that a target may honour or not."""

RESOURCES = tuple(Resources.__dataclass_fields__)
"""What a `resources` block may ask for."""

_WEBHOOK = re.compile(r"https?://\S+")


def beyond(plan: Plan, target: str, can: Capabilities, given: Callable[[str], bool]) -> Iterator[Refusal]:
    """A refusal for each option, resource and engine that the target has not got.

    `given` says whether a condition that the table sets for a resource is met (see `Capabilities.resources`).
    """
    default = PlanSettings()
    for name in SETTINGS:
        if name not in can.settings and getattr(plan.settings, name) != getattr(default, name):
            way = _who(_honours(name))
            yield Refusal("ML601", Place("setting", name), f"{target} cannot honour `{name}`", way)
    if plan.settings.engine not in can.engines:
        has = _who(lambda other: plan.settings.engine in other.engines)
        message = f"{target}'s tasks cannot compute tables with `{plan.settings.engine}`"
        engines = " or ".join(f"`{name}`" for name in sorted(can.engines, reverse=True))
        yield Refusal("ML601", Place("setting", "engine"), message, f"{has}; the engine here is {engines}")
    for step in plan.steps:
        if can.carries_out(step):
            granted = {name for name in RESOURCES if _granted(can.resources.get(name), given)}
            for name in RESOURCES:
                follows = name == "accelerator" and "gpu" not in granted  # one mistake, told once
                if getattr(step.resources, name) and name not in granted and not follows:
                    place = Place("step", step.id, name, block="resources")
                    yield Refusal("ML601", place, f"{target} cannot honour `{name}`", _way(can, name))


def untold(plan: Plan, target: str) -> Iterator[Refusal]:
    """A refusal where `notify` is no address that a target's tasks could post to."""
    notify = plan.settings.notify
    if isinstance(notify, str) and not _WEBHOOK.fullmatch(notify):
        message = f"{target}'s tasks tell a webhook, and `{notify}` is not the address of one"
        yield Refusal("ML601", Place("setting", "notify"), message, 'write `secret("NAME")` or an `https://` address')


def ungiven(plan: Plan, target: str, kinds: Container[str], scheduled: str) -> Iterator[Refusal]:
    """A refusal for each parameter that nobody can give.

    `kinds` are the types that a target's parameters may have; `scheduled` is what runs by itself there.
    """
    for param in plan.params:
        place = Place("param", param.name)
        if param.type.kind not in kinds:
            yield Refusal("ML601", place, f"a parameter in {target} cannot be a `{param.type}`")
        elif param.required and plan.settings.schedule is not None:
            message = f"{scheduled} needs a default for each parameter, and `{param.name}` has none"
            help_ = f"write `param {param.name}: {param.type} = …`, or leave out the schedule"
            yield Refusal("ML601", place, message, help_)


def unasked(plan: Plan, granularity: str) -> Iterator[Refusal]:
    """A refusal for each deployment that waits for somebody, where one task is everything: it has no place to wait."""
    for step in plan.steps if granularity == "pipeline" else ():
        if isinstance(step.body, DeployBody) and teams(step.body):
            message = f"one task for the whole pipeline cannot wait for the approval that `{step.name}` requires"
            yield Refusal("ML601", Place("step", step.id), message, "compile it with `--granularity step`")


def _granted(condition: str | None, given: Callable[[str], bool]) -> bool:
    return condition is not None and (not condition or given(condition))


def _way(can: Capabilities, name: str) -> str:
    condition = can.resources.get(name)
    if condition:
        return f"it can with `{condition}`"
    return _who(lambda other: name in other.resources)


def _honours(setting: str) -> Callable[[Capabilities], bool]:
    return lambda can: setting in can.settings


def _who(has: Callable[[Capabilities], bool]) -> str:
    """The targets that can."""
    names = [name for name in backend_names() if (can := capabilities_of(name)) is not None and has(can)]
    return f"{', '.join(f'`{name}`' for name in names)} can" if names else "no target of this version can"
