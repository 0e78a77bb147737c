"""Deployments and monitors."""

from __future__ import annotations

from mldsl.analysis import program
from mldsl.plan import nodes
from mldsl.plan.lower.expressions import expression
from mldsl.plan.lower.judging import judging
from mldsl.plan.lower.models import evaluation
from mldsl.plan.lower.places import Places
from mldsl.plan.lower.tables import expectations
from mldsl.plan.lower.values import connector_arguments, optional_secret, real, schedule, seconds


def deployment(given: program.DeployDecl, whole: program.Program, places: Places) -> nodes.DeployBody:
    """A deployment."""
    judged = judging(given, whole)
    arguments = (
        connector_arguments(given.write_connector, given.write_arguments, places) if given.write_connector else {}
    )
    return nodes.DeployBody(
        model=given.model,
        target=given.target,
        subject=given.subject,
        requires=tuple(_requirement(item) for item in given.requires),
        judged=None if judged is None else evaluation(judged, whole),
        rollout=tuple((float(share), seconds(duration)) for share, duration in given.rollout),
        rollback=None if given.rollback is None else expression(given.rollback),
        replicas=given.replicas,
        schedule=schedule(given.schedule),
        write_connector=given.write_connector,
        write_arguments=arguments,
        columns=given.columns,
    )


def monitor(given: program.MonitorDecl) -> nodes.MonitorBody:
    """A monitor."""
    return nodes.MonitorBody(
        deployment=given.deployment,
        every=given.every.total_seconds(),
        labels=given.labels,
        expectations=expectations(given.expectations),
        actions=tuple(nodes.Action(name=item.name, target=optional_secret(item.target)) for item in given.actions),
    )


def _requirement(given: program.RequireDecl) -> nodes.Requirement:
    return nodes.Requirement(text=given.text, condition=expression(given.condition), confidence=real(given.confidence))
