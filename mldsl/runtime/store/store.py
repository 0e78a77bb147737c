"""The store itself: objects by the hash of their content, records of steps by their key.

Layout: `objects/abcd….parquet`, `steps/KEY.json`, `latest/STEP.json` (the step's newest record, to say what changed
since), `hashes/…` (files' hashes), `trials/KEY/…` (scores of a model's step that is not finished), `known/RUN/…`
(records of the steps of a run whose tasks run by themselves), `registry/NAME/…` (what went live), `tmp/`. Several
processes may use one store at once: every file is written whole, and whoever comes second writes the same.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

from mldsl.errors import StoreError
from mldsl.runtime.store.local import LocalFiles
from mldsl.runtime.store.records import Record, Stored, StoredKind, record_from_json

# Objects of these kinds are small: they are looked at whole when they are asked for, and so need not be waited for
# until they are on the disk, as tables and models are.
_VERIFIED: tuple[StoredKind, ...] = ("json",)


class Files(Protocol):
    """What a store stands on: whole files by relative path."""

    def exists(self) -> bool:
        """Whether anything was ever put here."""

    def read(self, path: str) -> bytes | None:
        """The bytes of a file; None if there is none."""

    def size(self, path: str) -> int | None:
        """The number of bytes of a file; None if there is none."""

    def local(self, path: str) -> Path:
        """The file, or a copy, on this machine."""

    def write(self, path: str, data: bytes) -> None:
        """Put `data` at `path`, whole or not at all; a power cut may damage it."""

    def secure(self, path: str, data: bytes) -> None:
        """Put `data` at `path`, whole or not at all, also after a power cut."""

    def create(self, path: str, data: bytes) -> bool:
        """As `secure`, unless something is at `path` already: then nothing happens, and it gives False."""

    def names(self, folder: str) -> list[str]:
        """The names of the files and folders in a folder, sorted; none where it is not there."""

    def repeat(self, path: str, other: str) -> None:
        """Put what is at `path` at `other`, too."""

    def adopt(self, source: Path, path: str) -> None:
        """Move a file of this machine to `path`, whole or not at all, also after a power cut."""

    def remove(self, folder: str) -> None:
        """Take away a folder and all that is in it; nothing where it is not there."""

    def fresh(self) -> Path:
        """A path on this machine that nothing has yet, for a file to `adopt`."""

    def scratch(self) -> AbstractContextManager[Path]:
        """An empty local directory, removed at the end."""

    def enter(self) -> Path:
        """Show that this process works here from now on; the directory for what is not finished."""

    def sweep(self) -> int:
        """Clear what processes that are gone left unfinished; how many bytes."""

    def steady(self) -> AbstractContextManager[None]:
        """While this lasts, nothing that is finished is removed."""

    def touch(self, path: str) -> bool:
        """Note that a file is needed now; False if it is not there."""


class Store:
    """Objects and records. Opening a store writes nothing; it comes into being with the first thing put into it."""

    def __init__(self, files: Files) -> None:
        self.files = files

    def __str__(self) -> str:
        return str(self.files)

    def put(self, data: bytes, suffix: str, kind: StoredKind, rows: int | None = None) -> Stored:
        """Store bytes."""
        stored = Stored(hashlib.sha256(data).hexdigest(), suffix, kind, len(data), rows)
        if self._needed(stored):
            return stored
        put = self.files.write if kind in _VERIFIED else self.files.secure
        put(stored.path, data)
        return stored

    def adopt(self, path: Path, suffix: str, kind: StoredKind, rows: int | None = None) -> Stored:
        """Store a file, which is moved away."""
        stored = Stored(hash_file(path), suffix, kind, path.stat().st_size, rows)
        if not self._needed(stored):
            self.files.adopt(path, stored.path)
        return stored

    def has(self, stored: Stored) -> bool:
        """Whether the object is there and whole."""
        if stored.kind not in _VERIFIED:
            return self.files.size(stored.path) == stored.size
        data = self.files.read(stored.path)
        return data is not None and hashlib.sha256(data).hexdigest() == stored.digest

    def local(self, stored: Stored) -> Path:
        """The object as a file on this machine."""
        if not self.has(stored):
            raise StoreError(
                f"`{stored.path}` is missing or damaged in the artifact store `{self}`", "run with --force"
            )
        return self.files.local(stored.path)

    def read(self, stored: Stored) -> bytes:
        """The object's bytes."""
        return self.local(stored).read_bytes()

    def fresh(self) -> Path:
        """A path for a file that `adopt` is to take, on the store's disk where that is on this machine."""
        return self.files.fresh()

    def scratch(self) -> AbstractContextManager[Path]:
        """An empty local directory for work in progress, removed at the end."""
        return self.files.scratch()

    def record(self, key: str) -> Record | None:
        """The record of that key, if all of its outputs are there."""
        record = self._read(f"steps/{key}.json")
        if record is None or record.key != key or not all(self.has(item) for item in record.outputs.values()):
            return None
        return record

    def use(self, key: str) -> Record | None:
        """As `record`, for a run: neither the record nor its outputs are cleaned away before the run has ended."""
        with self.files.steady():
            record = self.record(key)
            return record if record is not None and self.files.touch(f"steps/{key}.json") else None

    def use_all(self, keys: Iterable[str]) -> list[Record] | None:
        """The records of all these keys, as `use`; None where one is missing."""
        found = []
        with self.files.steady():
            for key in keys:
                record = self.record(key)
                if record is None or not self.files.touch(f"steps/{key}.json"):
                    return None
                found.append(record)
        return found

    def enter(self) -> None:
        """Show that a run works here from now on, and clear what runs that are gone left unfinished."""
        self.files.enter()
        self.files.sweep()

    def sweep(self) -> None:
        """Clear what processes that are gone left unfinished."""
        self.files.sweep()

    def latest(self, step: str) -> Record | None:
        """The newest record of the step of that id, whatever its key."""
        record = self._read(_latest_path(step))
        return record if record is not None and record.step == step else None

    def keep(self, record: Record) -> None:
        """Remember what came of a step."""
        path = f"steps/{record.key}.json"
        self.files.write(path, record.to_json().encode("utf-8", "surrogatepass"))
        self.files.repeat(path, _latest_path(record.step))

    def forget_trials(self, key: str) -> None:
        """Take away what is remembered of a model's step that is finished, or is to start anew."""
        self.files.remove(trials_folder(key))

    def _needed(self, stored: Stored) -> bool:
        """Whether the object is there; it is not cleaned away before a record of this run names it."""
        with self.files.steady():
            return self.has(stored) and self.files.touch(stored.path)

    def _read(self, path: str) -> Record | None:
        data = self.files.read(path)
        return None if data is None else record_from_json(data.decode("utf-8", "surrogatepass"))


def trials_folder(key: str) -> str:
    """Where scores of the step of that key lie while it is not finished."""
    return f"trials/{key}"


def run_folder(run: str) -> str:
    """Where the records of the steps of that run lie, for its other tasks."""
    return f"known/{hashlib.sha256(run.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}"


def open_store(uri: str, folder: Path) -> Store:
    """The store at a path (relative to `folder`) or an fsspec URI.

    Raises StoreError where the URI cannot be opened.
    """
    if uri.startswith("file://"):
        uri = uri.removeprefix("file://")
    if "://" not in uri:
        return Store(LocalFiles((folder / uri).absolute()))
    from mldsl.runtime.store.remote import RemoteFiles

    return Store(RemoteFiles(uri))


def hash_file(path: Path) -> str:
    """The SHA-256 of a file's bytes, in hexadecimal."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _latest_path(step: str) -> str:
    return f"latest/{hashlib.sha256(step.encode('utf-8', 'surrogatepass')).hexdigest()[:32]}.json"
