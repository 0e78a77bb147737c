"""Files behind a URI, through fsspec: which there are, what tells their states apart, and copies of them here.

Credentials and endpoints are those that each system's own tools take from the environment.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from mldsl.catalog.connectors import SCHEMES
from mldsl.runtime.elsewhere import NotInstalledError, cause_of, open_system, way_out, words
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.sources.files import DataFile, has_magic

# What systems call a file's version or the time of its last change, best first: equal values mean equal content.
_STAMPS = ("ETag", "etag", "md5Hash", "Last-Modified", "LastModified", "last_modified", "updated", "mtime")


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """A file elsewhere. `stamp` changes when its content does; None where the server says nothing of the kind."""

    uri: str
    stamp: str | None


def remote_files(pattern: str) -> list[RemoteFile]:
    """The files that a URI or a glob of them means, sorted by name; nothing of them is read.

    Raises StepFailed where there is none, or the system does not answer.
    """
    with _explained(pattern):
        system, place = _system(pattern)
        found = _matching(system, place) if has_magic(place) else {place: system.info(place)}
        if not found:
            raise StepFailed(f"no file matches `{pattern}`", "look at the part before the first `*`, and at its case")
        if any(item.get("type") == "directory" for item in found.values()):
            raise StepFailed(f"`{pattern}` is a directory, not a file", f'for all files in it write "{pattern}/*"')
        return [RemoteFile(_uri(pattern, name), _stamp(found[name])) for name in sorted(found)]


def fetched(files: Sequence[RemoteFile], scratch: Path) -> list[DataFile]:
    """Copies of the files (at least one, all of one system) in `scratch`, with the URIs as names."""
    copies = []
    system, _ = _system(files[0].uri)
    for index, file in enumerate(files):
        path = scratch / f"fetched-{index}{Path(urlsplit(file.uri).path).suffix}"
        with _explained(file.uri):
            system.get_file(file.uri, str(path))
        copies.append(DataFile(file.uri, file.uri.split("/")[-2], path))
    return copies


def _system(uri: str) -> tuple[Any, str]:
    """The file system of a URI and the path in it. Raises StepFailed where what it needs is not installed."""
    scheme = uri.partition("://")[0].lower()
    if scheme not in SCHEMES:
        known = ", ".join(f"`{name}://`" for name in SCHEMES)
        raise StepFailed(f"`{uri}` cannot be read: nothing here knows `{scheme}://`", f"known are {known}")
    try:
        return open_system(uri)
    except NotInstalledError as error:
        raise StepFailed(f"`{uri}` cannot be read: {error}", error.help) from error


def _matching(system: Any, place: str) -> dict[str, dict[str, Any]]:  # noqa: ANN401 - fsspec has no types
    """The files that a glob names; a web server's listing says too little of them, so that each is asked for."""
    found: dict[str, dict[str, Any]] = system.glob(place, detail=True)
    files = {name: item for name, item in found.items() if item.get("type") != "directory"}
    return {name: item if _stamp(item) is not None else system.info(name) for name, item in files.items()}


def _stamp(item: dict[str, Any]) -> str | None:
    said = next((str(item[name]) for name in _STAMPS if item.get(name)), None)
    return None if said is None else f"{said} {item.get('size')}"


def _uri(pattern: str, name: str) -> str:
    """The URI of a file that the system calls `name`; web systems call files by their URIs."""
    return name if "://" in name else f"{pattern.split('://')[0]}://{name}"


@contextmanager
def _explained(uri: str) -> Iterator[None]:
    """Turns what the many libraries raise into one sentence."""
    try:
        yield
    except StepFailed:
        raise
    except Exception as error:
        cause = cause_of(error)
        if cause is None:
            raise StepFailed(f"the file `{uri}` does not exist") from error
        raise StepFailed(f"`{uri}` cannot be read: {words(cause)}", way_out(cause)) from error
