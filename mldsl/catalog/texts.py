"""Values given as text, on a command line or by a scheduler, read by the type that is wanted."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime, timedelta

from mldsl.catalog.types import Kind, Type
from mldsl.diagnostics.suggest import suggest
from mldsl.records import record

MAX_INT = 2**63 - 1

_MICROSECONDS = {
    "w": 604_800_000_000,
    "d": 86_400_000_000,
    "h": 3_600_000_000,
    "m": 60_000_000,
    "s": 1_000_000,
    "ms": 1_000,
    "us": 1,
}
_DURATION = re.compile(r"(\d+)(ms|us|w|d|h|m|s)")
_BOOLS = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}


@record
class TextProblem:
    """A text that does not say a value of the wanted type; `message` completes "the text …"."""

    message: str


def parse_value(text: str, wanted: Type) -> object | TextProblem:
    """The value that `text` says, as a program's literal of that type would have it.

    `null` is null where the type allows it; strings and texts are taken as they are. Ints take `_`, bools also `yes`,
    `no`, `1` and `0`; dates and datetimes are ISO 8601, with or without the `@` of a program, a datetime's offset is
    turned into UTC; durations are `90d` or `1h30m`. Nothing else may stand before or behind the value but spaces.
    """
    if wanted.nullable and text.strip() == "null":
        return None
    if wanted.kind in ("string", "text"):
        return text
    if wanted.kind == "enum":
        return text if text in wanted.values else TextProblem(_not_in(text, wanted))
    reader = _READERS.get(wanted.kind)
    if reader is None:
        return TextProblem(f"cannot give a `{wanted}`")
    read, example = reader
    try:
        return read(text.strip())
    except (ValueError, OverflowError):
        return TextProblem(f"`{text}` is not {example}")


def _not_in(text: str, wanted: Type) -> str:
    near = suggest(text, wanted.values)
    listed = ", ".join(f"`{value}`" for value in wanted.values)
    return f"`{text}` is none of {listed}" + (f"; did you mean `{near}`?" if near else "")


def _bool(text: str) -> bool:
    if text.lower() not in _BOOLS:
        raise ValueError(text)
    return _BOOLS[text.lower()]


def _int(text: str) -> int:
    value = int(text)
    if not -MAX_INT - 1 <= value <= MAX_INT:
        raise OverflowError(text)
    return value


def _float(text: str) -> float:
    value = float(text.removesuffix("%")) / (100 if text.endswith("%") else 1)
    if value != value or value in (float("inf"), float("-inf")):
        raise ValueError(text)
    return value


def _date(text: str) -> date:
    return date.fromisoformat(text.removeprefix("@"))


def _datetime(text: str) -> datetime:
    value = datetime.fromisoformat(text.removeprefix("@"))
    return value if value.tzinfo is None else value.astimezone(UTC).replace(tzinfo=None)


def _duration(text: str) -> timedelta:
    sign = -1 if text.startswith("-") else 1
    digits = text.removeprefix("-")
    parts = _DURATION.findall(digits)
    if not parts or "".join(number + unit for number, unit in parts) != digits:
        raise ValueError(text)
    return timedelta(microseconds=sign * sum(int(number) * _MICROSECONDS[unit] for number, unit in parts))


_READERS: Mapping[Kind, tuple[Callable[[str], object], str]] = {
    "bool": (_bool, "`true` or `false`"),
    "int": (_int, "a whole number of 64 bits"),
    "float": (_float, "a number"),
    "date": (_date, "a date such as `2025-01-31`"),
    "datetime": (_datetime, "a datetime such as `2025-01-31T10:00:00`"),
    "duration": (_duration, "a duration such as `90d` or `1h30m`"),
}
