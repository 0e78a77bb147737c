"""Which files a path, a glob or a URI in a program means, and where they are on this machine."""

from __future__ import annotations

import glob
from pathlib import Path

from mldsl.records import record
from mldsl.runtime.errors import StepFailed

_MAGIC = "*?["


@record
class DataFile:
    """A file of a source: what people call it, the folder that it lies in, and where it is on this machine."""

    name: str
    folder: str
    path: Path


def is_remote(pattern: str) -> bool:
    """Whether a path means files elsewhere."""
    return "://" in pattern and not pattern.startswith("file://")


def data_files(pattern: str, folder: Path, scratch: Path, most: int | None = None) -> list[DataFile]:
    """The files of a path, a glob or a URI, sorted by name so that rows have one order everywhere; `most` of them.

    Those elsewhere are fetched into `scratch`. Raises StepFailed where there is none, or one cannot be had.
    """
    if is_remote(pattern):
        from mldsl.runtime.sources.remote import fetched, remote_files

        return fetched(remote_files(pattern)[:most], scratch)
    return [DataFile(shown(path, folder), path.parent.name, path) for path in find_files(pattern, folder)[:most]]


def find_files(pattern: str, folder: Path) -> list[Path]:
    """The files of a path or glob on this machine, relative to `folder`, sorted by name.

    Raises StepFailed where there is none, or where it is a directory.
    """
    pattern = pattern.removeprefix("file://")
    exact = folder / pattern
    if exact.is_dir():
        raise StepFailed(f"`{pattern}` is a directory, not a file", f'for all files in it write "{pattern}/*"')
    if exact.exists():
        return [exact]
    if not has_magic(pattern):
        raise StepFailed(f"the file `{pattern}` does not exist", f"relative paths start at `{folder.absolute()}`")
    names = glob.glob(str(exact), recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
    found = sorted(name for name in names if Path(name).is_file())
    if not found:
        raise StepFailed(f"no file matches `{pattern}`", f"relative paths start at `{folder.absolute()}`")
    return [Path(name) for name in found]


def has_magic(pattern: str) -> bool:
    """Whether a path is a glob."""
    return any(sign in pattern for sign in _MAGIC)


def shown(path: Path, folder: Path) -> str:
    """A file's path as people know it: relative to the program's folder where it lies in it, with `/`."""
    try:
        return path.relative_to(folder).as_posix()
    except ValueError:
        return path.as_posix()
