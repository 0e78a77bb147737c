"""What a task asks for that carries several steps out: enough for each of them."""

from __future__ import annotations

import posixpath
from collections.abc import Iterator, Sequence

from mldsl.backend.model import Place, Refusal
from mldsl.plan.nodes import NodeLabel, Step, Toleration, Volume
from mldsl.records import record


@record
class Asked:
    """As `mldsl.plan.nodes.Resources`; `devices` are numbers by kind, the kind None where the program names none."""

    cpu: float | None = None
    memory: int | None = None
    devices: tuple[tuple[str | None, int], ...] = ()
    node_selector: tuple[NodeLabel, ...] = ()
    tolerations: tuple[Toleration, ...] = ()
    volumes: tuple[Volume, ...] = ()


def asked(steps: Sequence[Step], main: Step | None) -> Asked:
    """As much of everything as the step wants that wants most, all volumes, and the nodes of the step it is about."""
    given = [step.resources for step in steps]
    devices: dict[str | None, int] = {}
    for item in given:
        if item.gpu:
            devices[item.accelerator] = max(item.gpu, devices.get(item.accelerator, 0))
    volumes: dict[str, Volume] = {}
    for volume in (volume for item in given for volume in item.volumes):
        known = volumes.setdefault(volume.path, volume)
        if known.read_only:  # another step may write there
            volumes[volume.path] = volume
    leading = given[:1] if main is None else [main.resources]
    return Asked(
        cpu=max((item.cpu for item in given if item.cpu), default=None),
        memory=max((item.memory for item in given if item.memory), default=None),
        devices=tuple(devices.items()),
        node_selector=leading[0].node_selector if leading else (),
        tolerations=tuple(dict.fromkeys(taint for item in given for taint in item.tolerations)),
        volumes=tuple(volumes[path] for path in sorted(volumes)),
    )


def at_odds(steps: Sequence[Step], main: Step | None) -> Iterator[Refusal]:
    """What one task cannot give to all of its steps: other claims at one path, other nodes where it is about none."""
    claims: dict[str, tuple[str, Step]] = {}
    for step in steps:
        for volume in step.resources.volumes:
            claim, first = claims.setdefault(volume.path, (volume.claim, step))
            if claim != volume.claim:
                message = f"`{step.name}` and `{first.name}`, in one task, have other claims at `{volume.path}`"
                yield _refusal(step, "volumes", message)
    if main is None:
        for step in steps[1:]:
            if set(step.resources.node_selector) != set(steps[0].resources.node_selector):
                message = f"`{step.name}` and `{steps[0].name}`, in one task, are for other nodes"
                yield _refusal(step, "node_selector", message)


def hidden(steps: Sequence[Step], path: str) -> Iterator[Refusal]:
    """The volumes that would be mounted over something that the image has at `path`, or in it."""
    for step in steps:
        for volume in step.resources.volumes:
            if within(path, volume.path) or within(volume.path, path):
                message = f"a volume at `{volume.path}` hides what the image has at `{path}`"
                place = Place("step", step.id, "volumes", block="resources")
                yield Refusal("ML601", place, message, "mount it somewhere else")


def within(path: str, folder: str) -> bool:
    """Whether a path, absolute and with `/`, is a folder or lies in it."""
    return posixpath.commonpath((path, folder)) == folder


def _refusal(step: Step, option: str, message: str) -> Refusal:
    place = Place("step", step.id, option, block="resources")
    return Refusal("ML601", place, message, "give them tasks of their own: `--granularity step`")
