"""`mldsl infer FILE…`: a `source` block for a data file, to paste into a program."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from mldsl.cli import console
from mldsl.cli.arguments import Arguments
from mldsl.cli.declaring import call, column_names, connector, identifier, string
from mldsl.errors import MldslError

if TYPE_CHECKING:
    from mldsl.catalog.types import Type

EXAMPLES = """\
  mldsl infer data/customers.csv
  mldsl infer 'data/orders/*.parquet' >> pipeline.ml"""


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

    kind, arguments = connector(path)
    columns = infer(kind, {"path": path} | arguments, Path())
    fields = "\n".join(_fields(columns))
    text = f"source {identifier(Path(path).stem) or 'data'} = {call(kind, path, arguments)} {{\n{fields}\n}}\n"
    return format_text(SourceFile(path, text)).text or text


def _fields(columns: Sequence[tuple[str, Type]]) -> list[str]:
    """`name: type`, with `from "raw name"` where the data calls the column something that is no plain name."""
    names = column_names(raw for raw, _ in columns)
    return [f"{names[raw]}: {type_}" + ("" if names[raw] == raw else f" from {string(raw)}") for raw, type_ in columns]
