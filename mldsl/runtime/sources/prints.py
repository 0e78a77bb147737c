"""What tells whether a source's data has changed, found without reading it. Imports no data library."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from pathlib import Path
from typing import Protocol

from mldsl.catalog.connectors import CONNECTORS
from mldsl.records import record
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.sources.files import find_files, is_remote, shown
from mldsl.runtime.store.hashes import file_digest
from mldsl.runtime.store.store import Store
from mldsl.runtime.store.trees import tree_digest

# Connectors whose data cannot be seen without reading it: such a source runs every time.
_UNSEEN = ("sql", "table", "python")
# Connectors of a file a row: there may be too many to keep a hash of each.
_ONE_EACH = ("images", "texts")


@record
class Prints:
    """A hash or version for each file; `volatile` says that equal ones do not mean equal data."""

    files: Mapping[str, str]
    volatile: bool = False


class Connection(Protocol):
    """What of a source's step says where its data is."""

    @property
    def connector(self) -> str:
        """The connector's name."""

    @property
    def arguments(self) -> Mapping[str, object]:
        """What it was given."""


def data_prints(body: Connection, source: str, store: Store, folder: Path) -> Prints:
    """The state of a source's data as it is now. Raises StepFailed where there is none."""
    if body.connector in _UNSEEN:
        return Prints({}, volatile=True)
    connector = CONNECTORS[body.connector]
    if connector.parameters[0].value != "path":
        return Prints({})
    pattern = body.arguments.get(connector.parameters[0].name)
    if not isinstance(pattern, str):
        raise StepFailed(f"`{source}` names no file")
    if connector.name == "delta":
        version = body.arguments.get("version")
        return Prints({pattern: _commit(pattern, folder, version if isinstance(version, int) else None)})
    if is_remote(pattern):
        return _elsewhere(pattern)
    try:
        return Prints(_here(body.connector, pattern, store, folder))
    except OSError as error:
        raise StepFailed(f"cannot read `{error.filename}`: {error.strerror}") from error


def _here(connector: str, pattern: str, store: Store, folder: Path) -> dict[str, str]:
    found = find_files(pattern, folder)
    if connector not in _ONE_EACH:
        return {shown(path, folder): file_digest(path, store) for path in found}
    files = [(shown(path, folder), path) for path in found]
    return {pattern: tree_digest(files, f"{folder.resolve()}\0{pattern}", store)}


def _elsewhere(pattern: str) -> Prints:
    """Versions that the server tells; where it tells none of a file, that has to be read every time."""
    from mldsl.runtime.sources.remote import remote_files

    files = remote_files(pattern)
    return Prints({file.uri: file.stamp or "" for file in files}, any(file.stamp is None for file in files))


def _commit(path: str, folder: Path, version: int | None) -> str:
    """An entry of a Delta table's log: its number is the table's version, its state tells tables apart.

    The newest one, too, for a version whose own entry is gone since a checkpoint holds it.
    """
    if version is not None:
        with suppress(StepFailed):
            return _entry(path, folder, f"{version:020}.json")
    return _entry(path, folder, "*.json")


def _entry(path: str, folder: Path, name: str) -> str:
    log = f"{path.rstrip('/')}/_delta_log/{name}"
    try:
        if is_remote(path):
            from mldsl.runtime.sources.remote import remote_files

            last = max(remote_files(log), key=lambda file: file.uri)
            return f"{last.uri.rpartition('/')[2]} {last.stamp}"
        newest = find_files(log, folder)[-1]
        status = newest.stat()
        return f"{newest.name} {status.st_size} {status.st_mtime_ns}"
    except (StepFailed, OSError) as error:
        if isinstance(error, StepFailed) and not error.message.startswith("no file matches"):
            raise
        help = "the path is that of the directory in which `_delta_log` lies"
        raise StepFailed(f"there is no Delta table at `{path}`", help) from error
