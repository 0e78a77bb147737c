"""Where a plan's artifacts are: the place that its `artifacts` names, or the secret of that name holds."""

from __future__ import annotations

import os

from mldsl.errors import UsageError
from mldsl.plan.nodes import Plan


def artifacts_place(plan: Plan) -> str:
    """The path or URI of the pipeline's artifact store. Raises UsageError where it is a secret that is not set."""
    given = plan.settings.artifacts
    if isinstance(given, str):
        return given
    value = os.environ.get(given.secret)
    if not value:
        raise UsageError(f"the secret `{given.secret}` is not set", f"set the environment variable {given.secret}")
    return value
