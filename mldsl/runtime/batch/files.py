"""Files that a deployment writes, here or behind a URI: made under another name, so that what has the name is whole."""

from __future__ import annotations

import errno
import os
import uuid
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import polars as pl
import pyarrow as pa

from mldsl.runtime.batch.values import as_texts, without_images
from mldsl.runtime.elsewhere import NotInstalledError, cause_of, open_system, way_out, words
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.sources.files import is_remote
from mldsl.runtime.store.local import reason
from mldsl.runtime.tables import of_the_system, write_parquet
from mldsl.runtime.work import Work

Arguments = Mapping[str, Any]
# What a file of text is packed with, by its name's ending; a source unpacks the same.
_PACKED = {".gz": "gzip", ".zst": "zstd", ".bz2": "bz2"}
_CHUNK = 1 << 20
# Systems in which a file is there whole or not at all, also while it is replaced.
_WHOLE = ("s3://", "gs://", "az://")


def write_file(work: Work, connector: str, arguments: Arguments, rows: pl.LazyFrame) -> str:
    """Write the rows as one file, which replaces the one of that name; its name. Raises StepFailed."""
    name = str(arguments["path"])
    if is_remote(name):
        _upload(work, name, lambda path: _make(work, connector, arguments, rows, path))
        return name
    target = work.folder / name.removeprefix("file://")
    with _explained(work, name):
        if target.is_dir():
            raise StepFailed(f"`{work.step.name}` cannot write `{name}`: that is a directory", "name a file in it")
        target.parent.mkdir(parents=True, exist_ok=True)
        with _appearing(target) as path:
            _make(work, connector, arguments, rows, path)
    return name


def write_artifact(work: Work, rows: pl.LazyFrame, path: str) -> str:
    """Write the rows as a Parquet file of the artifact store, by a name of its own."""
    made = work.store.fresh()
    try:
        with _explained(work, path):
            write_parquet(rows, made)
        work.store.files.adopt(made, path)
    finally:
        made.unlink(missing_ok=True)
    return path


# --- what is in them -------------------------------------------------------------------------------------------------


def _make(work: Work, connector: str, arguments: Arguments, rows: pl.LazyFrame, path: Path) -> None:
    """The file itself; its name's ending is that of the wanted one."""
    if connector == "parquet":
        write_parquet(rows, path)
        return
    ending = Path(str(arguments["path"])).suffix.lower()
    plain = work.scratch / "plain.txt" if ending in _PACKED else path
    _TEXTS[connector](rows, work.step.name, arguments, plain)
    if plain != path:
        _pack(plain, path, _PACKED[ending])
        plain.unlink()


def _csv(rows: pl.LazyFrame, who: str, arguments: Arguments, path: Path) -> None:
    without_images(rows, who)
    as_texts(rows, arguments.get("format"), str(arguments.get("decimal", "."))).sink_csv(
        path,
        separator=str(arguments.get("delimiter", ",")),
        quote_char=str(arguments.get("quote", '"')),
        maintain_order=True,
    )


def _json_lines(rows: pl.LazyFrame, who: str, arguments: Arguments, path: Path) -> None:
    without_images(rows, who)
    as_texts(rows, arguments.get("format"), lists=False).sink_ndjson(path, maintain_order=True)


_TEXTS: Mapping[str, Callable[[pl.LazyFrame, str, Arguments, Path], None]] = {"csv": _csv, "json": _json_lines}


def _pack(plain: Path, path: Path, kind: str) -> None:
    with plain.open("rb") as source, pa.output_stream(str(path), compression=kind) as packed:
        while chunk := source.read(_CHUNK):
            packed.write(chunk)


# --- where they are --------------------------------------------------------------------------------------------------


@contextmanager
def _appearing(target: Path) -> Iterator[Path]:
    """A file beside `target` to write, which takes its name when all went well and is removed otherwise."""
    part = target.with_name(f".{target.name[:100]}.{uuid.uuid4().hex[:12]}.part")
    try:
        yield part
        with part.open("rb+") as file:
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _upload(work: Work, uri: str, make: Callable[[Path], None]) -> None:
    made = work.scratch / f"made{Path(uri).suffix}"
    with _explained(work, uri):
        make(made)
    try:
        system, place = open_system(uri)
        part = place if uri.startswith(_WHOLE) else f"{place}.{uuid.uuid4().hex[:12]}.part"
        if part != place:
            system.makedirs(place.rpartition("/")[0], exist_ok=True)
        system.put_file(str(made), part)
        if part != place:
            system.mv(part, place)
    except NotInstalledError as error:
        raise StepFailed(f"`{work.step.name}` cannot write `{uri}`: {error}", error.help) from error
    except Exception as error:
        cause = cause_of(error) or error
        message = f"`{work.step.name}` cannot write `{uri}`: {words(cause)}"
        raise StepFailed(message, way_out(cause)) from error
    finally:
        made.unlink(missing_ok=True)


@contextmanager
def _explained(work: Work, name: str) -> Iterator[None]:
    """Turns what the system says of a file that it cannot write into one sentence."""
    try:
        yield
    except (pl.exceptions.ComputeError, OSError) as error:
        found = of_the_system(error)
        if found is None:
            raise
        message = f"`{work.step.name}` cannot write `{name}`: {reason(found)}"
        raise StepFailed(message, _HELP.get(found.errno or 0)) from error


_HELP = {
    errno.ENOSPC: "free some space there, or `write` to another place",
    errno.EDQUOT: "free some space there, or `write` to another place",
    errno.EACCES: "make the folder writable, or `write` to another place",
    errno.EPERM: "make the folder writable, or `write` to another place",
    errno.EROFS: "`write` to another place",
    errno.ENOTDIR: "a file stands where a directory is wanted",
    errno.EEXIST: "a file stands where a directory is wanted",
}
