"""The fingerprint of a step: what it does, and nothing of where it stands or what is said about it."""

from __future__ import annotations

import hashlib
import json
from dataclasses import replace

from mldsl.plan.canonical import plain
from mldsl.plan.expressions import Json
from mldsl.plan.nodes import Plan, Step

_encode = json.JSONEncoder(sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode


def fingerprint(step: Step) -> str:
    """The SHA-256 of the step's body, as 64 hexadecimal digits.

    Documentation, location, id, resources and inputs do not count: comments, layout, a renamed declaration or a moved
    one leave it alone. What flows into the step is the business of its key (see `mldsl.runtime`).
    """
    return digest(plain(step.body))


def digest(value: Json) -> str:
    """The SHA-256 of plain JSON, as 64 hexadecimal digits."""
    return hashlib.sha256(_encode(value).encode("utf-8", "surrogatepass")).hexdigest()


def meaning(plan: Plan) -> str:
    """The SHA-256 of all parameters and steps with their names and inputs, as 64 hexadecimal digits.

    Layout and comments do not count.
    """
    steps = [[step.id, fingerprint(step), plain(step.inputs)] for step in sorted(plan.steps, key=lambda item: item.id)]
    params = [plain(replace(param, doc=None)) for param in plan.params]
    return digest([params, steps])
