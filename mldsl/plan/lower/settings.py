"""The pipeline's options and parameters."""

from __future__ import annotations

from mldsl.analysis import program
from mldsl.plan import nodes
from mldsl.plan.expressions import to_json
from mldsl.plan.lower.places import Places
from mldsl.plan.lower.values import optional_secret, schedule, seconds

_DEFAULT_ARTIFACTS = ".mldsl"


def settings(given: program.Settings, places: Places) -> nodes.PlanSettings:
    """The options of the `pipeline` declaration."""
    return nodes.PlanSettings(
        owner=given.owner,
        description=given.description,
        schedule=schedule(given.schedule),
        seed=given.seed,
        retries=given.retries,
        retry_delay=seconds(given.retry_delay),
        timeout=seconds(given.timeout),
        tags=given.tags,
        artifacts=_artifacts(given.artifacts, places),
        engine=given.engine.name,
        engine_url=given.engine.url,
        tracking=optional_secret(given.tracking),
        notify=optional_secret(given.notify),
    )


def parameter(given: program.ParamDecl) -> nodes.PlanParam:
    """A parameter of the run."""
    return nodes.PlanParam(
        name=given.name,
        type=given.type,
        default=to_json(given.default),
        required=given.default is None and not given.type.nullable,
        doc=given.doc,
    )


def _artifacts(given: str | program.Secret, places: Places) -> str | nodes.Secret:
    """Where artifacts go. The default is not written in any file and so already relative to the program."""
    if isinstance(given, program.Secret):
        return nodes.Secret(secret=given.name)
    return given if given == _DEFAULT_ARTIFACTS else places.relative(given)
