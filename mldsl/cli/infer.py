"""`mldsl infer FILE…`: a `source` block for a data file, to paste into a program."""

from __future__ import annotations

import re
from argparse import Namespace
from collections.abc import Iterable, Iterator
from glob import has_magic
from pathlib import Path
from typing import TYPE_CHECKING

from mldsl.cli import console
from mldsl.cli.arguments import Arguments
from mldsl.errors import MldslError, UsageError

if TYPE_CHECKING:
    from mldsl.catalog.types import Type

EXAMPLES = """\
  mldsl infer data/customers.csv
  mldsl infer 'data/orders/*.parquet' >> pipeline.ml"""

_CONNECTORS = {
    ".csv": "csv",
    ".tsv": "csv",
    ".json": "json",
    ".jsonl": "json",
    ".ndjson": "json",
    ".parquet": "parquet",
    ".pq": "parquet",
}
# Names that would need backticks where columns are used: the words of an expression, and the selectors.
_WORDS = "if then else and or not in is between over references true false null"
_SELECTORS = "all numeric categorical text temporal"
_TAKEN = frozenset(f"{_WORDS} {_SELECTORS}".split())
_ESCAPES = {'"': '\\"', "\\": "\\\\", "\n": "\\n", "\t": "\\t"}


def add_arguments(parser: Arguments) -> None:
    """The data."""
    parser.add_argument("files", nargs="+", metavar="FILE", help="CSV, Parquet or JSON lines; or a glob, in quotes")


def run(options: Namespace) -> int:
    """Print a block for each file; the status is the worst of them."""
    status = 0
    for path in dict.fromkeys(options.files):
        try:
            console.out(_source(path), end="")
        except MldslError as error:
            console.tell(error)
            status = max(status, error.exit_status)
    return status


def _source(path: str) -> str:
    """The declaration, laid out."""
    from mldsl.runtime.infer import infer
    from mldsl.source import SourceFile
    from mldsl.syntax.fmt import format_text

    suffix = Path(path).suffix.lower()
    if not has_magic(path) and not Path(path).is_file():
        raise UsageError(f"there is no file `{path}`")
    if suffix not in _CONNECTORS:
        raise UsageError(f"`{path}` has no ending that says what it is", f"known are {', '.join(_CONNECTORS)}")
    connector = _CONNECTORS[suffix]
    arguments = {"path": path} | ({"delimiter": "\t"} if suffix == ".tsv" else {})
    columns = infer(connector, arguments, Path())
    written = ", ".join([_string(path), *(f"{name}: {_string(arguments[name])}" for name in list(arguments)[1:])])
    fields = "\n".join(_fields(columns))
    text = f"source {_identifier(Path(path).stem) or 'data'} = {connector}({written}) {{\n{fields}\n}}\n"
    return format_text(SourceFile(path, text)).text or text


def _fields(columns: Iterable[tuple[str, Type]]) -> Iterator[str]:
    """`name: type`, with `from "raw name"` where the data calls the column something that is no plain name."""
    taken = set(_TAKEN)
    for raw, type_ in columns:
        wanted = _identifier(raw) or "column"
        name, count = wanted, 1
        while name in taken:
            count += 1
            name = f"{wanted}_{count}"
        taken.add(name)
        yield f"{name}: {type_}" + ("" if name == raw else f" from {_string(raw)}")


def _identifier(text: str) -> str:
    """`text` where it is a name, else one made of its letters and digits; empty where it has none."""
    if re.fullmatch(r"[^\W\d]\w*", text):
        return text
    name = re.sub(r"\W+", "_", text).strip("_").lower()
    return f"_{name}" if name[:1].isdigit() else name


def _string(text: str) -> str:
    """`text` as a string literal of the language."""
    return (
        '"'
        + "".join(_ESCAPES.get(char) or (char if char.isprintable() else f"\\u{{{ord(char):x}}}") for char in text)
        + '"'
    )
