"""What Kubeflow cannot do of what a plan asks for, so that nothing is dropped in silence."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace

from mldsl.backend import Place, Refusal
from mldsl.backend.asked import at_odds, hidden
from mldsl.backend.beyond import beyond, unasked, ungiven, untold
from mldsl.backend.places import is_relative, unreached
from mldsl.plan.image import IN_IMAGE
from mldsl.plan.nodes import Plan
from mldsl_kubeflow import kserve
from mldsl_kubeflow.capabilities import CAPABILITIES
from mldsl_kubeflow.document.parameters import TYPES
from mldsl_kubeflow.facts import Facts
from mldsl_kubeflow.tasks import Task

_CLAIM = re.compile(r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", re.ASCII)
_EXACT = 2**53  # Kubeflow's numbers are doubles


def refusals(facts: Facts) -> Iterator[Refusal]:
    """Everything, in no particular order."""
    yield from beyond(facts.plan, "Kubeflow", CAPABILITIES, lambda condition: False)
    yield from untold(facts.plan, "Kubeflow")
    for part in facts.parts:
        plan = replace(part.plan, settings=facts.plan.settings)
        yield from ungiven(plan, "Kubeflow", TYPES, "a recurring run")
    yield from unasked(facts.plan, facts.options.granularity)
    yield from _schedule(facts.plan, facts.options.timezone)
    yield from _numbers(facts.plan)
    yield from _places(facts)
    yield from kserve.refusals(facts)
    for task in facts.tasks:
        if not task.shares:  # the task of the model itself asks for the same
            yield from _pods(task)


def _schedule(plan: Plan, clock: str) -> Iterator[Refusal]:
    schedule = plan.settings.schedule
    if schedule is not None and schedule.cron is not None and schedule.timezone != clock:
        message = (
            f"Kubeflow has one clock for all schedules, `{clock}`, and this one is by that of `{schedule.timezone}`"
        )
        help_ = f"write the times of `{clock}`, or say `--timezone {schedule.timezone}` where Kubeflow is set to that"
        own = plan.scheduled is not None
        place = Place("step", plan.steps[-1].id, "schedule") if own else Place("setting", "schedule")
        yield Refusal("ML601", place, message, help_)


def _numbers(plan: Plan) -> Iterator[Refusal]:
    for param in plan.params:
        if param.type.kind == "int" and isinstance(param.default, int) and abs(param.default) > _EXACT:
            message = f"Kubeflow's numbers are exact up to {_EXACT:,}, and `{param.name}` is {param.default:,}"
            help_ = f"make it a `string`, and use `int({param.name})`"
            yield Refusal("ML601", Place("param", param.name), message, help_)


def _places(facts: Facts) -> Iterator[Refusal]:
    nowhere = [item for item in facts.local_places if facts.options.folder is None and is_relative(item.path)]
    for item in nowhere:
        message = f"{item.who} is `{item.path}`, on this machine's disk, and containers have disks of their own"
        help_ = (
            "give it a place that all containers reach, such as `s3://…`; or mount a volume, `resources` has "
            "`volumes:`, and say with `--folder PATH` where the program's folder is on it"
        )
        yield Refusal("ML602", item.place, message, help_)
    others = [item for item in facts.local_places if item not in nowhere]
    tasks = [(task.ports.computed, task.asked.volumes) for task in facts.tasks]
    yield from unreached(others, tasks, facts.options.folder or "/")


def _pods(task: Task) -> Iterator[Refusal]:
    """What its pod cannot be given."""
    steps = task.ports.computed
    yield from at_odds(steps, task.main)
    yield from hidden(steps, IN_IMAGE)
    for step in steps:
        for volume in step.resources.volumes:
            if volume.read_only:
                message = (
                    f"Kubeflow mounts volumes to be written to, not `{volume.path}` of `{step.name}` to be read only"
                )
                place = Place("step", step.id, "volumes", block="resources")
                yield Refusal("ML601", place, message, "leave out the `:ro`")
            elif not _CLAIM.fullmatch(volume.claim):
                message = f"Kubeflow calls a volume like its claim, and no volume can be called `{volume.claim}`"
                place = Place("step", step.id, "volumes", block="resources")
                yield Refusal("ML601", place, message, "it takes claims of at most 63 small letters, digits and `-`")
    claims = Counter(volume.claim for volume in task.asked.volumes)
    for claim in (claim for claim, count in claims.items() if count > 1):
        step = next(item for item in steps if any(volume.claim == claim for volume in item.resources.volumes))
        message = f"Kubeflow mounts a claim once, and the task of `{step.name}` has `{claim}` at two paths"
        place = Place("step", step.id, "volumes", block="resources")
        yield Refusal("ML601", place, message, "mount it at one path, and use the folders in it")
    if len(task.asked.devices) > 1:
        step = next(item for item in reversed(steps) if item.resources.gpu)
        message = (
            f"Kubeflow gives a task one kind of device, and the one of `{step.name}` has steps that ask for others"
        )
        place = Place("step", step.id, "accelerator", block="resources")
        yield Refusal("ML601", place, message, "give them tasks of their own: `--granularity step`")
