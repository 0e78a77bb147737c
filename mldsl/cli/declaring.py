"""Text of the language for a user's data: its connector, names for its columns, types, strings."""

from __future__ import annotations

import os
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING

from mldsl.catalog.connectors import SCHEMES
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
    if "://" not in path and not has_magic(path) and not Path(path).is_file():
        raise UsageError(f"there is no file `{path}`")
    if suffix not in CONNECTORS:
        raise UsageError(f"`{path}` has no ending that says what it is", f"known are {', '.join(CONNECTORS)}")
    return CONNECTORS[suffix], {"delimiter": "\t"} if suffix == ".tsv" else {}


@dataclass(frozen=True, slots=True)
class Located:
    """Data that a user named: the connector that reads it with all of its arguments, and what to call it.

    `secret` is the name of the secret that the connection is written as, where it must not be seen.
    """

    connector: str
    arguments: dict[str, str]
    name: str
    secret: str | None = None


def located(place: str) -> Located:
    """A file, a glob of files, a Delta table's directory, or `DATABASE::TABLE`: a database and one of its tables.

    A database is a URL, or `$NAME`: the environment variable that holds one. Raises UsageError for what is not there
    or says too little.
    """
    if "::" in place or _is_database(place):
        return _table(place)
    if _is_delta(place):
        return Located("delta", {"path": place}, identifier(place.rstrip("/").rpartition("/")[2]) or "data")
    kind, options = connector(place)
    return Located(kind, {"path": place} | options, identifier(Path(place).stem) or "data")


def _is_database(place: str) -> bool:
    """Whether a place is a URL of no file; a database's own file may end as it likes."""
    scheme, mark, _ = place.partition("://")
    return bool(mark) and scheme.lower() not in (*SCHEMES, "file")


def _is_delta(place: str) -> bool:
    """A directory with a table's log; behind a URI, which is not asked for it, what has no file's ending."""
    if "://" in place:
        return not Path(place).suffix and not has_magic(place)
    return (Path(place) / "_delta_log").is_dir()


def _table(place: str) -> Located:
    connection, mark, table = place.rpartition("::")
    if not (mark and connection and table):
        shown = place if "@" not in place else f"{place.partition('://')[0]}://…"
        raise UsageError(
            f"`{shown}` names no table", "write the table behind the database: `sqlite:///shop.db::orders`"
        )
    name = identifier(table.rpartition(".")[2]) or "data"
    variable = connection.removeprefix("$") if connection.startswith("$") else None
    if variable is not None:
        url = os.environ.get(variable)
        if not url:
            raise UsageError(f"the environment variable `{variable}` is not set")
    else:
        url = connection
    if url.startswith("sqlite:") and variable is None:
        return Located("table", {"connection": url, "name": table}, name)
    return Located("table", {"connection": url, "name": table}, name, variable or _variable(url))


def _variable(url: str) -> str:
    """The environment variable that holds the URL; a usual name where none does."""
    return next((name for name, value in sorted(os.environ.items()) if value == url), "DATABASE_URL")


def call(connector: str, arguments: Mapping[str, str], secret: str | None = None) -> str:
    """The connector as a program writes it: `csv("data.csv", delimiter: ";")`, `table(secret("URL"), "orders")`."""
    texts = {name: string(text) for name, text in arguments.items()}
    if secret is not None:
        texts["connection"] = f"secret({string(secret)})"
    words = [text if name in _BY_PLACE else f"{name}: {text}" for name, text in texts.items()]
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
