"""A store in a directory of this machine: every file appears whole or not at all."""

from __future__ import annotations

import errno
import itertools
import os
import shutil
import threading
import weakref
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import BinaryIO

from mldsl.errors import StoreError
from mldsl.runtime.store import rooms
from mldsl.runtime.store.rooms import Room


class LocalFiles:
    """Files under `root`. What is written goes to `root/tmp` first and is then renamed.

    What `adopt` takes in is on the disk before it has its name, so that it is whole also after a power cut. What
    `write` puts may then be damaged or gone: whoever reads it can tell, and has it made anew.
    """

    def __init__(self, root: Path) -> None:
        self.root = root
        self._place = str(root)
        self._numbers = itertools.count()
        self._room: Room | None = None
        self._room_place = ""
        self._entering = threading.Lock()

    def __str__(self) -> str:
        return str(self.root)

    def exists(self) -> bool:
        """Whether anything was ever put here."""
        return self.root.is_dir()

    def read(self, path: str) -> bytes | None:
        """The bytes of a file; None if there is none."""
        try:
            with open(self._at(path), "rb") as file:  # noqa: PTH123 - pathlib costs more than to read a small file
                return file.read()
        except (FileNotFoundError, NotADirectoryError):
            return None
        except OSError as error:
            raise StoreError(f"cannot read `{self.root / path}`: {reason(error)}") from error

    def size(self, path: str) -> int | None:
        """The number of bytes of a file; None if there is none."""
        try:
            return os.stat(self._at(path)).st_size  # noqa: PTH116
        except OSError:
            return None

    def local(self, path: str) -> Path:
        """The file itself."""
        return self.root / path

    def write(self, path: str, data: bytes) -> None:
        """Put `data` at `path`, replacing what is there."""
        with self._writing(), self._appearing(path) as temporary, _new(temporary) as file:
            file.write(data)

    def secure(self, path: str, data: bytes) -> None:
        """As `write`; whole also after a power cut."""
        with self._writing(), self._appearing(path) as temporary:
            _write_through(temporary, data)

    def create(self, path: str, data: bytes) -> bool:
        """As `secure`, unless something is at `path` already: then nothing happens, and it gives False."""
        with self._writing():
            temporary = Path(self._temporary())
            try:
                _write_through(str(temporary), data)
                (self.root / path).parent.mkdir(parents=True, exist_ok=True)
                try:
                    os.link(temporary, self._at(path))  # unlike a rename it replaces nothing
                except OSError as error:
                    if error.errno not in _NO_LINKS:
                        raise
                    _write_through(self._at(path), data)
            except FileExistsError:
                return False
            finally:
                temporary.unlink(missing_ok=True)
        return True

    def names(self, folder: str) -> list[str]:
        """The names of the files and folders in a folder, sorted; none where it is not there."""
        try:
            return sorted(os.listdir(self._at(folder)))  # noqa: PTH208 - often, and pathlib takes several times as long
        except (FileNotFoundError, NotADirectoryError):
            return []
        except OSError as error:
            raise StoreError(f"cannot read `{self.root / folder}`: {reason(error)}") from error

    def repeat(self, path: str, other: str) -> None:
        """Put what is at `path` at `other`, too."""
        with self._writing():
            temporary = self._temporary()
            try:
                os.link(self._at(path), temporary)
            except OSError:  # not every file system has links
                shutil.copyfile(self._at(path), temporary)
            self._publish(temporary, other)

    def adopt(self, source: Path, path: str) -> None:
        """Move the file `source` (best one made in `fresh` or `scratch`) to `path`, replacing what is there."""
        with self._writing():
            try:
                _sync(source)
                self._publish(str(source), path)
            except OSError as error:
                if error.errno != errno.EXDEV:
                    raise
                with self._appearing(path) as temporary:
                    shutil.copyfile(source, temporary)
                    _sync(Path(temporary))
                source.unlink()

    def remove(self, folder: str) -> None:
        """Take away a folder of the store."""
        shutil.rmtree(self.root / folder, ignore_errors=True)

    def fresh(self) -> Path:
        """A path on the store's disk that nothing has yet, in a directory that is there."""
        return Path(self._temporary())

    def enter(self) -> Path:
        """Take a room in the store for this process, unless it has one; its directory."""
        return Path(self._entered())

    def _entered(self) -> str:
        with self._writing(), self._entering:
            if self._room is None or not os.path.isdir(self._room_place):  # noqa: PTH112
                if not (self.root / "tmp").is_dir():
                    (self.root / "tmp").mkdir(parents=True, exist_ok=True)
                    (self.root / ".gitignore").write_text("*\n", encoding="utf-8")
                with self.steady():
                    self._room = rooms.enter(self.root / "tmp")
                self._room_place = str(self._room.folder)
                weakref.finalize(self, self._room.leave)
            return self._room_place

    def sweep(self) -> int:
        """Clear what processes that are gone left unfinished; how many bytes."""
        return rooms.sweep(self.root / "tmp")

    def steady(self) -> AbstractContextManager[None]:
        """While this lasts, nothing that is finished is removed."""
        return rooms.locked(self.root, shared=True)

    def touch(self, path: str) -> bool:
        """Note that a file is needed now; False if it is not there."""
        try:
            os.utime(self._at(path))
        except FileNotFoundError:
            return False
        except OSError:  # one that may only be read is not removed, either
            return True
        return True

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """An empty directory on the store's disk, removed at the end."""
        folder = self.fresh()
        with self._writing():
            folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def _appearing(self, path: str) -> Iterator[str]:
        """A file to write, which takes the name `path` when all went well and is removed otherwise."""
        temporary = self._temporary()
        try:
            yield temporary
            self._publish(temporary, path)
        except BaseException:
            Path(temporary).unlink(missing_ok=True)
            raise

    def _temporary(self) -> str:
        """As `fresh`. What is put often goes by texts: `pathlib` takes as long as to write a small file."""
        return f"{self._entered()}/{next(self._numbers)}"

    def _at(self, path: str) -> str:
        return f"{self._place}/{path}"

    def _publish(self, source: str, path: str) -> None:
        target = self._at(path)
        try:
            os.replace(source, target)  # noqa: PTH105
        except FileNotFoundError:
            (self.root / path).parent.mkdir(parents=True, exist_ok=True)
            os.replace(source, target)  # noqa: PTH105

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


# What a file system that has no links says.
_NO_LINKS = (errno.EPERM, errno.EOPNOTSUPP, errno.ENOSYS, errno.EMLINK)

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


def _new(path: str) -> BinaryIO:
    """A new file to write."""
    return open(path, "xb")  # noqa: PTH123


def _write_through(path: str, data: bytes) -> None:
    """Write a new file, and have its content on the disk."""
    with _new(path) as file:
        file.write(data)
        file.flush()
        os.fsync(file.fileno())


def _sync(path: Path) -> None:
    """Have the file's content on the disk."""
    with path.open("rb+") as file:
        os.fsync(file.fileno())
