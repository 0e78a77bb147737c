"""Text of the language for a data file: its connector, names for its columns, strings."""

from __future__ import annotations

import re
from collections.abc import Iterable
from glob import has_magic
from pathlib import Path

from mldsl.errors import UsageError

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


def call(connector: str, path: str, arguments: dict[str, str]) -> str:
    """The connector as a program writes it: `csv("data.csv", delimiter: ";")`."""
    words = [string(path), *(f"{name}: {string(value)}" for name, value in arguments.items())]
    return f"{connector}({', '.join(words)})"


def column_names(raws: Iterable[str]) -> dict[str, str]:
    """A plain name for each raw column name, each name once; a raw name that is one stays."""
    taken, found = set(TAKEN), {}
    for raw in raws:
        wanted = identifier(raw) or "column"
        found[raw] = free_name(wanted, taken)
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
