"""CSV files: everything is read as text, lazily, and made of the schema's types afterwards."""

from __future__ import annotations

import csv
import mmap
from functools import partial
from pathlib import Path

import polars as pl

from mldsl.runtime.errors import StepFailed
from mldsl.runtime.sources.csv_damage import explain, malformed, undecodable, uneven_row
from mldsl.runtime.sources.csv_dialect import UTF8, Dialect
from mldsl.runtime.sources.csv_fields import is_even
from mldsl.runtime.sources.encodings import encoding
from mldsl.runtime.sources.files import DataFile
from mldsl.runtime.sources.packed import unpacked
from mldsl.runtime.sources.parts import Part, Reading

_CHUNK = 1 << 20
# Signs that separate fields in many files, and how a program writes them.
_DELIMITERS = {";": ";", "\t": "\\t", "|": "|"}


def read(reading: Reading) -> list[Part]:
    """One part a file, its columns as text; empty fields and the `null_values` are null."""
    dialect = Dialect(
        reading.text("delimiter") or ",",
        reading.text("quote") or '"',
        encoding(reading.text("encoding") or "utf-8"),
    )
    if dialect.delimiter == dialect.quote:
        raise StepFailed(f"`delimiter` and `quote` of `{reading.name}` are both `{dialect.quote}`", None, "ML111")
    return [_part(reading, file, dialect, index) for index, file in enumerate(reading.files())]


def _part(reading: Reading, file: DataFile, dialect: Dialect, index: int) -> Part:
    name, path = file.name, unpacked(file, reading.scratch / f"{index}.unpacked.csv")
    header = _header(path, name, dialect)
    wanted = _wanted(reading, header, name)
    text = path
    if dialect.encoding not in UTF8 or _has_old_line_ends(path):
        text = reading.scratch / f"{index}.recoded.csv"
        _recode(path, name, dialect.encoding, text)
    if _has_blank_lines(text):
        text = _without_blank_lines(text, reading.scratch / f"{index}.filled.csv", dialect)
    if reading.rows is not None or not is_even(text, dialect, len(header)):
        uneven = uneven_row(path, name, dialect, len(header), reading.rows)
        if uneven is not None:
            raise uneven
    known = partial(explain, path=path, name=name, dialect=dialect, width=len(header))
    frame = _scan(text, dialect, reading.rows)
    try:
        columns = dict(zip(header, frame.collect_schema().names(), strict=True))
    except (pl.exceptions.PolarsError, ValueError) as error:
        raise known(error) or malformed(name) from error
    nulls = reading.texts("null_values")
    return Part(name, frame.select(_text(columns[column], nulls).alias(column) for column in wanted), known)


def _wanted(reading: Reading, header: list[str], name: str) -> list[str]:
    """The columns to read; one that is missing may be there behind another delimiter."""
    try:
        return reading.names(header, f"`{name}`")
    except StepFailed as error:
        written = next((shown for sign, shown in _DELIMITERS.items() if sign in header[0]), None)
        if len(header) > 1 or written is None:
            raise
        help = f'if that separates its fields, write `delimiter: "{written}"` on the connector'
        raise StepFailed(f"`{name}` has one column, whose name has `{written}` in it", help, error.code) from error


def _scan(path: Path, dialect: Dialect, rows: int | None) -> pl.LazyFrame:
    """All columns, also those that nobody wants: Polars finds a row with too many fields only where it reads them all,
    and takes values of the wrong columns otherwise.
    """
    frame = pl.scan_csv(
        path,
        separator=dialect.delimiter,
        quote_char=dialect.quote,
        infer_schema=False,
        glob=False,
        n_rows=rows,
    )
    return frame.map_batches(_same, projection_pushdown=False, streamable=True)


def _same(frame: pl.DataFrame) -> pl.DataFrame:
    return frame


def _text(column: str, nulls: list[str]) -> pl.Expr:
    value = pl.col(column)
    return pl.when((value != "") & ~value.is_in(nulls) if nulls else value != "").then(value)


def _header(path: Path, name: str, dialect: Dialect) -> list[str]:
    try:
        header = next((record.fields for record in dialect.records(path)), None)
    except UnicodeError as error:
        raise undecodable(path, name, dialect.encoding) from error
    except (csv.Error, OSError) as error:
        raise StepFailed(f"`{name}` cannot be read: {error}") from error
    if header is None:
        raise StepFailed(f"`{name}` is empty", "a CSV file starts with a line of column names", "ML212")
    return header


def _has_blank_lines(path: Path) -> bool:
    """Whether two line ends follow each other anywhere (within a quoted field counts too)."""
    with path.open("rb") as file:
        try:
            data = mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ)
        except (ValueError, OSError):
            return True
        with data:
            return data.find(b"\n\n") >= 0 or data.find(b"\n\r\n") >= 0 or data[:1] in (b"\r", b"\n")


def _without_blank_lines(path: Path, target: Path, dialect: Dialect) -> Path:
    """A copy without them: Polars makes rows of nulls of them. Within a quoted field they stay."""
    quote, quoted = dialect.quote.encode(), False
    with path.open("rb") as source, target.open("wb") as copy:
        for line in source:
            if quoted or line.strip(b"\r\n"):
                copy.write(line)
                quoted ^= line.count(quote) % 2 == 1
    return target


def _has_old_line_ends(path: Path) -> bool:
    """Whether lines end in a carriage return alone."""
    with path.open("rb") as file:
        start = file.read(_CHUNK)
    return b"\r" in start and b"\n" not in start


def _recode(path: Path, name: str, encoding: str, target: Path) -> None:
    """A copy in UTF-8, with line feeds."""
    try:
        with path.open(encoding=encoding) as source, target.open("w", encoding="utf-8", newline="\n") as copy:
            while chunk := source.read(_CHUNK):
                copy.write(chunk)
    except UnicodeError as error:
        raise undecodable(path, name, encoding) from error
