"""A store in a directory of this machine: every file appears whole or not at all."""

from __future__ import annotations

import errno
import os
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mldsl.errors import StoreError


class LocalFiles:
    """Files under `root`. What is written goes to `root/tmp` first, is synced to the disk and then renamed."""

    def __init__(self, root: Path) -> None:
        self.root = root

    def __str__(self) -> str:
        return str(self.root)

    def exists(self) -> bool:
        """Whether anything was ever put here."""
        return self.root.is_dir()

    def read(self, path: str) -> bytes | None:
        """The bytes of a file; None if there is none."""
        try:
            return (self.root / path).read_bytes()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise StoreError(f"cannot read `{self.root / path}`: {reason(error)}") from error

    def size(self, path: str) -> int | None:
        """The number of bytes of a file; None if there is none."""
        try:
            return (self.root / path).stat().st_size
        except OSError:
            return None

    def local(self, path: str) -> Path:
        """The file itself."""
        return self.root / path

    def write(self, path: str, data: bytes) -> None:
        """Put `data` at `path`, replacing what is there."""
        with self._writing():
            handle, name = tempfile.mkstemp(dir=self._temporary())
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                self._publish(Path(name), path)
            except BaseException:
                Path(name).unlink(missing_ok=True)
                raise

    def adopt(self, source: Path, path: str) -> None:
        """Move the file `source` (best in `scratch`, on the same disk) to `path`, replacing what is there."""
        with self._writing():
            with source.open("rb+") as file:
                os.fsync(file.fileno())
            if source.stat().st_dev != self._temporary().stat().st_dev:
                source = Path(shutil.copy2(source, tempfile.mkdtemp(dir=self._temporary())))
            self._publish(source, path)

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """An empty directory on the store's disk, removed at the end."""
        with self._writing():
            folder = Path(tempfile.mkdtemp(dir=self._temporary()))
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    def _publish(self, source: Path, path: str) -> None:
        target = self.root / path
        target.parent.mkdir(parents=True, exist_ok=True)
        source.chmod(0o644)
        source.replace(target)
        _sync_directory(target.parent)

    def _temporary(self) -> Path:
        folder = self.root / "tmp"
        if not folder.exists():
            folder.mkdir(parents=True, exist_ok=True)
            (self.root / ".gitignore").write_text("*\n", encoding="utf-8")
        return folder

    @contextmanager
    def _writing(self) -> Iterator[None]:
        try:
            yield
        except OSError as error:
            raise unwritable(str(self.root), error) from error


def unwritable(store: str, error: OSError) -> StoreError:
    """The error for people when the store cannot be written."""
    return StoreError(f"cannot write to the artifact store `{store}`: {reason(error)}", _HELP.get(error.errno or 0))


def reason(error: OSError) -> str:
    """What the system says, without number and path, in lower case."""
    text = error.strerror or str(error) or type(error).__name__
    return text[:1].lower() + text[1:]


_OTHER = 'name another place: `artifacts: "…"` in the pipeline'
_HELP = {
    errno.EACCES: f"make it writable, or {_OTHER}",
    errno.EPERM: f"make it writable, or {_OTHER}",
    errno.EROFS: _OTHER,
    errno.ENOSPC: f"free some space (`mldsl clean`), or {_OTHER}",
    errno.EDQUOT: f"free some space (`mldsl clean`), or {_OTHER}",
    errno.ENOTDIR: f"a file stands where a directory is wanted; {_OTHER}",
    errno.EEXIST: f"a file stands where a directory is wanted; {_OTHER}",
}


def _sync_directory(folder: Path) -> None:
    """Make a rename survive a power cut; not every system can open a directory."""
    try:
        handle = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(handle)
    except OSError:
        return
    finally:
        os.close(handle)
