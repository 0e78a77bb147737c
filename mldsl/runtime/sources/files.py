"""Which files a path or a glob in a program means."""

from __future__ import annotations

import glob
from pathlib import Path

from mldsl.runtime.errors import StepFailed

_MAGIC = "*?["


def find_files(pattern: str, folder: Path) -> list[Path]:
    """The files of a path or glob relative to `folder`, sorted by name so that rows have one order everywhere.

    Raises StepFailed where there is none, or where it is a directory or a URI.
    """
    if "://" in pattern and not pattern.startswith("file://"):
        scheme = pattern.split("://")[0]
        raise StepFailed(
            f"`{pattern}` cannot be read: this version reads files of this machine only, not `{scheme}://`",
            "copy the file here and name its path",
        )
    pattern = pattern.removeprefix("file://")
    exact = folder / pattern
    if exact.is_dir():
        raise StepFailed(f"`{pattern}` is a directory, not a file", f'for all files in it write "{pattern}/*"')
    if exact.exists():
        return [exact]
    if not any(sign in pattern for sign in _MAGIC):
        raise StepFailed(f"the file `{pattern}` does not exist", f"relative paths start at `{folder}`")
    names = glob.glob(str(exact), recursive=True)  # noqa: PTH207 - Path.glob takes no absolute pattern
    found = sorted(name for name in names if Path(name).is_file())
    if not found:
        raise StepFailed(f"no file matches `{pattern}`", f"relative paths start at `{folder}`")
    return [Path(name) for name in found]


def shown(path: Path, folder: Path) -> str:
    """A file's path as people know it: relative to the program's folder where it lies in it, with `/`."""
    try:
        return path.relative_to(folder).as_posix()
    except ValueError:
        return path.as_posix()
