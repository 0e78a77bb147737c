"""A store behind an fsspec URI; what is read is kept in a local directory, by its content's name."""

from __future__ import annotations

import os
import shutil
import tempfile
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from pathlib import Path
from typing import Any

from mldsl.errors import StoreError


class RemoteFiles:
    """Files under a URI. Objects of these systems appear whole; where they do not, a rename makes it so."""

    def __init__(self, uri: str) -> None:
        self.uri = uri.rstrip("/")
        self._system, self._root = _connect(self.uri)
        self._cache = Path(tempfile.gettempdir()) / f"mldsl-{uuid.uuid5(uuid.NAMESPACE_URL, self.uri)}"

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
            raise StoreError(f"cannot read `{self.uri}/{path}`: {error}") from error

    def size(self, path: str) -> int | None:
        """The number of bytes of a file; None if there is none."""
        try:
            return int(self._system.info(f"{self._root}/{path}")["size"])
        except FileNotFoundError:
            return None
        except Exception as error:
            raise StoreError(f"cannot read `{self.uri}/{path}`: {error}") from error

    def local(self, path: str) -> Path:
        """A copy on this machine, fetched when it is not there yet."""
        target = self._cache / path
        if not target.exists():
            target.parent.mkdir(parents=True, exist_ok=True)
            part = target.with_name(f"{target.name}.{uuid.uuid4().hex}")
            try:
                self._system.get_file(f"{self._root}/{path}", str(part))
            except Exception as error:
                part.unlink(missing_ok=True)
                raise StoreError(f"cannot read `{self.uri}/{path}`: {error}") from error
            part.replace(target)
        return target

    def write(self, path: str, data: bytes) -> None:
        """Put `data` at `path`, replacing what is there."""
        with self._publishing(path) as part:
            self._system.pipe_file(part, data)

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
        parts = f"{self._root}/parts"
        part = f"{parts}/{uuid.uuid4().hex}"
        target = f"{self._root}/{path}"
        try:
            self._system.makedirs(parts, exist_ok=True)
            self._system.makedirs(target.rsplit("/", 1)[0], exist_ok=True)
            yield part
            self._system.mv(part, target)
        except Exception as error:
            raise StoreError(f"cannot write to the artifact store `{self.uri}`: {error}") from error


def _connect(uri: str) -> tuple[Any, str]:
    import fsspec

    try:
        system, root = fsspec.core.url_to_fs(uri)
    except ImportError as error:
        raise StoreError(f"the artifact store `{uri}` needs a package that is not installed: {error}") from error
    except Exception as error:
        raise StoreError(f"cannot open the artifact store `{uri}`: {error}") from error
    return system, str(root).rstrip("/")
