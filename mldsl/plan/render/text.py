"""The graph for a terminal: a line a step, in the order of the plan, with what it needs."""

from __future__ import annotations

from mldsl.plan.links import needs
from mldsl.plan.nodes import Plan, Step


def render(plan: Plan) -> str:
    """Kind, name, and after `←` what goes into the step; after `·` what it only waits for."""
    steps = {step.id: step for step in plan.steps}
    wide = max((len(step.name) for step in plan.steps if needs(step)), default=0)
    count = f"{len(plan.steps)} step{'' if len(plan.steps) == 1 else 's'}"
    lines = [f"{plan.name}: {count}", *(_line(step, steps, wide) for step in plan.steps)]
    return "\n".join(lines) + "\n"


def _line(step: Step, steps: dict[str, Step], wide: int) -> str:
    flowing = list(dict.fromkeys(_called(steps[source.step], step, name) for name, source in step.inputs.items()))
    waiting = [_called(steps[id_], step, None) for id_ in step.after]
    parts = [f"← {', '.join(flowing)}" if flowing else "", f"· after {', '.join(waiting)}" if waiting else ""]
    tail = " ".join(part for part in parts if part)
    return f"  {step.kind:<9}  {step.name:<{wide}}  {tail}".rstrip()


def _called(source: Step, reader: Step, name: str | None) -> str:
    """A step as a reader sees it: by the name it uses, with the kind where the name alone would mislead."""
    if source.kind in ("check", "evaluate"):
        return f"{source.kind} {source.name}"
    return name if name is not None and source.kind == "split" else source.name
