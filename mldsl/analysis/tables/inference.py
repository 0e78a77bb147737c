"""Schemas read from data: in a process of its own, since nothing here may import a data library, and remembered."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from mldsl.analysis.program import ArgumentValue, PythonFunction, Secret
from mldsl.analysis.typed import Column, Schema
from mldsl.catalog.types import Type
from mldsl.catalog.vocabulary import TYPE_NAMES
from mldsl.records import record

# Seconds until the data counts as unreadable.
_PATIENCE = 120
_UNREADABLE = "the data cannot be read"
# What is remembered is thrown away when the way of inferring changes.
_VERSION = 3


@record
class Uninferred:
    """The data cannot be read; `reason` goes into a sentence."""

    reason: str


@record
class Inferred:
    """The columns of the data, and how many rows it had when it was looked at."""

    schema: Schema
    rows: int | None


def inferred_schema(connector: str, arguments: dict[str, ArgumentValue], *, files: bool) -> Inferred | Uninferred:
    """What the data itself says. `files` says that `path` names the files whose change makes it new."""
    request: dict[str, object] = {"connector": connector, "arguments": {k: _plain(v) for k, v in arguments.items()}}
    prints = _fingerprints(str(arguments.get("path", ""))) if files else []
    if files and not prints:
        return Uninferred(f"there is no file `{arguments.get('path')}` to read it from")
    place = _place([_VERSION, request, prints])
    found = _inferred(_recall(place))
    if found is not None:
        return found
    answer = _ask(request)
    found = _inferred(answer)
    if found is None:
        return Uninferred(str(answer.get("error", _UNREADABLE)))
    _remember(place, answer)
    return found


def _plain(value: ArgumentValue) -> object:
    match value:
        case Secret(name=name):
            return {"secret": name}
        case PythonFunction(path=path, name=name):
            return f"{path}:{name}"
        case _:
            return value


def _fingerprints(path: str) -> list[tuple[str, int, int, int]]:
    """Every file that `path` names, with its size and when it and what the system knows of it last changed (ns)."""
    from glob import glob, has_magic

    found = []
    for name in sorted(glob(path, recursive=True)) if has_magic(path) else [path]:  # noqa: PTH207 - absolute ones too
        try:
            status = Path(name).stat()
        except (OSError, ValueError):
            continue
        found.append((str(Path(name).absolute()), status.st_size, status.st_mtime_ns, status.st_ctime_ns))
    return found


# --- asking ----------------------------------------------------------------------------------------------------------


def _ask(request: dict[str, object]) -> dict[str, object]:
    """The answer of `mldsl.runtime.infer`: its columns, or an error."""
    import json
    import subprocess
    import sys

    import mldsl

    root = str(Path(mldsl.__file__).parent.parent)
    paths = [root, os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in paths if path)}
    try:
        done = subprocess.run(
            [sys.executable, "-P", "-m", "mldsl.runtime.infer"],  # -P: no file of the current folder is a library
            input=json.dumps(request),
            capture_output=True,
            text=True,
            encoding="utf-8",
            timeout=_PATIENCE,
            env=environment,
            check=False,
        )
        answer = json.loads(done.stdout)
    except subprocess.TimeoutExpired:
        return {"error": f"reading the data took more than {_PATIENCE} seconds"}
    except (OSError, ValueError):
        return {"error": _UNREADABLE}
    return answer if isinstance(answer, dict) else {"error": _UNREADABLE}


def _inferred(answer: Mapping[str, object]) -> Inferred | None:
    schema, rows = _schema(answer), answer.get("rows")
    return Inferred(schema, rows if isinstance(rows, int) else None) if schema is not None else None


def _schema(answer: Mapping[str, object]) -> Schema | None:
    """The columns of an answer; None where it has none that make sense."""
    items = answer.get("columns")
    if not isinstance(items, list):
        return None
    columns = []
    for item in items:
        match item:
            case {"name": str(name), "type": str(type_)}:
                raw = item.get("raw")
                read = _type(type_, item.get("values"))
                columns.append(Column(name, read, raw=raw if isinstance(raw, str) and raw != name else None))
            case _:
                return None
    return Schema(tuple(columns))


def _type(written: str, values: object) -> Type:
    """A type as a program writes it, `int?` or `vector(3)`, an enum's `values` apart; anything else is a string."""
    name, nullable = written.removesuffix("?"), written.endswith("?")
    size = name.removeprefix("vector(").removesuffix(")")
    if name.startswith("vector(") and size.isdecimal():
        return Type("vector", nullable, size=int(size))
    if name == "enum" and isinstance(values, list) and values:
        return Type("enum", nullable, values=tuple(str(value) for value in values))
    known = TYPE_NAMES.get(name)
    kind = name if known is not None and known.arguments == "none" else "string"
    return Type(kind, nullable)  # type: ignore[arg-type]


# --- remembering -----------------------------------------------------------------------------------------------------


def _place(key: object) -> Path:
    """The file that remembers the answer for `key`."""
    import hashlib
    import json

    digest = hashlib.sha256(json.dumps(key, sort_keys=True).encode()).hexdigest()
    base = os.environ.get("XDG_CACHE_HOME") or str(Path("~/.cache").expanduser())
    return Path(base) / "mldsl" / "schemas" / f"{digest[:32]}.json"


def _recall(place: Path) -> dict[str, object]:
    import json

    try:
        answer = json.loads(place.read_text(encoding="utf-8"))
    except (OSError, ValueError, RecursionError):
        return {}
    return answer if isinstance(answer, dict) else {}


def _remember(place: Path, answer: dict[str, object]) -> None:
    """Write under a temporary name and rename: nobody reads half a file. A cache that cannot be written is fine."""
    import json

    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        temporary = place.with_suffix(f".{os.getpid()}.tmp")
        temporary.write_text(json.dumps(answer), encoding="utf-8")
        temporary.replace(place)
    except OSError:
        return
