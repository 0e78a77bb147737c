"""Tensors of the Open Inference Protocol: their datatypes, and their binary form (Triton's extension)."""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence

from mldsl.catalog.types import Type
from mldsl.serving.refused import bad

_INTS = ("INT8", "INT16", "INT32", "INT64", "UINT8", "UINT16", "UINT32", "UINT64")
_FLOATS = ("FP64", "FP32", "FP16")
# The datatypes that a column takes; the first is the one that it is said to have.
_TAKEN: dict[str, tuple[str, ...]] = {
    "bool": ("BOOL",),
    "int": ("INT64", *_INTS),
    "float": (*_FLOATS, *_INTS),
    "vector": (*_FLOATS, *_INTS),
}
_TEXT = ("BYTES",)
# As `struct` has them, little-endian.
_CODES = {
    "BOOL": "?", "INT8": "b", "INT16": "h", "INT32": "i", "INT64": "q",
    "UINT8": "B", "UINT16": "H", "UINT32": "I", "UINT64": "Q", "FP16": "e", "FP32": "f", "FP64": "d",
}  # fmt: skip


def datatype(type_: Type) -> str:
    """The protocol's name for what a column holds; texts, enums, dates and durations are `BYTES`."""
    return taken(type_)[0]


def taken(type_: Type) -> tuple[str, ...]:
    """The datatypes in which a column may be sent."""
    return _TAKEN.get(type_.kind, _TEXT)


def unpack(data: memoryview, name: str, kind: str, count: int) -> list[object]:
    """The elements of a tensor in binary form. Raises RefusedError where the bytes are not `count` elements."""
    if kind == "BYTES":
        return _texts(data, name, count)
    code = _CODES[kind]
    if len(data) != count * struct.calcsize(f"<{code}"):
        raise bad(f"`{name}` has {len(data)} bytes, which are not {count} elements of {kind}", field=name)
    return list(struct.unpack(f"<{count}{code}", data))


def _texts(data: memoryview, name: str, count: int) -> list[object]:
    """Each text has its length before it, as four bytes."""
    found: list[object] = []
    at = 0
    while at + 4 <= len(data):
        (length,) = struct.unpack_from("<I", data, at)
        at += 4
        if at + length > len(data):
            break
        try:
            found.append(str(data[at : at + length], "utf-8"))
        except UnicodeDecodeError:
            raise bad(f"`{name}` in row {len(found)} is not UTF-8", field=name, row=len(found)) from None
        at += length
    if at != len(data) or len(found) != count:
        raise bad(f"`{name}` has {len(data)} bytes, which are not {count} texts with their lengths", field=name)
    return found


def pack(values: Sequence[object], kind: str) -> bytes | None:
    """A tensor in binary form; None where it has a null that this form cannot say."""
    if kind == "BYTES":
        return None if None in values else b"".join(_with_length(str(value)) for value in values)
    if kind == "FP64":
        return struct.pack(f"<{len(values)}d", *_with_nan(values))
    return None if None in values else struct.pack(f"<{len(values)}{_CODES[kind]}", *values)


def _with_length(text: str) -> bytes:
    data = text.encode()
    return struct.pack("<I", len(data)) + data


def _with_nan(values: Iterable[object]) -> list[object]:
    return [float("nan") if value is None else value for value in values]
