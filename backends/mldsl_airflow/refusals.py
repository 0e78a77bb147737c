"""What Airflow cannot do of what a plan asks for, so that nothing is dropped in silence."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from mldsl.backend import Place, Refusal
from mldsl.backend.asked import at_odds, hidden
from mldsl.backend.beyond import beyond, unasked, ungiven, untold
from mldsl.backend.places import unreached
from mldsl.backend.tasks import retrains
from mldsl.catalog.kubernetes import is_resource
from mldsl.plan.nodes import MonitorBody, Plan, Step
from mldsl_airflow.capabilities import CAPABILITIES
from mldsl_airflow.dag.params import SCHEMAS
from mldsl_airflow.facts import IN_IMAGE, Facts

_LONGEST_TAG = 100  # `airflow.sdk.definitions.dag.TAG_MAX_LEN`
# `KubernetesPodOperator.template_ext`, and what Jinja looks for.
_TEMPLATE = re.compile(r"[{}]|\.(json|yaml|yml)$")


def refusals(facts: Facts) -> Iterator[Refusal]:
    """Everything, in no particular order."""
    given = f"--operator {facts.options.operator}"
    yield from beyond(facts.asked, "Airflow", CAPABILITIES, lambda condition: condition == given)
    yield from untold(facts.plan, "Airflow")
    yield from ungiven(facts.plan, "Airflow", SCHEMAS, "a DAG with a schedule")
    yield from _tags(facts.plan)
    yield from unasked(facts.plan, facts.options.granularity)
    yield from _retraining(facts)
    if facts.options.elsewhere:
        yield from _pods(facts)


def _tags(plan: Plan) -> Iterator[Refusal]:
    for tag in plan.settings.tags:
        if len(tag) > _LONGEST_TAG:
            message = f"a tag in Airflow has at most {_LONGEST_TAG} characters, and this one {len(tag)}"
            yield Refusal("ML601", Place("setting", "tags"), message)


def _retraining(facts: Facts) -> Iterator[Refusal]:
    """Nobody is there to give a parameter where a monitor starts the training."""
    plan = facts.plan
    monitors = [step.name for step in facts.whole.steps if isinstance(step.body, MonitorBody) and retrains(step.body)]
    if not monitors or plan.scheduled is not None or plan.settings.schedule is not None:
        return  # on a schedule each parameter needs a default anyway
    for param in plan.params:
        if param.required:
            message = f"`{monitors[0]}` retrains, which needs a default for each parameter, and `{param.name}` has none"
            help_ = f"write `param {param.name}: {param.type} = …`"
            yield Refusal("ML601", Place("param", param.name), message, help_)


def _pods(facts: Facts) -> Iterator[Refusal]:
    for task in facts.tasks:
        yield from at_odds(task.steps, task.main)
        yield from hidden(task.steps, f"{IN_IMAGE}/{facts.home}")
        yield from _devices(task.steps)
        yield from _templates(task.steps)
    tasks = [(task.steps, task.asked.volumes) for task in facts.tasks if task.steps]
    yield from unreached(facts.local_places, tasks, facts.options.folder or facts.options.here)


def _devices(steps: Iterable[Step]) -> Iterator[Refusal]:
    """Pods ask for devices by Kubernetes' names."""
    for step in steps:
        kind = step.resources.accelerator
        if kind is not None and not is_resource(kind):
            place = Place("step", step.id, "accelerator", block="resources")
            message = f"`{kind}` is Vertex AI's name for a device, and pods ask for one by Kubernetes' name"
            yield Refusal("ML601", place, message, "write `nvidia.com/gpu`, and choose its type with `node_selector`")


def _templates(steps: Iterable[Step]) -> Iterator[Refusal]:
    """Airflow fills in what a pod's template has in double braces, and takes some texts for the names of templates."""
    for step in steps:
        given = step.resources
        texts = [("node_selector", label.value) for label in given.node_selector]
        texts += [("tolerations", taint.value or "") for taint in given.tolerations]
        texts += [("volumes", text) for volume in given.volumes for text in (volume.claim, volume.path)]
        for option, text in texts:
            if _TEMPLATE.search(text):
                place = Place("step", step.id, option, block="resources")
                message = f"Airflow would take `{text}` for a template to fill in"
                yield Refusal("ML601", place, message, "it may have no braces, and no ending such as `.json`")
