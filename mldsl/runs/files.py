"""Files that appear whole or not at all."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mldsl.errors import StoreError


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


def unwritable(path: Path, error: OSError) -> StoreError:
    """The error for people where something cannot be written."""
    reason = error.strerror or str(error)
    return StoreError(f"cannot write to `{path}`: {reason[:1].lower()}{reason[1:]}")
