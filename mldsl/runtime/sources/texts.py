"""Texts, a file each: whole files, with their line ends; a byte order mark does not count."""

from __future__ import annotations

import codecs
from functools import partial

import pyarrow as pa

from mldsl.runtime.sources.encodings import encoding
from mldsl.runtime.sources.one_each import UnreadableError, read_each
from mldsl.runtime.sources.parts import Part, Reading

_HELP = 'name the right encoding (`encoding: "latin-1"`) or the right files: "mails/*/*.txt"'


def read(reading: Reading) -> list[Part]:
    """An empty file is an empty text, and not null."""
    name = encoding(reading.text("encoding") or "utf-8")
    return read_each(reading, "text", pa.large_string(), partial(_decoded, name=name), f"texts in {name}", _HELP)


def _decoded(data: bytes, name: str) -> str:
    try:
        text = codecs.decode(data, name)
    except UnicodeDecodeError as error:
        line = data[: error.start].count(b"\n") + 1
        shown = f"the byte 0x{data[error.start]:02x} in line {line} (byte {error.start}) has no meaning there"
        raise UnreadableError(shown) from None
    if "\0" in text:
        raise UnreadableError("it holds null characters, as no text does")
    return text.removeprefix("\ufeff")
