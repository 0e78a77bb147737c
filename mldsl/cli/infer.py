"""`mldsl infer FILE…`: a `source` block for a data file, a Delta table or a database's, to paste into a program."""

from __future__ import annotations

from argparse import Namespace
from collections.abc import Iterator
from typing import TYPE_CHECKING

from mldsl.cli import console
from mldsl.cli.arguments import Arguments
from mldsl.cli.declaring import TAKEN, call, free_name, located, string, written
from mldsl.errors import MldslError

if TYPE_CHECKING:
    from mldsl.cli.looking import DataTable

EXAMPLES = """\
  mldsl infer data/customers.csv
  mldsl infer 'data/orders/*.parquet' >> pipeline.ml
  mldsl infer sqlite:///shop.db::orders
  mldsl infer '$WAREHOUSE_URL::dw.customers'     the environment variable that holds the database's URL
  mldsl infer s3://bucket/lake/events            a Delta table"""


def add_arguments(parser: Arguments) -> None:
    """The data."""
    parser.add_argument(
        "files",
        nargs="+",
        metavar="FILE",
        help="CSV, Parquet or JSON lines; a glob of them, in quotes; a Delta table's directory; or a database's table: "
        "sqlite:///shop.db::orders",
    )


def run(options: Namespace) -> int:
    """Print a block for each file, with an empty line between; the status is the worst of them."""
    status = 0
    names: list[str] = []
    for place in dict.fromkeys(options.files):
        try:
            text = _source(place, names)
        except MldslError as error:
            console.tell(error)
            status = max(status, error.exit_status)
        else:
            console.out("\n" * (len(names) > 1) + text, end="")
    return status


def _source(place: str, names: list[str]) -> str:
    """The declaration, laid out; its name is one that is not among `names` yet, and is put there."""
    from mldsl.cli.looking import look
    from mldsl.source import SourceFile
    from mldsl.syntax.fmt import format_text

    found = located(place)
    table = look(found.connector, found.arguments)
    name = free_name(found.name, (*TAKEN, *names))
    fields = "\n".join(_fields(table))
    text = f"source {name} = {call(found.connector, table.arguments, found.secret)} {{\n{fields}\n}}\n"
    names.append(name)
    return format_text(SourceFile(place, text)).text or text


def _fields(table: DataTable) -> Iterator[str]:
    """`name: type role from "raw name"`: the raw name where it is no plain name; a comment where a choice was made."""
    from mldsl.cli.likely import is_key, likely_time, likely_type, time_candidates

    key = next((column for column in table.columns if is_key(column, table.rows)), None)
    time, times = likely_time(table.columns), time_candidates(table.columns)
    for column in table.columns:
        role = " key" if column is key else " time" if column is time else ""
        type_ = column.type if column is key else likely_type(column, table.rows)
        raw = "" if column.name == column.raw else f" from {string(column.raw)}"
        note = ""
        if column is time:
            note = "  # likely: when the row became known"
        elif time is None and column in times:
            note = "  # write `time` behind it if the row became known then"
        yield f"{column.name}: {written(type_)}{role}{raw}{note}"
