"""Files that appear whole or not at all."""

from __future__ import annotations

import hashlib
import os
import re
import shutil
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from mldsl.errors import StoreError

# What some system does not allow in a file's name: signs that mean something in paths, control characters, surrogates.
_UNFIT = re.compile(r'[\x00-\x1f\x7f<>:"/\\|?*\ud800-\udfff]')
_LONGEST = 120  # bytes of a name; file systems take 255, and an ending comes behind it


def file_name(name: str) -> str:
    """A name from a program as the name of a file or a folder, on every system; different names stay different."""
    fit = _UNFIT.sub("_", name).rstrip(". ")
    short = fit.encode()[:_LONGEST].decode(errors="ignore")
    if short == name and not name.startswith("."):
        return name
    return f"{short.lstrip('.')}-{hashlib.sha256(name.encode('utf-8', 'surrogatepass')).hexdigest()[:8]}"


@contextmanager
def appearing(path: Path) -> Iterator[Path]:
    """A file to write, in the folder of `path`, which takes that name when all went well and is removed otherwise."""
    handle, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}-")
    os.close(handle)
    temporary = Path(name)
    try:
        yield temporary
        with temporary.open("rb+") as file:
            os.fsync(file.fileno())
        temporary.chmod(0o644)
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_whole(path: Path, content: str | bytes) -> None:
    """Put `content` (text in UTF-8) at `path`, replacing what is there. Raises OSError."""
    with appearing(path) as temporary:
        temporary.write_bytes(content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content)


def copy_whole(source: Path, path: Path, copy: Callable[[Path, Path], object] = shutil.copyfile) -> None:
    """Copy a file to `path`, making its folder. Raises StoreError where it cannot be written."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with appearing(path) as temporary:
            copy(source, temporary)
    except OSError as error:
        raise unwritable(path, error) from error


def unwritable(path: Path, error: OSError) -> StoreError:
    """The error for people where something cannot be written."""
    reason = error.strerror or str(error)
    return StoreError(f"cannot write to `{path}`: {reason[:1].lower()}{reason[1:]}")
