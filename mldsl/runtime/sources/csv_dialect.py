"""How a CSV file is written, and its records as Python reads them."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

# Encodings that need no copy in UTF-8.
UTF8 = ("utf-8", "utf-8-sig", "ascii")


@dataclass(frozen=True, slots=True)
class Record:
    """A record: its number (0 is the header), the line of the file in which it ends (from 1), its fields."""

    number: int
    line: int
    fields: list[str]


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file is written."""

    delimiter: str
    quote: str
    encoding: str

    def records(self, path: Path) -> Iterator[Record]:
        """The file's records, header first, as Python reads them; a blank line is none."""
        with path.open(encoding="utf-8-sig" if self.encoding in UTF8 else self.encoding, newline="") as file:
            reader = csv.reader(file, delimiter=self.delimiter, quotechar=self.quote)
            for number, fields in enumerate(filter(None, reader)):
                yield Record(number, reader.line_num, fields)
