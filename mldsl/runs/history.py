"""Earlier runs: the list of them, and one of them by its id, the start of its id, or as the last."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

from mldsl.errors import StoreError, UsageError
from mldsl.records import record
from mldsl.runs import index
from mldsl.runs.index import Row
from mldsl.runs.record import EVENTS, PLAN, RESULT
from mldsl.runs.result import RunResult

LAST = "last"
DEFAULT = ".mldsl"
"""The directory of a program's artifact store, unless the program says otherwise."""


@record
class Run:
    """A run that was recorded. `result` is None while it runs, and when it was killed."""

    summary: Row
    folder: Path
    result: RunResult | None

    @property
    def plan(self) -> str:
        """The plan that it ran, as JSON text."""
        return (self.folder / PLAN).read_text(encoding="utf-8", errors="surrogatepass")

    @property
    def events(self) -> list[dict[str, Any]]:
        """What happened, in order; a last line that a kill cut off is left out."""
        return list(_events(self.folder))


def list_runs(root: Path, limit: int | None = None) -> list[Row]:
    """The runs in the store at `root`, newest first. Reads the index, and mends it where it is behind."""
    known = index.rows(root)
    there = {id_: _summary(root, id_, known.get(id_)) for id_ in _ids(root)}
    changed = [row for id_, row in there.items() if row != known.get(id_)]
    index.put(root, changed, known.keys() - there.keys())
    return list(reversed(there.values()))[:limit]


def load_run(roots: Path | Iterable[Path], which: str = LAST) -> Run:
    """The run of an id, of an unambiguous start of one, or the `last`, in one store or several.

    Raises UsageError if there is none or several.
    """
    places = {id_: root for root in ([roots] if isinstance(roots, Path) else roots) for id_ in _ids(root)}
    ids = sorted(places)
    if not ids:
        raise UsageError("nothing has been run here yet", "`mldsl run FILE` runs a pipeline")
    found = [which] if which in ids else ids[-1:] if which == LAST else [id_ for id_ in ids if id_.startswith(which)]
    if not found:
        raise UsageError(f"there is no run `{which}`", "`mldsl runs` lists them")
    if len(found) > 1:
        shown = ", ".join(f"`{id_}`" for id_ in found[-3:])
        raise UsageError(f"several runs start with `{which}`: {shown}{' …' if len(found) > 3 else ''}")
    root = places[found[0]]
    folder = root / "runs" / found[0]
    return Run(_summary(root, found[0], None), folder, _result(folder))


def run_roots(start: Path) -> list[Path]:
    """The stores in which runs are recorded: of any name, in a directory and up to three levels below; or it itself.

    Raises StoreError where the store of the default name may not be looked into.
    """
    closed = start / DEFAULT
    if closed.is_dir() and not os.access(closed, os.R_OK | os.X_OK):
        raise StoreError(f"cannot read `{closed}`: permission denied")
    events = (path for depth in range(5) for path in start.glob("*/" * depth + f"runs/*/{EVENTS}"))
    return sorted({path.parents[2] for path in events if _is_visible(path.parents[2], start)})


def _is_visible(root: Path, start: Path) -> bool:
    """Whether no directory above the store is a hidden one; the store itself may be."""
    return not any(part.startswith(".") for part in root.relative_to(start).parts[:-1])


def _ids(root: Path) -> list[str]:
    """The ids of all runs that have begun, oldest first."""
    try:
        return sorted(path.parent.name for path in (root / "runs").glob(f"*/{EVENTS}"))
    except OSError:
        return []


def _summary(root: Path, id_: str, known: Row | None) -> Row:
    """The run as the index has it once it has ended, else as its directory has it."""
    if known is not None and known.status != "running":
        return known
    folder = root / "runs" / id_
    first, result = next(_events(folder), {}), _result(folder)
    profile, program, started = first.get("profile"), first.get("program"), str(first.get("time", ""))
    begun = Row(id_, str(first.get("pipeline", "")), profile, program, started, "running")
    if result is not None:
        return replace(begun, status=result.status, exit_status=result.exit_status, seconds=result.seconds)
    return begun if _is_running(first) else replace(begun, status="interrupted")


def _is_running(first: dict[str, Any]) -> bool:
    """Whether the process that began the run is still there; another machine's is taken to be."""
    pid = first.get("pid")
    if first.get("host") != platform.node() or not isinstance(pid, int):
        return first.get("host") is not None
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        return True
    return True


def _result(folder: Path) -> RunResult | None:
    try:
        result = RunResult.from_document(json.loads((folder / RESULT).read_bytes()))
        return replace(result, folder=str(folder.absolute()))  # where it is now, not where it was
    except (OSError, ValueError, KeyError, TypeError, RecursionError):
        return None


def _events(folder: Path) -> Iterator[dict[str, Any]]:
    try:
        lines = (folder / EVENTS).read_text(encoding="utf-8", errors="replace").splitlines()
    except OSError:
        return
    for line in lines:
        try:
            event = json.loads(line)
        except (ValueError, RecursionError):
            continue
        if isinstance(event, dict):
            yield event
