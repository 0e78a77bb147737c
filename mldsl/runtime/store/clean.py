"""Removes from a store on this machine what nobody needs, whatever else goes on in it meanwhile."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from pathlib import Path

from mldsl.runtime.store import rooms
from mldsl.runtime.store.local import LocalFiles
from mldsl.runtime.store.records import Record, Stored, record_from_json

# Nanoseconds by which the time of a file and that of a process may differ (a file server's clock, say).
_MARGIN = 10_000_000_000

# Seconds for which what the tasks of a run of an orchestrator's have found is kept; it may still go on.
_GOING_ON = 7 * 24 * 60 * 60

Expendable = Callable[[str, float], bool]
"""Whether the record of a key, last used at that time (seconds since 1970), may go."""


@dataclass(frozen=True, slots=True)
class Freed:
    """What was removed, or would be: records of steps, artifacts, and the bytes of all of it."""

    records: int
    artifacts: int
    bytes: int


def clean(
    root: Path, expendable: Callable[[], Expendable], deployed: Iterable[Stored] = (), *, dry: bool = False
) -> Freed:
    """Remove the records that are expendable, the artifacts that no other record names, and what is unfinished.

    What deployments need, `deployed`, is left.

    Nothing that a run which is still going on has made or used is removed, nor what a run of an orchestrator's has in
    the last week. `expendable` is called when no run can begin. Records go before their artifacts, so that a kill
    leaves what is whole. Raises OSError.
    """
    with rooms.locked(root, shared=False):
        going_on, known = _known(root / "known")
        decide = _but({record.key for record in going_on}, expendable())
        alive = rooms.since(root / "tmp")
        bound = float("inf") if alive is None else alive - _MARGIN
        kept, gone = _records(root, decide, bound)
        named = {item.path for record in (*kept.values(), *going_on) for item in record.outputs.values()}
        named |= {item.path for item in deployed}
        artifacts = [path for path in _files(root / "objects") if _old(path, bound) and _place(path, root) not in named]
        latest = [path for path in _files(root / "latest") if _old(path, bound) and _key(path) not in kept]
        hashes = [path for path in _files(root / "hashes") if _old(path, bound) and not _is_there(path)]
        trials = [path for path in _unfinished(root / "trials", decide) if _old(path, bound)]
        size = 0
        for path in (*gone, *latest, *artifacts, *hashes, *trials, *known):
            size += rooms.weight(path)
            if not dry:
                path.unlink(missing_ok=True)
        if not dry:
            size += LocalFiles(root).sweep()
        return Freed(len(gone), len(artifacts), size)


def _but(keys: Collection[str], decide: Expendable) -> Expendable:
    """As `decide`, but for these keys."""
    return lambda key, used: key not in keys and decide(key, used)


def _known(folder: Path) -> tuple[list[Record], list[Path]]:
    """What tasks of a run that may still go on have found, and the files of those that are over."""
    recent, old = [], []
    for path in _files(folder):
        record = _record(path)
        if record is None or time.time() - path.stat().st_mtime > _GOING_ON:
            old.append(path)
        else:
            recent.append(record)
    return recent, old


def _records(root: Path, decide: Expendable, bound: float) -> tuple[dict[str, Record], list[Path]]:
    """The records that stay, by key, and the files of the others."""
    kept: dict[str, Record] = {}
    gone = []
    for path in _files(root / "steps"):
        record = _record(path)
        if _old(path, bound) and (record is None or decide(path.stem, path.stat().st_mtime)):
            gone.append(path)
        elif record is not None:
            kept[path.stem] = record
    return kept, gone


def _unfinished(folder: Path, decide: Expendable) -> Iterable[Path]:
    """What is remembered of the steps, by their keys, that nobody went on with."""
    for inner in sorted(folder.iterdir()) if folder.is_dir() else ():
        files = list(_files(inner))
        if decide(inner.name, max((path.stat().st_mtime for path in files), default=0)):
            yield from files


def _record(path: Path) -> Record | None:
    return record_from_json(path.read_bytes().decode("utf-8", "surrogatepass"))


def _key(path: Path) -> str | None:
    record = _record(path)
    return None if record is None else record.key


def _is_there(path: Path) -> bool:
    """Whether the file that a hash is about is there, as far as its memory says which."""
    try:
        found = json.loads(path.read_bytes())
    except (OSError, ValueError, RecursionError):
        return False
    return not isinstance(found, dict) or not isinstance(found.get("path"), str) or Path(found["path"]).exists()


def _old(path: Path, bound: float) -> bool:
    """Whether nobody who is alive has made or used it."""
    try:
        return path.stat().st_mtime_ns < bound
    except OSError:
        return False


def _files(folder: Path) -> Iterable[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


def _place(path: Path, root: Path) -> str:
    return path.relative_to(root).as_posix()
