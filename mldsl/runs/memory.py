"""What the last run of a program depended on, as it is kept beside the record of the run."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Collection
from dataclasses import field
from pathlib import Path
from typing import Any

from mldsl.records import record
from mldsl.runs.files import write_whole

FOLDER = "unchanged"
"""Where in a store on this machine it lies."""

FORMAT = 1


@record
class Source:
    """A source of a run: its name, its connector and what that was given, and what told the state of its data."""

    name: str
    connector: str
    arguments: dict[str, Any]
    files: dict[str, str]


@record
class Code:
    """The user's files that a step calls, and hashes of them and of all that they import."""

    names: list[str]
    files: dict[str, str]


@record
class Memory:
    """What a run in which all went well depended on, and which run it was.

    `mldsl` tells versions of mldsl and Python apart. `texts` are hashes of the program's files, by path, `warnings` how
    many it has; `given` is what was given for parameters. `run` is the run's id, `plan` and `result` are hashes of its
    documents, `store` is the place of its artifacts, `secrets` are the names of its secrets. `libraries` are their
    versions; None for one that is not there.
    """

    mldsl: str
    texts: dict[str, str]
    warnings: int
    given: dict[str, str]
    run: str
    plan: str
    result: str
    store: str
    secrets: list[str]
    sources: list[Source]
    code: list[Code]
    libraries: dict[str, str | None] = field(default_factory=dict)


def write_memory(place: Path, memory: Memory) -> None:
    """Keep it for the next run. One that cannot be written costs time later, and nothing else."""
    document = {name: getattr(memory, name) for name in memory.__match_args__}
    document |= {name: [_plain(item) for item in document[name]] for name in ("sources", "code")}
    try:
        place.parent.mkdir(exist_ok=True)
        write_whole(place, json.dumps({"format": FORMAT, "memory": document}))
    except (OSError, TypeError, ValueError):
        return


def read_memory(place: Path) -> Memory | None:
    """What is remembered in a file; None where there is none, or it is damaged or of another version."""
    try:
        document = json.loads(place.read_bytes())
        if document["format"] != FORMAT:
            return None
        found = document["memory"]
        sources = [Source(**item) for item in found["sources"]]
        return Memory(**found | {"sources": sources, "code": [Code(**item) for item in found["code"]]})
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def forgotten(root: Path, there: Collection[str]) -> list[Path]:
    """The files that remember a run of the store at `root` which is not among those that are `there`, or nothing."""
    found = sorted((root / FOLDER).glob("*.json"))
    return [path for path in found if (memory := read_memory(path)) is None or memory.run not in there]


def digest(data: bytes) -> str:
    """The SHA-256 of a document, as 64 hexadecimal digits."""
    return hashlib.sha256(data).hexdigest()


def _plain(item: Source | Code) -> dict[str, Any]:
    return {name: getattr(item, name) for name in item.__match_args__}
