"""A store behind an fsspec URI; what is read is kept in a local directory, by its content's name."""

from __future__ import annotations

import os
import shutil
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext, suppress
from pathlib import Path
from typing import Any

from mldsl.errors import StoreError
from mldsl.runtime.elsewhere import NotInstalledError, cause_of, open_system, way_out, words
from mldsl.runtime.store.local import unwritable
from mldsl.runtime.store.store import hash_file

# Systems in which a file is there whole or not at all, also while it is replaced.
_WHOLE = ("s3://", "gs://", "az://")


class RemoteFiles:
    """Files under a URI. Objects of a cloud appear whole by themselves; elsewhere a rename makes it so."""

    def __init__(self, uri: str) -> None:
        self.uri = uri.rstrip("/")
        self._system, self._root = _connect(self.uri)
        self._cache = _cache_folder() / str(uuid.uuid5(uuid.NAMESPACE_URL, self.uri))

    def __str__(self) -> str:
        return self.uri

    def exists(self) -> bool:
        """Whether anything was ever put here; asking would cost more than it is worth."""
        return True

    def read(self, path: str) -> bytes | None:
        """The bytes of a file; None if there is none."""
        try:
            return bytes(self._system.cat_file(f"{self._root}/{path}"))
        except FileNotFoundError:
            return None
        except Exception as error:
            raise self._unreadable(path, error) from error

    def size(self, path: str) -> int | None:
        """The number of bytes of a file; None if there is none."""
        try:
            return int(self._system.info(f"{self._root}/{path}")["size"])
        except FileNotFoundError:
            return None
        except Exception as error:
            raise self._unreadable(path, error) from error

    def local(self, path: str) -> Path:
        """A copy on this machine, fetched when it is not there yet; an object's bytes are those that its name says."""
        target = self._cache / path
        if not target.exists():
            part = self.fresh()
            try:
                self._system.get_file(f"{self._root}/{path}", str(part))
                if path.startswith("objects/") and hash_file(part) != target.stem:
                    raise StoreError(
                        f"`{path}` is damaged in the artifact store `{self.uri}`", "remove it, and run again"
                    )
                target.parent.mkdir(parents=True, exist_ok=True)
                part.replace(target)
            except StoreError:
                raise
            except Exception as error:
                raise self._unreadable(path, error) from error
            finally:
                part.unlink(missing_ok=True)
        return target

    def write(self, path: str, data: bytes) -> None:
        """Put `data` at `path`, replacing what is there."""
        with self._publishing(path) as part:
            self._system.pipe_file(part, data)

    def secure(self, path: str, data: bytes) -> None:
        """Put `data` at `path`, replacing what is there; it is kept here for the next reader."""
        part = self.fresh()
        try:
            part.write_bytes(data)
            self.adopt(part, path)
        except OSError as error:
            raise unwritable(str(self), error) from error
        finally:
            part.unlink(missing_ok=True)

    def create(self, path: str, data: bytes) -> bool:
        """As `secure`, unless something is at `path` already: then nothing happens, and it gives False.

        S3, Google Cloud Storage and Azure decide it themselves (a conditional write); of other systems one that
        writes at the very same moment may be missed.
        """
        target = f"{self._root}/{path}"
        try:
            if not self.uri.startswith(_WHOLE):
                self._system.makedirs(target.rpartition("/")[0], exist_ok=True)
            self._system.pipe_file(target, data, mode="create")
        except FileExistsError:
            return False
        except Exception as error:
            raise self._unwritable(error) from error
        return True

    def names(self, folder: str) -> list[str]:
        """The names of the files and folders in a folder, sorted; none where it is not there."""
        try:
            listed = self._system.ls(f"{self._root}/{folder}", detail=False, refresh=True)
            return sorted({str(name).rstrip("/").rpartition("/")[2] for name in listed})
        except FileNotFoundError:
            return []
        except Exception as error:
            raise self._unreadable(folder, error) from error

    def repeat(self, path: str, other: str) -> None:
        """Put what is at `path` at `other`, too."""
        self.write(other, self.read(path) or b"")

    def adopt(self, source: Path, path: str) -> None:
        """Upload the file `source`, replacing what is at `path`; it is kept here for the next reader."""
        with self._publishing(path) as part:
            self._system.put_file(str(source), part)
        target = self._cache / path
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.move(source, target)

    def remove(self, folder: str) -> None:
        """Take away a folder of the store."""
        with suppress(Exception):  # whoever comes later may find it and take it away
            self._system.rm(f"{self._root}/{folder}", recursive=True)

    def fresh(self) -> Path:
        """A path on this machine that nothing has yet, in a directory that is there."""
        return self.enter() / f"{os.getpid()}-{uuid.uuid4().hex}"

    def enter(self) -> Path:
        """Where this process works: a local directory."""
        self._cache.mkdir(parents=True, exist_ok=True)
        return self._cache

    def sweep(self) -> int:
        """Nothing can be known of other machines' processes."""
        return 0

    def steady(self) -> AbstractContextManager[None]:
        """Nothing is removed here."""
        return nullcontext()

    def touch(self, path: str) -> bool:
        """Nothing is removed here."""
        return True

    @contextmanager
    def scratch(self) -> Iterator[Path]:
        """An empty local directory, removed at the end."""
        folder = self.fresh()
        folder.mkdir()
        try:
            yield folder
        finally:
            shutil.rmtree(folder, ignore_errors=True)

    @contextmanager
    def _publishing(self, path: str) -> Iterator[str]:
        """Where to write what is to be at `path`."""
        target = f"{self._root}/{path}"
        try:
            if self.uri.startswith(_WHOLE):
                yield target
                return
            part = f"{self._root}/parts/{uuid.uuid4().hex}"
            for place in (part, target):
                self._system.makedirs(place.rpartition("/")[0], exist_ok=True)
            yield part
            self._system.mv(part, target)
        except Exception as error:
            raise self._unwritable(error) from error

    def _unwritable(self, error: Exception) -> StoreError:
        cause = cause_of(error) or error
        return StoreError(f"cannot write to the artifact store `{self.uri}`: {words(cause)}", way_out(cause))

    def _unreadable(self, path: str, error: Exception) -> StoreError:
        cause = cause_of(error) or error
        return StoreError(f"cannot read `{self.uri}/{path}`: {words(cause)}", way_out(cause))


def _cache_folder() -> Path:
    """In the user's own folder: what lies in one that others may write to could be anybody's."""
    base = os.environ.get("XDG_CACHE_HOME") or str(Path("~/.cache").expanduser())
    return Path(base) / "mldsl" / "stores"


def _connect(uri: str) -> tuple[Any, str]:
    try:
        system, root = open_system(uri)
    except NotInstalledError as error:
        raise StoreError(f"cannot open the artifact store `{uri}`: {error}", error.help) from error
    except Exception as error:
        raise StoreError(f"cannot open the artifact store `{uri}`: {words(error)}") from error
    return system, root.rstrip("/")
