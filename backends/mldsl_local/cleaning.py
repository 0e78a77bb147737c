"""Frees what no recent run needs: directories of earlier runs, and what only they had in the store."""

from __future__ import annotations

import json
import shutil
import time
from collections import Counter
from collections.abc import Iterable
from contextlib import suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from mldsl.errors import StoreError, UsageError
from mldsl.runs import Row, load_run
from mldsl.runs.history import list_runs
from mldsl.runs.memory import forgotten
from mldsl.runtime.registry.needed import needed
from mldsl.runtime.store import Store
from mldsl.runtime.store.clean import Expendable, clean
from mldsl.runtime.store.local import LocalFiles
from mldsl.runtime.store.rooms import weight

KEEP = 5
"""How many runs of each pipeline (and profile) are kept unless it is said otherwise."""

# Records that no run here names (another backend's, say) are kept for so long after they were last used.
_STRANGE = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Cleaned:
    """What was freed in one store, or would be. `elsewhere` are stores of its runs that are not on this machine."""

    folder: Path
    runs: tuple[str, ...]
    records: int
    artifacts: int
    bytes: int
    elsewhere: tuple[str, ...] = ()

    def document(self) -> dict[str, Any]:
        """As plain JSON."""
        return {
            "folder": str(self.folder),
            "runs": list(self.runs),
            "records": self.records,
            "artifacts": self.artifacts,
            "bytes": self.bytes,
            "elsewhere": list(self.elsewhere),
        }


def store_root(store: str) -> Path:
    """The directory of a store that is named. Raises UsageError for one elsewhere, and where there is none."""
    place = store.removeprefix("file://")
    if "://" in place:
        help_ = "let its server remove what is old (a lifecycle rule): what a run lacks is made again"
        raise UsageError(f"`{store}` is not on this machine, where other machines may need what is in it", help_)
    root = Path(place)
    if not any((root / name).is_dir() for name in ("steps", "objects", "runs")):
        raise UsageError(f"there is no artifact store at `{store}`", "name the directory that `artifacts` names")
    return root


def clean_store(
    root: Path, *, keep: int = KEEP, older_than: timedelta | None = None, dry: bool = False, named: bool = False
) -> Cleaned:
    """Free what only those runs need that are not among the last `keep` of their pipeline, and `older_than` that.

    What no run here names stays for a month after it was last used; in a store that was `named`, for `older_than` if
    that is given. Runs that are going on lose nothing. Raises StoreError where something cannot be removed.
    """
    strangers = (older_than if named else max(_STRANGE, older_than or _STRANGE)) or _STRANGE
    gone: list[str] = []

    def expendable() -> Expendable:
        rows = list_runs(root)
        gone[:] = [row.id for row in _beyond(rows, keep, older_than)]
        needed = {key for row in rows if row.id not in gone for key in _keys(root, row)}
        known = {key for row in rows if row.id in gone for key in _keys(root, row)}
        strange = time.time() - strangers.total_seconds()
        return lambda key, used: key not in needed and (key in known or used < strange)

    try:
        elsewhere = tuple(sorted({place for row in list_runs(root) if (place := _elsewhere(root, row))}))
        freed = clean(root, expendable, needed(Store(LocalFiles(root))), dry=dry)
        size = sum(_remove(root / "runs" / id_, dry=dry) for id_ in gone)
        size += sum(_remove_file(path, dry=dry) for path in forgotten(root, _ids(root) - set(gone)))
        if gone and not dry:
            list_runs(root)  # brings the index up to date
    except OSError as error:
        raise StoreError(f"cannot clean `{error.filename or root}`: {error.strerror}") from error
    return Cleaned(root, tuple(gone), freed.records, freed.artifacts, freed.bytes + size, elsewhere)


def _beyond(rows: Iterable[Row], keep: int, older_than: timedelta | None) -> list[Row]:
    """The runs (given newest first) that are not among the last of their pipeline, are over, and are old enough."""
    seen: Counter[tuple[str, str | None]] = Counter()
    found = []
    for row in rows:
        seen[row.pipeline, row.profile] += 1
        if seen[row.pipeline, row.profile] > keep and row.status != "running" and _is_older(row, older_than):
            found.append(row)
    return found


def _is_older(row: Row, than: timedelta | None) -> bool:
    if than is None:
        return True
    with suppress(ValueError):
        started = datetime.fromisoformat(row.started)
        return datetime.now(started.tzinfo) - started > than
    return True


def _keys(root: Path, row: Row) -> set[str]:
    """The keys of the records that a run made or used, also one that was killed."""
    return {str(event["key"]) for event in load_run(root, row.id).events if "key" in event}


def _elsewhere(root: Path, row: Row) -> str | None:
    """The store of the run's artifacts, if that is not on this machine."""
    try:
        place = json.loads(load_run(root, row.id).plan)["settings"]["artifacts"]
    except (OSError, ValueError, KeyError, TypeError):
        return None
    is_uri = isinstance(place, str) and "://" in place and not place.startswith("file://")
    return place if is_uri else f'secret("{place["secret"]}")' if isinstance(place, dict) else None


def _ids(root: Path) -> set[str]:
    return {row.id for row in list_runs(root)}


def _remove_file(path: Path, *, dry: bool) -> int:
    """Remove a file; its bytes."""
    size = weight(path)
    if not dry:
        path.unlink(missing_ok=True)
    return size


def _remove(folder: Path, *, dry: bool) -> int:
    """Remove a run's directory; its bytes. What lists runs looks for the log of events, so that goes first."""
    size = weight(folder)
    if not dry:
        (folder / "events.jsonl").unlink(missing_ok=True)
        shutil.rmtree(folder)
    return size
