"""Approvals: which teams must say yes to a version, and which have."""

from __future__ import annotations

from mldsl.plan.approvals import teams
from mldsl.plan.nodes import DeployBody
from mldsl.runtime.registry import Event, Registry, Version


def approvals(registry: Registry, version: Version) -> dict[str, Event]:
    """Who approved of a version and when, by team; the last time counts."""
    found = (event for event in registry.events() if event.kind == "approved" and event.version == version.number)
    return {str(event.details.get("team")): event for event in found}


def missing_approvals(registry: Registry, version: Version, body: DeployBody) -> tuple[str, ...]:
    """The teams that have not approved of a version yet."""
    wanted = teams(body)
    given = approvals(registry, version) if wanted else {}
    return tuple(team for team in wanted if team not in given)


def approve(registry: Registry, version: Version, team: str, *, by: str, reason: str | None = None) -> Event:
    """Note that a team approves of a version."""
    return registry.note("approved", version=version.number, by=by, reason=reason, details={"team": team})
