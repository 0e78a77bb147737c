"""What serving a version takes, read from the registry."""

from __future__ import annotations

from collections.abc import Callable

from mldsl.plan.diff.words import expression
from mldsl.plan.document import load
from mldsl.plan.nodes import DeployBody, Plan, SourceBody
from mldsl.plan.params import params_from_document
from mldsl.plan.requests import request_path
from mldsl.runtime.registry import Registry, Version
from mldsl.runtime.scoring import scorer
from mldsl.serving.conditions import condition
from mldsl.serving.loaded import Parts, Release
from mldsl.serving.protocol import Output


def loader(registry: Registry) -> Callable[[int], Parts]:
    """What reads the version of a number. It raises MldslError for one that is damaged, altered or gone."""
    return lambda number: _parts(registry, registry.version(number))


def _parts(registry: Registry, version: Version) -> Parts:
    found = scorer(version, registry.store)
    outputs = tuple(Output(item.name, item.type) for item in found.outputs)
    plan = load(registry.read(version, version.plan).decode("utf-8", "surrogatepass"))
    source = plan.step(request_path(plan, version.model_step).source)
    assert isinstance(source.body, SourceBody)
    raw = {spec.raw or spec.name for spec in source.body.columns}
    others = frozenset(raw) - {field.name for field in found.fields}
    doc = plan.step(f"deploy:{version.deployment}").doc
    return Parts(version.number, found, outputs, others, _release(plan, version), doc, source.doc)


def _release(plan: Plan, version: Version) -> Release:
    body = plan.step(f"deploy:{version.deployment}").body
    assert isinstance(body, DeployBody)
    if body.rollback is None:
        return Release(body.rollout)
    holds = condition(body.rollback, params_from_document(plan, version.params))
    return Release(body.rollout, holds, expression(body.rollback))
