"""Tells a webhook of a run that failed: the text is what Slack, Mattermost and others take."""

from __future__ import annotations

from typing import Any

from mldsl.plan.nodes import Plan
from mldsl.runtime.notify import notify


def tell(plan: Plan, status: dict[str, Any], run: str) -> str:
    """Post a message unless the run succeeded; what was done, for the log.

    Raises StepError where the address is a secret that is not set, or cannot be reached.
    """
    state = str(status.get("state", "UNKNOWN"))
    if state == "SUCCEEDED":
        return "the run succeeded: nothing to tell"
    text = f"{plan.name}: the run {run} failed ({state})"
    assert plan.settings.notify is not None  # there is no such task otherwise
    return f"{notify(plan.settings.notify, {'text': text}, text)}: {text}"
