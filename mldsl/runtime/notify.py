"""Tells somebody that a run failed, or of a breach: a webhook by JSON, everything else through apprise.

A target may be a secret: its value is never part of a message, whatever a library says of it.
"""

from __future__ import annotations

import http.client
import json
import os
import urllib.error
import urllib.request
from typing import Any
from urllib.parse import urlsplit

from mldsl.errors import StepError
from mldsl.plan.extras import is_webhook
from mldsl.plan.nodes import Secret

_SECONDS = 30.0


def notify(target: str | Secret, document: dict[str, Any], sentence: str) -> str:
    """Tell the target; what was done, without the target where it is a secret.

    An `https://` (or `http://`) address gets the document by POST; any other is one of apprise's, such as
    `slack://…` or `mailto://…`, and gets the sentence. Raises StepError where it cannot be told.
    """
    address, shown = _address(target)
    scheme, mark, _ = address.partition("://")
    if is_webhook(address):
        _post(address, shown, document)
    elif scheme and mark:
        _by_apprise(address, shown, str(document["text"]), sentence)
    else:
        raise StepError(f"{shown} is no address: it has to be a URL such as `https://…` or `mailto://…`")
    return f"told {shown}"


def _address(target: str | Secret) -> tuple[str, str]:
    """The address, and how it is called in messages."""
    if isinstance(target, str):
        return target, f"`{_place(target)}`"
    value = os.environ.get(target.secret)
    if not value:
        raise StepError(f"the secret `{target.secret}` is not set", f"set the environment variable {target.secret}")
    return value, f'`secret("{target.secret}")`'


def _place(address: str) -> str:
    """The scheme and the host alone: webhooks carry their key in the path."""
    try:
        parts = urlsplit(address)
        return f"{parts.scheme}://{parts.hostname}" if parts.hostname else address.partition(":")[0]
    except ValueError:
        return address.partition(":")[0]


def _post(address: str, shown: str, document: dict[str, Any]) -> None:
    """Redirects are followed by nobody: the document goes where the program says, or nowhere."""
    data = json.dumps(document, ensure_ascii=False, allow_nan=False).encode("utf-8", "replace")
    try:
        request = urllib.request.Request(address, data, {"Content-Type": "application/json"}, method="POST")  # noqa: S310
        with urllib.request.build_opener(_NoRedirect).open(request, timeout=_SECONDS):
            return
    except urllib.error.HTTPError as error:
        raise StepError(f"{shown} answered with status {error.code}") from None
    except urllib.error.URLError as error:
        reason = error.reason.strerror if isinstance(error.reason, OSError) else None
        raise StepError(f"{shown} cannot be reached{f': {reason.lower()}' if reason else ''}") from None
    except (OSError, ValueError, http.client.HTTPException) as error:
        raise StepError(f"{shown} cannot be told: {type(error).__name__}") from None


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: object) -> None:
        """None: the answer is an error."""


def _by_apprise(address: str, shown: str, title: str, body: str) -> None:
    try:
        import apprise
    except ModuleNotFoundError:
        raise StepError(f"{shown} needs a library that is not here", "`pip install 'mldsl[notify]'`") from None
    import logging

    logging.getLogger("apprise").disabled = True  # it writes addresses into its log
    channel = apprise.Apprise()
    if not channel.add(address):
        raise StepError(f"{shown} is no address that apprise knows", "see https://appriseit.com/services/")
    if not channel.notify(title=title.partition(". ")[0], body=body):
        raise StepError(f"{shown} could not be told: apprise was refused")
