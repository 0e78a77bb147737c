"""Places on a disk that a plan names: its store, and the files that its sources read."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from mldsl.backend.model import Place
from mldsl.plan.nodes import Plan, SourceBody, Step

_SQLITE = re.compile(r"sqlite:///(?P<path>.*)")
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+://")


@dataclass(frozen=True, slots=True)
class LocalPlace:
    """A path, who names it (`the source `customers``), and where in the program."""

    path: str
    who: str
    place: Place


def local_places(plan: Plan, carried_out: Callable[[Step], bool]) -> Iterator[LocalPlace]:
    """Every path, of the plan and of its steps that are carried out, on a disk of the machine that uses it."""
    store = plan.settings.artifacts
    if isinstance(store, str) and (path := _local(store)) is not None:
        yield LocalPlace(path, "the artifact store", Place("setting", "artifacts"))
    for step in plan.steps:
        if not isinstance(step.body, SourceBody) or not carried_out(step):
            continue
        for name in ("path", "connection"):
            given = step.body.arguments.get(name)
            if isinstance(given, str) and (path := _local(given)) is not None:
                yield LocalPlace(path, f"the source `{step.name}`", Place("step", step.id, name))


def is_relative(path: str) -> bool:
    """Whether the path starts at the program's folder."""
    return not (path.startswith("/") or path[1:2] == ":")


def _local(text: str) -> str | None:
    """The path on this machine that `text` means; None for what is elsewhere, a database server's address included."""
    if (found := _SQLITE.match(text)) is not None:
        return found["path"]
    text = text.removeprefix("file://")
    return None if _ELSEWHERE.match(text) else text
