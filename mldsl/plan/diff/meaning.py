"""What a step means, as values that are equal for equal meaning: its own, and with all that flows into it."""

from __future__ import annotations

import hashlib
import json

from mldsl.plan.canonical import plain
from mldsl.plan.expressions import Json
from mldsl.plan.nodes import Plan, SqlForm, Step, TransformBody

# Kinds whose random numbers are drawn from the seed and the step's own name.
_SEEDED = ("model", "evaluate")
# Lists of a body whose order says nothing.
_UNORDERED = ("expectations", "requires", "reports")


def own_meaning(step: Step) -> str:
    """A digest of what the step says itself, without the layout of its texts."""
    body = plain(step.body)
    for field in _UNORDERED:
        if field in body:
            body[field] = sorted(map(_without_text, body[field]))
    if isinstance(step.body, TransformBody) and isinstance(step.body.action, SqlForm):
        text = step.body.action.text
        body["action"]["text"] = [line.strip() for line in text.splitlines() if line.strip()]
    return _digest(body)


def whole_meanings(plan: Plan) -> dict[str, str]:
    """By step id a digest of what the step says and of all that flows into it: it reruns when that changes."""
    defaults = {param.name: plain(param.default) for param in plan.params}
    found: dict[str, str] = {}
    for step in plan.steps:
        inputs = {name: [found[source.step], source.output] for name, source in step.inputs.items()}
        params = {name: defaults.get(name) for name in step.params}
        seeded = step.id if step.kind in _SEEDED else None
        found[step.id] = _digest([own_meaning(step), inputs, params, seeded])
    return found


def _without_text(item: Json) -> str:
    return _digest({name: value for name, value in item.items() if name != "text"} if isinstance(item, dict) else item)


def _digest(value: Json) -> str:
    return hashlib.sha256(json.dumps(value, sort_keys=True, ensure_ascii=False).encode()).hexdigest()
