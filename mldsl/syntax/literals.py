"""The values of literals: from their spelling to a Python value, or to what is wrong with them."""

from __future__ import annotations

import re
from datetime import date, datetime, timedelta


class MalformedLiteralError(Exception):
    """A literal that cannot be read; `start` and `end` are places inside its spelling (all of it by default)."""

    def __init__(self, message: str, help_: str | None = None, start: int = 0, end: int | None = None) -> None:
        super().__init__(message)
        self.message = message
        self.help = help_
        self.start = start
        self.end = end


MAX_INT = 2**63 - 1

_UNITS = {
    "w": 604_800_000_000,
    "d": 86_400_000_000,
    "h": 3_600_000_000,
    "m": 60_000_000,
    "s": 1_000_000,
    "ms": 1_000,
    "us": 1,
}
_SIZES = {"Ki": 2**10, "Mi": 2**20, "Gi": 2**30, "Ti": 2**40}
_DURATION_PART = r"(\d[\d_]*)(w|d|h|ms|us|m|s)"
_ESCAPE = r"(?s)\\(?:u\{([^}\"`]*)\}|(.))?"
_ESCAPES = {"n": "\n", "t": "\t", "r": "\r", '"': '"', "\\": "\\", "`": "`"}


def read_int(text: str) -> int:
    """`1_000`; raises MalformedLiteralError beyond 64 bits."""
    digits = text.replace("_", "")
    if not digits.isascii() or not digits.isdigit():
        raise MalformedLiteralError(f"`{text}` is not a number")
    if len(digits.lstrip("0")) > 19 or int(digits) > MAX_INT:
        raise MalformedLiteralError(f"`{_short(text)}` does not fit into 64 bits", f"the largest int is {MAX_INT}")
    return int(digits)


def read_float(text: str) -> float:
    """`0.5`, `1e-3`; raises MalformedLiteralError beyond what a float holds."""
    value = float(text.replace("_", ""))
    if value in (float("inf"), float("-inf")):
        raise MalformedLiteralError(f"`{_short(text)}` is too large for a float")
    return value


def read_percent(text: str) -> float:
    """`5%` is 0.05, as near as a float gets (`7%` is 0.07, not 7 times 0.01)."""
    try:
        return (
            read_float(text[:-1].replace("_", "") + "e-2") if "e" not in text.lower() else read_float(text[:-1]) / 100
        )
    except ValueError:
        raise MalformedLiteralError(f"`{text}` is not a percentage", "write it as `5%` or `0.5%`") from None


def read_duration(text: str) -> timedelta:
    """`90d`, `1h30m`, `500ms`: units from the largest to the smallest, each once."""
    micros, at, last = 0, 0, 0
    for part in re.finditer(_DURATION_PART, text):
        unit = _UNITS[part[2]]
        if part.start() != at or (last and unit >= last):
            break
        micros += int(part[1].replace("_", "")) * unit
        at, last = part.end(), unit
    if at != len(text) or not text.isascii():
        wanted = "a duration is a number and a unit (w d h m s ms us), the largest first, as in `90d` or `1h30m`"
        raise MalformedLiteralError(f"`{_short(text)}` is neither a number nor a duration", wanted)
    try:
        return timedelta(microseconds=micros)
    except OverflowError:
        raise MalformedLiteralError(f"`{_short(text)}` is too long a duration") from None


def read_size(text: str) -> int:
    """`512Mi` in bytes; raises MalformedLiteralError for other units."""
    unit = text[-2:]
    if unit not in _SIZES or not text[:-2].replace("_", "").isdigit():
        raise MalformedLiteralError(
            f"`{_short(text)}` is not a size", "sizes are written in Ki, Mi, Gi or Ti, as in `512Mi` or `4Gi`"
        )
    return read_int(text[:-2]) * _SIZES[unit]


def read_date(text: str) -> date:
    """`@2025-01-31`; raises MalformedLiteralError for a day that does not exist."""
    try:
        return date.fromisoformat(text[1:])
    except ValueError:
        raise _bad_date(text) from None


def read_datetime(text: str) -> datetime:
    """`@2025-01-31T10:00:00`, in UTC; raises MalformedLiteralError for a time that does not exist."""
    try:
        return datetime.fromisoformat(text[1:].removesuffix("Z"))
    except ValueError:
        raise _bad_date(text) from None


def _bad_date(text: str) -> MalformedLiteralError:
    if re.fullmatch(r"@\d{4}-\d\d-\d\d(T.*)?", text):
        return MalformedLiteralError(f"`{text}` does not exist in the calendar")
    return MalformedLiteralError(
        f"`{text}` is not a date", "write a date as `@2025-01-31`, a time as `@2025-01-31T10:00:00`"
    )


def read_string(text: str) -> str:
    """The text between double quotes or backticks, its escapes done."""
    body = text[1:-1] if len(text) > 1 and text[-1] == text[0] else text[1:]
    if "\\" not in body:
        return body
    return re.sub(_ESCAPE, _unescape, body)


def _unescape(match: re.Match[str]) -> str:
    code, letter = match[1], match[2]
    start, end = match.start() + 1, match.end() + 1
    if code is not None:
        try:
            value = int(code, 16)
            if len(code) > 6 or 0xD800 <= value <= 0xDFFF:
                raise ValueError
            return chr(value)
        except (ValueError, OverflowError):
            raise MalformedLiteralError(
                f"`{match[0]}` is not a character", "write its code in hexadecimal, as in `\\u{e9}`", start, end
            ) from None
    if letter in _ESCAPES:
        return _ESCAPES[letter]
    known = 'the escapes are `\\n`, `\\t`, `\\"`, `\\\\` and `\\u{…}`; a backslash itself is `\\\\`'
    raise MalformedLiteralError(f"unknown escape `{match[0]}`", known, start, end)


def read_raw_string(text: str) -> str:
    """The text between triple quotes as it stands, lines ending in a line feed."""
    body = text[3:]
    return body.removesuffix('"""').replace("\r\n", "\n")


def _short(text: str) -> str:
    return text if len(text) <= 40 else text[:37] + "…"
