"""JSON files, one object a line."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path

import polars as pl

from mldsl.runtime.errors import StepFailed
from mldsl.runtime.sources.files import DataFile
from mldsl.runtime.sources.packed import unpacked
from mldsl.runtime.sources.parts import Part, Reading

_KINDS = {list: "a list", str: "a string", int: "a number", float: "a number", bool: "a bool", type(None): "null"}


def read(reading: Reading) -> list[Part]:
    """One part a file; a key that an object lacks is null."""
    return [_part(reading, file, index) for index, file in enumerate(reading.files())]


def _part(reading: Reading, file: DataFile, index: int) -> Part:
    path = unpacked(file, reading.scratch / f"{index}.unpacked.json")
    if path.stat().st_size == 0:
        raise StepFailed(f"`{file.name}` is empty", "each line of a file of JSON lines holds one object", "ML212")
    frame = pl.scan_ndjson(path, infer_schema_length=None)
    try:
        names = frame.collect_schema().names()
    except (pl.exceptions.PolarsError, OSError) as error:
        raise _malformed(file.name, path, error) from error
    explain = partial(_explain, name=file.name, path=path)
    return Part(file.name, frame.select(reading.names(names, f"`{file.name}`")), explain)


def _explain(error: Exception, name: str, path: Path) -> StepFailed | None:
    return _malformed(name, path, error) if "json" in str(error).lower() else None


def _malformed(name: str, path: Path, error: Exception) -> StepFailed:
    """Where the file is damaged, looked up by reading it again, a line at a time."""
    help = "each line holds one object, in UTF-8"
    with path.open("rb") as file:
        for number, line in enumerate(file, 1):
            problem = _problem(line.rstrip(b"\r\n"))
            if problem is not None:
                if number == 1 and line.lstrip()[:1] == b"[":
                    help = f"{help}; `jq -c '.[]'` makes lines of a list"
                return StepFailed(f"`{name}` is not a file of JSON lines: line {number} {problem}", help, "ML212")
    first = (str(error).splitlines() or [""])[0]
    return StepFailed(f"`{name}` is not a file of JSON lines: {first}", help, "ML212")


def _problem(line: bytes) -> str | None:
    """What is wrong with a line; None for an object, and for an empty line."""
    try:
        value = json.loads(line) if line.strip() else {}
    except UnicodeDecodeError as error:
        return f"is not UTF-8 (byte 0x{line[error.start]:02x} at column {error.start + 1})"
    except json.JSONDecodeError as error:
        said = error.msg.removesuffix(" at")
        return f"is not JSON: {said[:1].lower()}{said[1:]} at column {error.colno}"
    except (ValueError, RecursionError):
        return "is nested too deeply, or has a number with too many digits"
    return None if isinstance(value, dict) else f"holds {_KINDS.get(type(value), 'no object')} and not an object"
