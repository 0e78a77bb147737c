"""Places that a plan names, as they are or by the secret that holds them; that of its artifacts above all."""

from __future__ import annotations

import os

from mldsl.errors import UsageError
from mldsl.plan.nodes import Plan, Secret


def artifacts_place(plan: Plan) -> str:
    """The path or URI of the pipeline's artifact store. Raises UsageError where it is a secret that is not set."""
    return named_place(plan.settings.artifacts)


def named_place(given: str | Secret) -> str:
    """The place itself. Raises UsageError where it is a secret that is not set."""
    if isinstance(given, str):
        return given
    value = os.environ.get(given.secret)
    if not value:
        raise UsageError(f"the secret `{given.secret}` is not set", f"set the environment variable {given.secret}")
    return value
