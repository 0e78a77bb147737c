"""Writing what a backend has made: what somebody has edited, or what is not ours, is not overwritten unasked.

A file called `manifest.json` among those that a backend makes lists the others with their SHA-256. The one of the last
time tells what was written then.
"""

from __future__ import annotations

import errno
import hashlib
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from mldsl.errors import UsageError
from mldsl.runs.files import unwritable, write_whole

MANIFEST = "manifest.json"


def with_manifest(files: Mapping[str, bytes], folder: str, facts: Mapping[str, object]) -> dict[str, bytes]:
    """`files`, and in `folder` the manifest of them all with `facts` about what they were made by and of."""
    prints = {path: _print(content) for path, content in sorted(files.items())}
    text = json.dumps({"version": 1, **facts, "files": prints}, indent=2, sort_keys=True, ensure_ascii=False)
    return {**files, f"{folder}/{MANIFEST}": f"{text}\n".encode()}


def write(files: Mapping[str, bytes], folder: Path, *, force: bool) -> None:
    """Write `files` to `folder`, and remove what the last time wrote and this time does not.

    Raises UsageError, and writes nothing, where a file was edited or is somebody else's (unless `force` is given), and
    StoreError where one cannot be written.
    """
    manifests = [path for path in files if PurePosixPath(path).name == MANIFEST]
    before = {path: found for manifest in manifests for path, found in _listed(folder / manifest).items()}
    if not force:
        for problem in (*_of_another(files, folder, manifests), *_in_the_way(files, folder, before, manifests)):
            raise problem
    # The manifest last: where writing ends early, what is there still counts as ours or as what we would write.
    for path in sorted(files, key=lambda path: path in manifests):
        try:
            (folder / path).parent.mkdir(parents=True, exist_ok=True)
            write_whole(folder / path, files[path])
        except FileExistsError as error:
            raise unwritable(
                folder, NotADirectoryError(errno.ENOTDIR, "there is a file that is not a directory")
            ) from error
        except OSError as error:
            raise unwritable(folder / path, error) from error
    for path, digest in before.items():
        if path not in files and _print_of(folder / path) == digest:
            (folder / path).unlink(missing_ok=True)


def _of_another(files: Mapping[str, bytes], folder: Path, manifests: Iterable[str]) -> Iterator[UsageError]:
    """A pipeline of the same name was compiled from another file: one would take the place of the other."""
    for path in manifests:
        before, now = _manifest(folder / path).get("program"), json.loads(files[path]).get("program")
        if isinstance(before, str) and before != now:
            yield UsageError(
                f"what is in `{(folder / path).parent}` was compiled from `{before}`, not from `{now}`",
                "rename one of the pipelines, give another directory with `-o DIR`, or overwrite it with `--force`",
            )


def _in_the_way(
    files: Mapping[str, bytes], folder: Path, before: Mapping[str, str], manifests: Iterable[str]
) -> Iterator[UsageError]:
    for path, content in files.items() if manifests else ():
        found = _print_of(folder / path)
        if found is None or path in manifests or found in (before.get(path), _print(content)):
            continue
        whose = "somebody has edited it since" if path in before else "it was not written by mldsl"
        yield UsageError(
            f"`{folder / path}` is there already, and {whose}",
            "change the program instead, give another directory with `-o DIR`, or overwrite it with `--force`",
        )


def _listed(manifest: Path) -> dict[str, str]:
    """The files of an earlier manifest."""
    files = _manifest(manifest).get("files")
    pairs = files.items() if isinstance(files, dict) else ()
    return {path: digest for path, digest in pairs if isinstance(digest, str) and _stays_inside(path)}


def _manifest(path: Path) -> dict[str, Any]:
    """An earlier manifest; empty where there is none that can be read."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return found if isinstance(found, dict) else {}


def _stays_inside(path: str) -> bool:
    """Whether a path leads to nowhere else: a manifest is a file like any other, and may hold anything."""
    pure = PurePosixPath(path)
    return not pure.is_absolute() and ".." not in pure.parts


def _print(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _print_of(path: Path) -> str | None:
    """What is at a path; None for nothing."""
    try:
        return _print(path.read_bytes())
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise unwritable(path, error) from error
