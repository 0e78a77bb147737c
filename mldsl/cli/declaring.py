"""Text of the language for a user's data: its connector, names for its columns, types, strings."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING

from mldsl.errors import UsageError

if TYPE_CHECKING:
    from mldsl.catalog.types import Type

CONNECTORS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".parquet": "parquet",
    ".pq": "parquet",
}
"""The connector for each ending of a file's name."""

_BY_PLACE = ("path", "connection", "name")  # the arguments that are written without their names, in order

_WORDS = "if then else and or not in is between over references true false null"
_SELECTORS = "all numeric categorical text temporal"
TAKEN = frozenset(f"{_WORDS} {_SELECTORS}".split())
"""Names that would need backticks where columns are used: the words of an expression, and the selectors."""

_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def connector(path: str) -> tuple[str, dict[str, str]]:
    """The connector that reads the file, and the arguments that it needs beside the path.

    Raises UsageError for a file that is not there, and for an ending that says nothing.
    """
    suffix = Path(path).suffix.lower()
    if not has_magic(path) and not Path(path).is_file():
        raise UsageError(f"there is no file `{path}`")
    if suffix not in CONNECTORS:
        raise UsageError(f"`{path}` has no ending that says what it is", f"known are {', '.join(CONNECTORS)}")
    return CONNECTORS[suffix], {"delimiter": "\t"} if suffix == ".tsv" else {}


@dataclass(frozen=True, slots=True)
class Located:
    """Data that a user named: the connector that reads it with all of its arguments, and what to call it."""

    connector: str
    arguments: dict[str, str]
    name: str


def located(place: str) -> Located:
    """A file, a glob of files, or `DATABASE::TABLE`: a database's URL and one of its tables.

    Raises UsageError for what is not there or says too little.
    """
    is_file = "://" not in place or ("::" not in place and Path(place).suffix.lower() in CONNECTORS)
    if is_file:
        kind, options = connector(place)
        return Located(kind, {"path": place} | options, identifier(Path(place).stem) or "data")
    connection, mark, table = place.rpartition("::")
    if not (mark and connection and table):
        raise UsageError(
            f"`{place}` names no table", "write the table behind the database: `sqlite:///shop.db::orders`"
        )
    name = identifier(table.rpartition(".")[2]) or "data"
    return Located("table", {"connection": connection, "name": table}, name)


def call(connector: str, arguments: Mapping[str, str]) -> str:
    """The connector as a program writes it: `csv("data.csv", delimiter: ";")`, `table("sqlite:///a.db", "b")`."""
    words = [string(text) if name in _BY_PLACE else f"{name}: {string(text)}" for name, text in arguments.items()]
    return f"{connector}({', '.join(words)})"


def column_names(raws: Iterable[str]) -> dict[str, str]:
    """A plain name for each raw column name, each name once; a raw name that is one stays."""
    listed = list(raws)
    found = {raw: raw for raw in listed if raw and identifier(raw) == raw and raw not in TAKEN}
    taken = {*TAKEN, *found}
    for raw in listed:
        if raw not in found:
            found[raw] = free_name(identifier(raw) or "column", taken)
            taken.add(found[raw])
    return found


def free_name(wanted: str, taken: Iterable[str]) -> str:
    """`wanted`, or with a number behind it where that is taken."""
    used = frozenset(taken)
    name, count = wanted, 1
    while name in used:
        count += 1
        name = f"{wanted}_{count}"
    return name


def identifier(text: str) -> str:
    """`text` where it is a name, else one made of its letters and digits; empty where it has none."""
    if re.fullmatch(r"[^\W\d]\w*", text):
        return text
    name = re.sub(r"\W+", "_", text).strip("_").lower()
    return f"_{name}" if name[:1].isdigit() else name


def string(text: str) -> str:
    """`text` as a string literal of the language."""
    return (
        '"'
        + "".join(_ESCAPES.get(char) or (char if char.isprintable() else f"\\u{{{ord(char):x}}}") for char in text)
        + '"'
    )


def written(type_: Type) -> str:
    """A type as a program writes it, whatever an enum's values are made of."""
    if type_.kind != "enum":
        return str(type_)
    return f"enum({', '.join(map(string, type_.values))})" + "?" * type_.nullable
