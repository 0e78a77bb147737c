"""One value of a request as Python has it, by the type of its column."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, date, datetime
from math import isnan
from typing import Any, TypeAlias

from mldsl.catalog.texts import TextProblem, parse_value
from mldsl.catalog.types import DURATION, Type
from mldsl.diagnostics.suggest import suggest
from mldsl.errors import MldslError

Converter: TypeAlias = Callable[[Any], object]

_SMALLEST, _LARGEST = -(2**63), 2**63 - 1
# Whole floats up to here are exact: clients whose only numbers are floats write ints so.
_EXACT = 2.0**53
_SHOWN = 40


class WrongValueError(ValueError):
    """A value that does not fit; the text completes "the column …"."""


def converter(type_: Type) -> Converter:
    """What turns a value of a JSON document into a value of the type. Raises MldslError for a type that none has.

    The converter raises WrongValueError. Dates, times and durations are texts (ISO 8601, a duration as in a program);
    datetimes come out in UTC, without a zone. A float NaN is null, as in every source.
    """
    make = _CONVERTERS.get(type_.kind)
    if make is None:
        raise MldslError(f"a request cannot carry a value of the type `{type_}`", "only JSON values can be sent")
    convert = make(type_)
    return _nullable(convert) if type_.nullable else convert


def _nullable(convert: Converter) -> Converter:
    def converted(value: Any) -> object:  # noqa: ANN401
        if value is None or (value.__class__ is float and isnan(value)):
            return None
        return convert(value)

    return converted


def _bool(_: Type) -> Converter:
    def convert(value: object) -> object:
        if value is True or value is False:
            return value
        raise _wanted("true or false", value)

    return convert


def _int(_: Type) -> Converter:
    def convert(value: Any) -> object:  # noqa: ANN401
        if value.__class__ is int and _SMALLEST <= value <= _LARGEST:
            return value
        if value.__class__ is float and value.is_integer() and -_EXACT <= value <= _EXACT:
            return int(value)
        raise _wanted("an integer of 64 bits", value)

    return convert


def _float(_: Type) -> Converter:
    def convert(value: Any) -> object:  # noqa: ANN401
        if value.__class__ is float and value - value == 0:  # neither NaN nor infinite
            return value
        if value.__class__ is int:
            return float(value)
        raise _wanted("a number", value)

    return convert


def _string(_: Type) -> Converter:
    def convert(value: object) -> object:
        if value.__class__ is str:
            return value
        raise _wanted("a string", value)

    return convert


def _enum(type_: Type) -> Converter:
    known = {value: value for value in type_.values}
    listed = ", ".join(f'"{value}"' for value in type_.values)

    def convert(value: Any) -> object:  # noqa: ANN401
        if value.__class__ is str and value in known:
            return value
        if value.__class__ is not str:
            raise _wanted(f"one of {listed}", value)
        near = suggest(value, type_.values)
        raise WrongValueError(f"is {shown(value)}, none of {listed}" + (f'; did you mean "{near}"?' if near else ""))

    return convert


def _date(_: Type) -> Converter:
    def convert(value: Any) -> object:  # noqa: ANN401
        try:
            if value.__class__ is str:
                return date.fromisoformat(value)
        except ValueError:
            pass
        raise _wanted('a date such as "2025-01-31"', value)

    return convert


def _datetime(_: Type) -> Converter:
    def convert(value: Any) -> object:  # noqa: ANN401
        try:
            if value.__class__ is str:
                found = datetime.fromisoformat(value)
                return found if found.tzinfo is None else found.astimezone(UTC).replace(tzinfo=None)
        except (ValueError, OverflowError):
            pass
        raise _wanted('a date and time such as "2025-01-31T10:00:00Z"', value)

    return convert


def _duration(_: Type) -> Converter:
    def convert(value: Any) -> object:  # noqa: ANN401
        found = parse_value(value, DURATION) if value.__class__ is str else None
        if found is None or isinstance(found, TextProblem):
            raise _wanted('a duration such as "1h30m"', value)
        return found

    return convert


def _vector(type_: Type) -> Converter:
    one = _float(type_)

    def convert(value: Any) -> object:  # noqa: ANN401
        if value.__class__ is not list or len(value) != type_.size:
            raise _wanted(f"a list of {type_.size} numbers", value)
        return [one(item) for item in value]

    return convert


_CONVERTERS: dict[str, Callable[[Type], Converter]] = {
    "bool": _bool,
    "int": _int,
    "float": _float,
    "string": _string,
    "text": _string,
    "enum": _enum,
    "date": _date,
    "datetime": _datetime,
    "duration": _duration,
    "vector": _vector,
}


def shown(value: object) -> str:
    """A value of a request in a message, shortened."""
    import orjson

    if isinstance(value, float) and value != value:
        return "NaN"
    try:
        text = orjson.dumps(value).decode()
    except (TypeError, ValueError):
        text = str(value)
    return text if len(text) <= _SHOWN else text[:_SHOWN] + "…"


def _wanted(what: str, value: object) -> WrongValueError:
    if value is None:
        return WrongValueError(f"is null, and {what} is wanted")
    return WrongValueError(f"is {shown(value)}, and {what} is wanted")
