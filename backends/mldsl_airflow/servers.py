"""Endpoints, whose servers Airflow does not run: what a program says of these is for whoever does."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

from mldsl.plan.nodes import DeployBody, Plan, Resources, Step


def without_servers(plan: Plan) -> Plan:
    """The plan in which an endpoint's `resources` are not asked of the task that registers its model."""
    return replace(plan, steps=tuple(map(_registering, plan.steps)))


def notes(plan: Plan) -> Iterator[str]:
    """A sentence for each endpoint of which the program says how it is served."""
    for step in plan.steps:
        body = step.body
        if isinstance(body, DeployBody) and body.target == "endpoint":
            said = [("`replicas`", body.replicas is not None), ("`resources`", step.resources != Resources())]
            if listed := " and ".join(name for name, there in said if there):
                yield f"`{step.name}` is served where `mldsl serve {body.subject}` runs: there its {listed} count"


def _registering(step: Step) -> Step:
    if not isinstance(step.body, DeployBody) or step.body.target != "endpoint":
        return step
    return replace(step, resources=Resources())
