"""Hashes of the user's files, remembered by path and by what the system says of their state.

They say whether a file is as it was, and name nothing: XXH3 of 128 bits does that four times as fast as SHA-256, by
which the objects of a store are called.
"""

from __future__ import annotations

import hashlib
import json
import os
import time
from collections.abc import Mapping
from pathlib import Path

import xxhash

from mldsl.errors import StoreError
from mldsl.runtime.store.store import Store

# A file changed less than this many nanoseconds ago may change again without its times showing it.
_SETTLED = 2_000_000_000
_BLOCK = 1 << 18


def file_digest(path: Path, store: Store) -> str:
    """The hash of a file's content; read only when the store does not know this state of the file.

    To look at a plan makes no store: where there is none yet, nothing is remembered.
    """
    status = path.stat()
    name = str(path.resolve())
    state = {"path": name, **file_state(status)}
    place = f"hashes/{hashlib.sha256(name.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}.json"
    known = _known(store, place)
    if known is not None and {name: known.get(name) for name in state} == state:
        return str(known["digest"])
    digest = _digest(path)
    if store.files.exists() and is_settled(state):
        _remember(store, place, {**state, "digest": digest})
    return digest


def file_state(status: os.stat_result) -> dict[str, int]:
    """What tells whether a file may have changed.

    The time of its last change can be set back (`cp -p`, `rsync`, an archive that is unpacked), and often is where a
    file takes another's place; which file it is, and when the system last changed anything about it, cannot.
    """
    return {
        "size": status.st_size,
        "changed": status.st_mtime_ns,
        "touched": status.st_ctime_ns,
        "number": status.st_ino,
    }


def is_settled(state: Mapping[str, object]) -> bool:
    """Whether a change of a file of that state from now on will show in it."""
    times = [value for name in ("changed", "touched") if isinstance(value := state.get(name), int)]
    return time.time_ns() - max(times, default=0) > _SETTLED


def _digest(path: Path) -> str:
    found, block = xxhash.xxh3_128(), memoryview(bytearray(_BLOCK))
    with path.open("rb", buffering=0) as file:
        while size := file.readinto(block):
            found.update(block[:size])
    return f"xxh3:{found.hexdigest()}"


def _known(store: Store, place: str) -> dict[str, object] | None:
    try:
        found = json.loads(store.files.read(place) or b"null")
    except (ValueError, RecursionError, StoreError):
        return None
    return found if isinstance(found, dict) and isinstance(found.get("digest"), str) else None


def _remember(store: Store, place: str, state: dict[str, object]) -> None:
    """A memory that cannot be written costs time later, and nothing else."""
    try:
        store.files.write(place, json.dumps(state).encode("utf-8", "surrogateescape"))
    except StoreError:
        return
