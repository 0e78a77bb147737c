"""What is wrong with a CSV file, looked up by reading it again."""

from __future__ import annotations

import codecs
import csv
import os
from itertools import islice
from pathlib import Path

from mldsl.runtime.errors import StepFailed
from mldsl.runtime.sources.csv_dialect import Dialect, Record

_CHUNK = 1 << 20
# How files begin that hold no text.
_NO_TEXT = {b"PK": "a zip archive or a workbook", b"\xfd7": "compressed by xz"}


def explain(error: Exception, path: Path, name: str, dialect: Dialect, width: int) -> StepFailed | None:
    """Where the file is damaged; None when it is not."""
    if _undecodable_line(path, dialect.encoding) is not None:
        return undecodable(path, name, dialect.encoding)
    text = str(error)
    known = malformed(name) if "malformed" in text or "could not parse" in text else None
    return uneven_row(path, name, dialect, width) or known


def uneven_row(path: Path, name: str, dialect: Dialect, width: int, rows: int | None = None) -> StepFailed | None:
    """The first row (of the first `rows`) that has not as many fields as the header; None where each has."""
    records = islice(dialect.records(path), None if rows is None else rows + 1)
    try:
        record = next((record for record in records if len(record.fields) != width), None)
        if record is None:
            return None
        cut_off = len(record.fields) < width and next(records, None) is None and not _ends_a_line(path)
    except csv.Error as problem:
        return StepFailed(f"`{name}` is not a CSV file: {problem}", None, "ML212")
    except UnicodeError:
        return None
    return _cut_off(name, record, width) if cut_off else _uneven(name, record, width)


def _ends_a_line(path: Path) -> bool:
    """Whether the file ends with a line end, which has zeros behind it in UTF-16 and UTF-32."""
    with path.open("rb") as file:
        file.seek(-min(path.stat().st_size, 4), os.SEEK_END)
        end = file.read()
    return end.rstrip(b"\0").endswith((b"\n", b"\r"))


def _cut_off(name: str, record: Record, width: int) -> StepFailed:
    message = f"`{name}` breaks off in line {record.line}: its last row has {len(record.fields)} of {width} fields"
    return StepFailed(message, "it was cut off while it was written or copied: get the whole file", "ML212")


def _uneven(name: str, record: Record, width: int) -> StepFailed:
    found = len(record.fields)
    fields = "1 field" if found == 1 else f"{found} fields"
    help = "put quotes around a field that holds the delimiter"
    if found < width:
        help = "an empty field has its delimiter, too, and a field that holds a line end stands in quotes"
    where = f"row {record.number} (line {record.line})"
    return StepFailed(f"`{name}` has {fields} in {where}, and {width} columns in its header", help, "ML212")


def malformed(name: str) -> StepFailed:
    """The error for a file in which a quote is missing."""
    help = "a field that holds a quote or a line end stands in quotes, and a quote in it is written twice"
    return StepFailed(f"`{name}` is not a well-formed CSV file: its quotes do not match", help, "ML212")


def undecodable(path: Path, name: str, encoding: str) -> StepFailed:
    """The error for a file with bytes that have no meaning in the encoding: where the first is."""
    line, byte = _undecodable_line(path, encoding) or (1, 0)
    with path.open("rb") as file:
        start = file.read(2)
    if start in _NO_TEXT:
        return StepFailed(f"`{name}` is no text: it is {_NO_TEXT[start]}", "unpack it", "ML212")
    guess = "utf-16" if start in (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE) else "latin-1"
    message = f"`{name}` is not written in {encoding}: the byte 0x{byte:02x} in line {line} has no meaning there"
    return StepFailed(message, f'name the right encoding: `encoding: "{guess}"`', "ML212")


def _undecodable_line(path: Path, encoding: str) -> tuple[int, int] | None:
    """The line (from 1) and the byte at which decoding fails."""
    decoder = codecs.getincrementaldecoder(encoding)()
    line = 1
    with path.open("rb") as file:
        while True:
            data = file.read(_CHUNK)
            try:
                decoder.decode(data, final=not data)
            except UnicodeDecodeError as error:
                return line + error.object[: error.start].count(b"\n"), error.object[error.start]
            if not data:
                return None
            line += data.count(b"\n")
