"""What Airflow cannot do of what a plan asks for, so that nothing is dropped in silence."""

from __future__ import annotations

import re
from collections.abc import Iterator

from mldsl.backend import Place, Refusal
from mldsl.backend.beyond import beyond
from mldsl.backend.places import local_places
from mldsl.plan.nodes import Plan
from mldsl_airflow.capabilities import CAPABILITIES
from mldsl_airflow.dag.params import SCHEMAS
from mldsl_airflow.options import AirflowOptions

_LONGEST_TAG = 100  # `airflow.sdk.definitions.dag.TAG_MAX_LEN`
_WEBHOOK = re.compile(r"https?://\S+")


def refusals(plan: Plan, options: AirflowOptions) -> Iterator[Refusal]:
    """Everything, in no particular order."""
    yield from beyond(plan, "Airflow", CAPABILITIES, lambda condition: condition == f"--operator {options.operator}")
    yield from _settings(plan)
    yield from _params(plan)
    if options.elsewhere:
        yield from _places(plan)


def _settings(plan: Plan) -> Iterator[Refusal]:
    notify = plan.settings.notify
    if isinstance(notify, str) and not _WEBHOOK.fullmatch(notify):
        message = f"Airflow's tasks tell a webhook, and `{notify}` is not the address of one"
        yield Refusal("ML601", Place("setting", "notify"), message, 'write `secret("NAME")` or an `https://` address')
    for tag in plan.settings.tags:
        if len(tag) > _LONGEST_TAG:
            message = f"a tag in Airflow has at most {_LONGEST_TAG} characters, and this one {len(tag)}"
            yield Refusal("ML601", Place("setting", "tags"), message)


def _params(plan: Plan) -> Iterator[Refusal]:
    for param in plan.params:
        if param.type.kind not in SCHEMAS:
            yield Refusal("ML601", Place("param", param.name), f"a parameter in Airflow cannot be a `{param.type}`")
        elif param.required and plan.settings.schedule is not None:
            message = f"a DAG with a schedule needs a default for each parameter, and `{param.name}` has none"
            help_ = f"write `param {param.name}: {param.type} = …`, or leave out the schedule"
            yield Refusal("ML601", Place("param", param.name), message, help_)


def _places(plan: Plan) -> Iterator[Refusal]:
    for item in local_places(plan, CAPABILITIES.carries_out):
        message = f"{item.who} is `{item.path}`, on this machine's disk, and pods have disks of their own"
        yield Refusal("ML602", item.place, message, "give it a place that all pods reach, such as `s3://…`")
