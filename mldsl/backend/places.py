"""Places on a disk that a plan names, its store and what its steps read and write, and who finds them there."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass

from mldsl.backend.asked import within
from mldsl.backend.model import Place, Refusal
from mldsl.plan.nodes import Argument, DeployBody, Plan, SourceBody, Step, Volume

_SQLITE = re.compile(r"sqlite:///(?P<path>.*)")
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


@dataclass(frozen=True, slots=True)
class LocalPlace:
    """A path, who names it (`the source `customers``), where in the program; its `step`, None for the store."""

    path: str
    who: str
    place: Place
    step: Step | None = None

    def is_needed(self, steps: Iterable[Step]) -> bool:
        """Whether a task of these steps opens it: the store, a source's files, or files that are read in place."""
        source = self.step
        if source is None:
            return True
        return any(
            step.id == source.id or (source.inlined and any(item.step == source.id for item in step.inputs.values()))
            for step in steps
        )


def local_places(plan: Plan, carried_out: Callable[[Step], bool]) -> Iterator[LocalPlace]:
    """Every path, of the plan and of its steps that are carried out, on a disk of the machine that uses it."""
    store = plan.settings.artifacts
    if isinstance(store, str) and (path := _local(store)) is not None:
        yield LocalPlace(path, "the artifact store", Place("setting", "artifacts"))
    for step in plan.steps:
        who, arguments = _named(step)
        for name in ("path", "connection") if carried_out(step) else ():
            given = arguments.get(name)
            if isinstance(given, str) and (path := _local(given)) is not None:
                # A deployment has arguments of its own before those of what it writes: the text tells which is meant.
                part = name if step.kind == "source" else given
                yield LocalPlace(path, who, Place("step", step.id, part), step)


def _named(step: Step) -> tuple[str, Mapping[str, Argument]]:
    """What a step reads or writes, and what to call it."""
    match step.body:
        case SourceBody(arguments=arguments):
            return f"the source `{step.name}`", arguments
        case DeployBody(write_arguments=arguments):
            return f"what `{step.name}` writes", arguments
        case _:
            return step.name, {}


def unreached(
    places: Iterable[LocalPlace], tasks: Sequence[tuple[Sequence[Step], Sequence[Volume]]], folder: str
) -> Iterator[Refusal]:
    """ML602 for the places that pods do not find: on none of their volumes, or not on the same one in all that need it.

    `tasks` are their steps, each with what is mounted in its pods; relative paths start at `folder`.
    """
    for item in places:
        path = posixpath.normpath(posixpath.join(folder, item.path))
        needing = [(steps, _volume(path, volumes)) for steps, volumes in tasks if item.is_needed(steps)]
        found = list(dict.fromkeys(volume.claim for _, volume in needing if volume is not None))
        without = next((steps for steps, volume in needing if volume is None), None)
        if without is not None or (not needing and item.step is None):
            yield _missing(item, path, without or (), any(volume is not None for _, volume in needing))
        elif len(found) > 1:
            message = (
                f"{item.who} is `{item.path}`, and tasks that need it have different volumes there: {_listed(found)}"
            )
            yield Refusal("ML602", item.place, message, "mount the same claim in all of them")
        elif item.step is None and any(volume is not None and volume.read_only for _, volume in needing):
            message = f"{item.who} is `{item.path}`, on the volume `{found[0]}`, which is mounted to be read only"
            yield Refusal("ML602", item.place, message, "leave out the `:ro`, or give it another place")


def is_relative(path: str) -> bool:
    """Whether the path starts at the program's folder."""
    return not (path.startswith("/") or path[1:2] == ":")


def _missing(item: LocalPlace, path: str, steps: Sequence[Step], elsewhere: bool) -> Refusal:
    """`steps` are those of a task that does not find the place; others do if it is mounted `elsewhere`."""
    mounted = posixpath.dirname(path.partition("*")[0])  # of a pattern, the folder that all its files are in
    volumes = f'`volumes: "CLAIM:{mounted if mounted != "/" else path}"`'
    if elsewhere:
        name = steps[-1].name
        message = f"{item.who} is `{item.path}`, on a volume that the task of `{name}` has not"
        return Refusal("ML602", item.place, message, f"give it to all tasks: {volumes} in `resources PIPELINE {{ … }}`")
    message = f"{item.who} is `{item.path}`, on this machine's disk, and pods have disks of their own"
    help_ = f"give it a place that all pods reach, such as `s3://…`, or a volume: {volumes} in `resources`"
    return Refusal("ML602", item.place, message, help_)


def _volume(path: str, volumes: Iterable[Volume]) -> Volume | None:
    """The volume that the path is on: of several the innermost."""
    found = (volume for volume in volumes if path.startswith("/") and within(path, volume.path))
    return max(found, key=lambda volume: len(volume.path), default=None)


def _listed(claims: Sequence[str]) -> str:
    return " and ".join(f"`{claim}`" for claim in claims)


def _local(text: str) -> str | None:
    """The path on this machine that `text` means; None for what is elsewhere, a database server's address included."""
    if (found := _SQLITE.match(text)) is not None:
        return found["path"]
    text = text.removeprefix("file://")
    return None if _ELSEWHERE.match(text) else text
