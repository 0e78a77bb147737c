"""Writing files: whole or not at all, with the permissions they had."""

from __future__ import annotations

import os
from pathlib import Path

from mldsl.errors import MldslError


def replace_text(path: Path, text: str) -> None:
    """Put `text` in the place of an existing file's content; a link stays one, and its target is replaced.

    Whoever reads the file sees the old text or the new one. Raises MldslError when it cannot be written; the file is
    then as it was.
    """
    import tempfile

    target = Path(os.path.realpath(path))
    temporary = None
    try:
        if not os.access(target, os.W_OK):
            raise PermissionError(0, "permission denied")
        handle, temporary = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}-")
        with os.fdopen(handle, "wb") as stream:
            stream.write(text.encode("utf-8"))
            stream.flush()
            os.fsync(stream.fileno())
        Path(temporary).chmod(target.stat().st_mode & 0o7777)
        Path(temporary).replace(target)
    except OSError as error:
        if temporary is not None:
            Path(temporary).unlink(missing_ok=True)
        reason = error.strerror or str(error)
        raise MldslError(f"`{path}` cannot be written: {reason[:1].lower()}{reason[1:]}") from None
