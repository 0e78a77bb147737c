"""Approvals that a deployment requires: whose, and plans in which whoever runs them asks for them."""

from __future__ import annotations

from dataclasses import replace

from mldsl.plan.expressions import Named
from mldsl.plan.nodes import DeployBody, Plan, Requirement, Step


def teams(body: DeployBody) -> tuple[str, ...]:
    """The teams whose approval a deployment requires, in the order in which it names them, each once."""
    named = (item.condition for item in body.requires if _is_approval(item))
    return tuple(dict.fromkeys(item.argument for item in named if isinstance(item, Named) and item.argument))


def asked_elsewhere(plan: Plan) -> Plan:
    """The plan for an orchestrator that waits for approvals by itself, before it carries a deployment out."""
    return replace(plan, steps=tuple(map(_unasked, plan.steps)))


def _unasked(step: Step) -> Step:
    if not isinstance(step.body, DeployBody) or not teams(step.body):
        return step
    others = tuple(item for item in step.body.requires if not _is_approval(item))
    return replace(step, body=replace(step.body, requires=others))


def _is_approval(given: Requirement) -> bool:
    return isinstance(given.condition, Named) and given.condition.name == "approval"
