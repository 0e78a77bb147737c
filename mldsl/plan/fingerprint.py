"""The fingerprint of a step: what it does, and nothing of where it stands or what is said about it."""

from __future__ import annotations

import hashlib
import json

from mldsl.plan.canonical import plain
from mldsl.plan.nodes import Step


def fingerprint(step: Step) -> str:
    """The SHA-256 of the step's body, as 64 hexadecimal digits.

    Documentation, location, id, resources and inputs do not count: comments, layout, a renamed declaration or a moved
    one leave it alone. What flows into the step is the business of its key (see `mldsl.runtime`).
    """
    text = json.dumps(plain(step.body), sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
