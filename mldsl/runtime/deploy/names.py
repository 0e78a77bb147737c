"""Under which name a deployment is known in the registry."""

from __future__ import annotations

from mldsl.plan.nodes import DeployBody, Step


def registry_name(step: Step) -> str:
    """The endpoint's or the registry's name; of a batch deployment, whose subject is a table, its own."""
    assert isinstance(step.body, DeployBody)
    return step.name if step.body.target == "batch" else step.body.subject
