"""Whether a document has the fields of its protobuf message and no others, each with a value of its type.

protobuf's own reader stops at the first mistake, and takes what nobody means to write: `null` for a field that is not
there, a number in quotes for a double. This one names every mistake, with its place.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

from mldsl.diagnostics.suggest import did_you_mean

if TYPE_CHECKING:
    from google.protobuf.descriptor import Descriptor, FieldDescriptor

DEEPEST = 90
"""How many levels a document may have: protobuf's readers give up at 100."""

_DURATION = re.compile(r"-?\d+(\.\d{1,9})?s")
_INTEGER = re.compile(r"-?\d+")


def shape(value: object, message: Descriptor, place: str, depth: int = 0) -> Iterator[str]:
    """What is wrong with a value that is to be such a message; `place` is what it is called."""
    if depth > DEEPEST:
        yield f"{place}: is nested too deeply"
    elif message.full_name in _WELL_KNOWN:
        yield from _well_known(value, message.full_name, place, depth)
    elif not isinstance(value, Mapping):
        yield f"{place}: is {_a(value)} where fields are wanted"
    else:
        yield from _message(value, message, place, depth)


def _message(value: Mapping[object, object], message: Descriptor, place: str, depth: int) -> Iterator[str]:
    fields = _fields(message)
    kinds: dict[str, list[str]] = {}
    for name, item in value.items():
        field = fields.get(name) if isinstance(name, str) else None
        if field is None:
            near = did_you_mean(str(name), fields)
            yield f"{place}: there is no field `{name}`" + (f"; {near}" if near else "")
            continue
        if field.containing_oneof is not None and len(field.containing_oneof.fields) > 1:
            kinds.setdefault(field.containing_oneof.name, []).append(str(name))
        yield from _field(item, field, joined(place, str(name)), depth + 1)
    for names in kinds.values():
        if len(names) > 1:
            yield f"{place}: has {' and '.join(f'`{name}`' for name in names)}, of which there can be one"


def _field(value: object, field: FieldDescriptor, place: str, depth: int) -> Iterator[str]:
    if _is_map(field):
        yield from _map(value, field, place, depth)
    elif not field.is_repeated:
        yield from _single(value, field, place, depth)
    elif not isinstance(value, list | tuple):
        yield f"{place}: is {_a(value)} where a list is wanted"
    else:
        for index, item in enumerate(value):
            yield from _single(item, field, f"{place}[{index}]", depth)


def _map(value: object, field: FieldDescriptor, place: str, depth: int) -> Iterator[str]:
    """Every map of these messages has strings for keys."""
    if not isinstance(value, Mapping):
        yield f"{place}: is {_a(value)} where names with values are wanted"
        return
    for name, item in value.items():
        if isinstance(name, str):
            yield from _single(item, field.message_type.fields_by_name["value"], joined(place, name), depth)
        else:
            yield f"{place}: the name `{name}` is {_a(name)}, not a string"


def _single(value: object, field: FieldDescriptor, place: str, depth: int) -> Iterator[str]:
    if field.message_type is not None:
        yield from shape(value, field.message_type, place, depth)
    elif field.enum_type is not None:
        names = list(field.enum_type.values_by_name)
        if value not in names:
            near = did_you_mean(str(value), names)
            listed = ", ".join(f"`{name}`" for name in names)
            yield f"{place}: there is no `{value}`; {near or f'it is one of {listed}'}"
    else:
        wanted, fits = _SCALARS[field.cpp_type]
        if not fits(value):
            yield f"{place}: is {_a(value)} where {wanted} is wanted"


def _well_known(value: object, name: str, place: str, depth: int) -> Iterator[str]:
    if name == "google.protobuf.Duration":
        if not (isinstance(value, str) and _DURATION.fullmatch(value)):
            yield f"{place}: is {_a(value)} where a duration such as `30s` is wanted"
    elif name == "google.protobuf.Struct" and not isinstance(value, Mapping):
        yield f"{place}: is {_a(value)} where names with values are wanted"
    else:
        yield from _json(value, place, depth)


def _json(value: object, place: str, depth: int) -> Iterator[str]:
    """What JSON cannot say: `google.protobuf.Value` is anything that it can."""
    match value:
        case _ if depth > DEEPEST:
            yield f"{place}: is nested too deeply"
        case None | bool() | str() | int():
            pass
        case float():
            if not math.isfinite(value):
                yield f"{place}: is {value}, which JSON cannot say"
        case list() | tuple():
            for index, item in enumerate(value):
                yield from _json(item, f"{place}[{index}]", depth + 1)
        case Mapping():
            for name, item in value.items():
                if not isinstance(name, str):
                    yield f"{place}: the name `{name}` is {_a(name)}, not a string"
                yield from _json(item, joined(place, str(name)), depth + 1)
        case _:
            yield f"{place}: is {_a(value)}, which JSON cannot say"


@cache
def _fields(message: Descriptor) -> dict[str, FieldDescriptor]:
    """By the names of protobuf's JSON. Readers take `snake_case` as well, which would make two names of one field."""
    return {field.json_name: field for field in message.fields}


def _is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and bool(field.message_type.GetOptions().map_entry)


def _is_integer(bits: int) -> Callable[[object], bool]:
    """JSON's numbers may be floats, and 64 bits are written as a string."""

    def fits(value: object) -> bool:
        if isinstance(value, bool):
            return False
        if isinstance(value, float):
            whole = value.is_integer()
        else:
            whole = isinstance(value, int) or (isinstance(value, str) and _INTEGER.fullmatch(value) is not None)
        return whole and -(2 ** (bits - 1)) <= int(value) < 2 ** (bits - 1)  # type: ignore[call-overload]

    return fits


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value)


_WELL_KNOWN = frozenset(f"google.protobuf.{name}" for name in ("Duration", "Struct", "Value", "ListValue"))

# By `FieldDescriptor.cpp_type`, whose numbers are protobuf's.
_SCALARS: Mapping[int, tuple[str, Callable[[object], bool]]] = {
    1: ("a whole number", _is_integer(32)),
    2: ("a whole number", _is_integer(64)),
    5: ("a number", _is_number),
    6: ("a number", _is_number),
    7: ("true or false", lambda value: isinstance(value, bool)),
    9: ("a string", lambda value: isinstance(value, str)),
}


def joined(place: str, name: str) -> str:
    """The place of something inside of a place."""
    return f"{place}.{name}" if place else name


def _a(value: object) -> str:
    """What a value is, for people."""
    match value:
        case None:
            return "empty"
        case bool():
            return f"`{str(value).lower()}`"
        case int() | float():
            return f"the number {value}"
        case str():
            return f"the string `{value[:40]}`"
        case list() | tuple():
            return "a list"
        case Mapping():
            return "a mapping"
        case _:
            return f"a {type(value).__name__}"
