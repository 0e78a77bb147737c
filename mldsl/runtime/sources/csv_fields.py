"""Whether all rows of a CSV file have as many fields as its header, by counting signs: Polars fills short rows up."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from mldsl.runtime.sources.csv_dialect import Dialect

_CHUNK = 1 << 20
_LINE = ord("\n")


@dataclass(frozen=True, slots=True)
class _Signs:
    """How many delimiters and line ends stand outside of quotes, and whether a quote is open at the end."""

    delimiters: int
    lines: int
    is_open: bool


def is_even(path: Path, dialect: Dialect, width: int) -> bool:
    """Whether each row of a file in UTF-8 without blank lines has `width` fields, where none has more.

    False may also be said of odd quotes. Counting takes a tenth of the time of parsing, and at most as much, where all
    is in quotes. A quote that is never closed is another's to find.
    """
    if width == 1:
        return True
    delimiters = lines = 0
    is_open, last = False, b"\n"
    with path.open("rb") as file:
        while chunk := file.read(_CHUNK):
            signs = _signs(chunk, ord(dialect.delimiter), ord(dialect.quote), is_open)
            delimiters, lines, is_open = delimiters + signs.delimiters, lines + signs.lines, signs.is_open
            last = chunk[-1:]
    return is_open or delimiters == (width - 1) * (lines + (last != b"\n"))


def _signs(chunk: bytes, delimiter: int, quote: int, is_open: bool) -> _Signs:
    if not is_open and bytes([quote]) not in chunk:
        data = np.frombuffer(chunk, np.uint8)
        return _Signs(_count(data, delimiter), _count(data, _LINE), is_open)
    others = bytes(sign for sign in range(256) if sign not in (delimiter, quote, _LINE))
    signs = np.frombuffer(chunk.translate(None, others), np.uint8)
    inside = np.cumsum(signs == quote, dtype=np.uint8) % 2 != is_open
    outside = signs[~inside]
    return _Signs(_count(outside, delimiter), _count(outside, _LINE), bool(inside[-1]) if len(signs) else is_open)


def _count(data: Any, sign: int) -> int:  # noqa: ANN401 - an array
    return int(np.count_nonzero(data == sign))
