"""Delta Lake tables, on this machine or behind a URI: the version asked for, lazily, through delta-rs."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from urllib.parse import unquote

import polars as pl

from mldsl.runtime.errors import StepFailed
from mldsl.runtime.sources.files import is_remote
from mldsl.runtime.sources.parts import Part, Reading

# How delta-rs draws its chains of errors, and colours them.
_DRAWN = re.compile(r"\x1b\[[0-9;]*m|↳")


def read(reading: Reading) -> list[Part]:
    """One part; only the columns and files that are needed are read."""
    path = reading.text("path") or ""
    delta = library(f"`{path}` cannot be read")
    place = path if is_remote(path) else str(reading.folder / path.removeprefix("file://"))
    version = reading.count("version")
    with _explained(path, version):
        table = delta.DeltaTable(place, version=version, storage_options=options(path))
        if not is_remote(path):
            _check_files(table, Path(place), path)
        frame = pl.scan_delta(table)
        names = frame.collect_schema().names()
    return [Part(path, frame.select(reading.names(names, f"`{path}`")), partial(_broken, path=path))]


def _check_files(table: Any, folder: Path, path: str) -> None:  # noqa: ANN401 - a class without types
    """Files are as long as the table's log says: Polars takes its word for it, and breaks down over shorter ones."""
    actions = table.get_add_actions()
    for name, size in zip(actions.column("path").to_pylist(), actions.column("size_bytes").to_pylist(), strict=True):
        file = folder / unquote(name)
        there = file.stat().st_size if file.is_file() else None
        if there != size:
            what = "is gone" if there is None else f"has {there} bytes, and its log says {size}"
            raise StepFailed(f"the Delta table `{path}` is damaged: its file `{unquote(name)}` {what}", None, "ML212")


def library(failed: str) -> Any:  # noqa: ANN401 - a module
    """The library. Raises StepFailed, which begins with `failed`, where it is not installed."""
    try:
        import deltalake
    except ImportError as error:
        raise StepFailed(f"{failed}: the extra `delta` is not installed", "pip install 'mldsl[delta]'") from error
    return deltalake


def options(path: str) -> dict[str, str] | None:
    """Beside what the library takes from the environment: plain HTTP where the endpoint is named so there."""
    if not is_remote(path):
        return None
    endpoint = os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL") or ""
    return {"allow_http": "true"} if path.startswith("s3") and endpoint.startswith("http://") else {}


@contextmanager
def _explained(path: str, version: int | None) -> Iterator[None]:
    try:
        yield
    except StepFailed:
        raise
    except Exception as error:
        if version is not None and f"version {version}" in said(error):
            help_ = "leave `version` out for the newest; old ones are gone once their log was cleaned up"
            raise StepFailed(f"the Delta table `{path}` has no version {version}", help_) from error
        if type(error).__name__ == "TableNotFoundError":
            message = f"there is no Delta table at `{path}`"
            raise StepFailed(message, "the path is that of the directory in which `_delta_log` lies") from error
        raise StepFailed(f"the Delta table `{path}` cannot be read: {said(error)}") from error


def _broken(error: Exception, path: str) -> StepFailed | None:
    """A file that the table's log names and that is gone or damaged; the engine says which."""
    if isinstance(error, FileNotFoundError) or "parquet" in str(error).lower():
        return StepFailed(f"the Delta table `{path}` is damaged: {said(error)}", None, "ML212")
    return None


def said(error: Exception) -> str:
    """What delta-rs says, in one line."""
    return " ".join(_DRAWN.sub(" ", str(error)).split())
