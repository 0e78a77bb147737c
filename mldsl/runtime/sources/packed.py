"""Compressed files of text, told by how they begin and not by their names: unpacked into the scratch directory."""

from __future__ import annotations

from pathlib import Path

import pyarrow as pa

from mldsl.runtime.errors import StepFailed
from mldsl.runtime.sources.files import DataFile

# How a file begins, and what Arrow calls its compression.
_KINDS = ((b"\x1f\x8b", "gzip"), (b"\x28\xb5\x2f\xfd", "zstd"), (b"BZh", "bz2"))
_CHUNK = 1 << 20


def unpacked(file: DataFile, target: Path) -> Path:
    """The file itself, or its unpacked text at `target`. Raises StepFailed where it is cut off or damaged."""
    with file.path.open("rb") as stream:
        start = stream.read(4)
    kind = next((kind for sign, kind in _KINDS if start.startswith(sign)), None)
    if kind is None:
        return file.path
    try:
        with pa.input_stream(str(file.path), compression=kind) as source, target.open("wb") as text:
            while chunk := source.read(_CHUNK):
                text.write(chunk)
    except OSError as error:
        said = str(error).splitlines()[0]
        raise StepFailed(
            f"`{file.name}` is damaged or cut off: it begins like {kind}, and {said}", None, "ML212"
        ) from error
    return target
