"""Tells a webhook of a run that failed: the text is what Slack, Mattermost and others take."""

from __future__ import annotations

import json
import os
import urllib.error
import urllib.request
from typing import Any

from mldsl.errors import StepError, UsageError
from mldsl.plan.nodes import Plan, Secret
from mldsl.plan.walk import secrets_of
from mldsl.redactor import Redactor

_SECONDS = 30.0


def tell(plan: Plan, status: dict[str, Any], run: str) -> str:
    """Post a message unless the run succeeded; what was done, for the log.

    Raises UsageError where the address is a secret that is not set, StepError where it cannot be reached.
    """
    state = str(status.get("state", "UNKNOWN"))
    if state == "SUCCEEDED":
        return "the run succeeded: nothing to tell"
    text = f"{plan.name}: the run {run} failed ({state})"
    request = urllib.request.Request(  # noqa: S310 - the scheme is looked at when the program is compiled
        _address(plan), json.dumps({"text": text}).encode(), {"Content-Type": "application/json"}, method="POST"
    )
    try:
        with urllib.request.urlopen(request, timeout=_SECONDS):  # noqa: S310
            return f"told the webhook: {text}"
    except (OSError, ValueError, urllib.error.URLError) as error:
        safe = Redactor.of(secrets_of(plan)).text(str(error))
        raise StepError(f"the webhook of `notify` cannot be told: {safe}") from None


def _address(plan: Plan) -> str:
    match plan.settings.notify:
        case Secret(secret=name):
            found = os.environ.get(name)
            if not found:
                raise UsageError(f"`notify` needs the secret `{name}`, which is not set in this container")
            if not found.startswith(("https://", "http://")):
                raise UsageError(f"the secret `{name}`, where `notify` posts to, is not an address of the web")
            return found
        case other:
            return str(other)
