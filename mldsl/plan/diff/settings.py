"""The pipeline's options and parameters as facts."""

from __future__ import annotations

from collections.abc import Iterator

from mldsl.plan.diff.facts import Fact, argument, common_resources, resources, schedule
from mldsl.plan.diff.words import duration, literal
from mldsl.plan.nodes import Plan, PlanParam, PlanSettings


def settings_facts(plan: Plan) -> list[Fact]:
    """What the `pipeline` declaration and the parameters say; documentation does not count."""
    texts = {"pipeline": plan.name, **dict(_texts(plan.settings))}
    found = [Fact("option", name, text) for name, text in texts.items() if text is not None]
    found += resources(common_resources(plan))
    return found + [Fact("option", f"param {param.name}", _param(param)) for param in plan.params]


def _texts(given: PlanSettings) -> Iterator[tuple[str, str | None]]:
    yield "owner", given.owner
    yield "description", given.description
    yield "schedule", None if given.schedule is None else schedule(given.schedule)
    yield "seed", literal(given.seed)
    yield "retries", literal(given.retries)
    yield "retry_delay", None if given.retry_delay is None else duration(given.retry_delay)
    yield "timeout", None if given.timeout is None else duration(given.timeout)
    yield "tags", literal(given.tags) or None
    yield "artifacts", argument(given.artifacts)
    yield "engine", given.engine if given.engine_url is None else f"{given.engine}({literal(given.engine_url)})"
    yield "tracking", None if given.tracking is None else argument(given.tracking)
    yield "notify", None if given.notify is None else argument(given.notify)


def _param(param: PlanParam) -> str:
    return str(param.type) if param.required else f"{param.type} = {literal(param.default, param.type)}"
