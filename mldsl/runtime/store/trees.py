"""One hash of many small files: remembered together, since a memory a file would cost more than reading them."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from pathlib import Path

from mldsl.errors import StoreError
from mldsl.runtime.store.hashes import file_state, is_settled
from mldsl.runtime.store.store import Store, hash_file

# What the system says of a file, and its hash.
_State = tuple[dict[str, int], str]


def tree_digest(files: Sequence[tuple[str, Path]], name: str, store: Store) -> str:
    """The SHA-256 of all names and contents; only files whose state is new are read.

    `name` says which files these are: what is remembered is remembered under it. Raises OSError.
    """
    place = f"hashes/{hashlib.sha256(name.encode('utf-8', 'surrogateescape')).hexdigest()[:32]}.tree.json"
    known = _known(store, place)
    found = {shown: _state(path, known.get(shown)) for shown, path in files}
    settled = {shown: state for shown, state in found.items() if is_settled(state[0])}
    if settled != known and store.files.exists():
        _remember(store, place, settled)
    listed = json.dumps([(shown, state[1]) for shown, state in found.items()])
    return hashlib.sha256(listed.encode()).hexdigest()


def _state(path: Path, known: _State | None) -> _State:
    state = file_state(path.stat())
    return known if known is not None and known[0] == state else (state, hash_file(path))


def _known(store: Store, place: str) -> dict[str, _State]:
    try:
        found = json.loads(store.files.read(place) or b"{}")
        return {str(name): (dict(state), str(digest)) for name, (state, digest) in found.items()}
    except (ValueError, TypeError, AttributeError, RecursionError, StoreError):
        return {}


def _remember(store: Store, place: str, states: dict[str, _State]) -> None:
    """A memory that cannot be written costs time later, and nothing else."""
    try:
        store.files.write(place, json.dumps(states).encode())
    except StoreError:
        return
