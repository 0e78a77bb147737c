"""Whether a five-field cron expression, or the name of a time zone, is right."""

from __future__ import annotations

from typing import NamedTuple


class _Field(NamedTuple):
    """One of the five fields: its name, its least and greatest number, and the words that stand for numbers."""

    name: str
    low: int
    high: int
    words: tuple[str, ...] = ()


_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")

# Words count from the field's least number. 7 is Sunday as well as 0.
_FIELDS: tuple[_Field, ...] = (
    _Field("minute", 0, 59),
    _Field("hour", 0, 23),
    _Field("day of the month", 1, 31),
    _Field("month", 1, 12, _MONTHS),
    _Field("weekday", 0, 7, _DAYS),
)
_LONGEST = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def cron_problem(expression: str) -> str | None:
    """What is wrong with a cron expression (minute, hour, day of the month, month, weekday); None when nothing is.

    Fields are `*`, numbers, ranges `1-5`, steps `*/15` and `8-18/2`, lists `1,15`; months and weekdays may be names of
    three letters. A date that never comes (`0 0 30 2 *`) is wrong too.
    """
    parts = expression.split()
    if len(parts) != len(_FIELDS):
        return f"a cron expression has five fields (minute, hour, day of the month, month, weekday), not {len(parts)}"
    for part, field in zip(parts, _FIELDS, strict=True):
        problem = _field_problem(part, field)
        if problem is not None:
            return problem
    return _never(parts)


def timezone_problem(name: str) -> str | None:
    """What is wrong with the name of a time zone; None when this machine knows it."""
    if name == "UTC":
        return None
    from zoneinfo import ZoneInfo

    try:
        ZoneInfo(name)
    except (LookupError, ValueError, OSError):
        return f'`{name}` is not a time zone: names are like "UTC" and "Europe/Berlin"'
    return None


def _field_problem(part: str, field: _Field) -> str | None:
    for item in part.split(","):
        problem = _item_problem(item, field)
        if problem is not None:
            return problem
    return None


def _item_problem(item: str, field: _Field) -> str | None:
    span, slash, step = item.partition("/")
    if slash and not (_digits(step) and 1 <= int(step) <= field.high):
        return f"the step `/{step}` of the {field.name} must be a number from 1 to {field.high}"
    if span == "*":
        return None
    low, dash, high = span.partition("-")
    ends = [_number(end, field) for end in ((low, high) if dash else (low,))]
    if None in ends:
        words = f", a name such as `{field.words[0]}`" if field.words else ""
        numbers = f"a number from {field.low} to {field.high}"
        return f"`{item}` cannot be the {field.name}: that is {numbers}{words}, `*`, a range or a list"
    first, last = ends[0], ends[-1]
    assert first is not None and last is not None
    return f"the range `{span}` of the {field.name} runs backwards" if first > last else None


def _number(text: str, field: _Field) -> int | None:
    """The number that `text` stands for, if it is one of the field's."""
    if text.lower() in field.words:
        return field.words.index(text.lower()) + field.low
    if not _digits(text):
        return None
    return int(text) if field.low <= int(text) <= field.high else None


def _digits(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) <= 4


def _never(parts: list[str]) -> str | None:
    """A day that none of the months has, where no weekday is named that could still come."""
    _, _, days, months, weekdays = parts
    if weekdays != "*" or not days.replace(",", "").isdigit() or "*" in months:
        return None
    longest = max(_LONGEST[month - 1] for month in _listed(months, _FIELDS[3]))
    if min(int(day) for day in days.split(",")) > longest:
        return f"no month of `{months}` has a day {days}, so it never runs"
    return None


def _listed(part: str, field: _Field) -> list[int]:
    """The numbers of a field that has been found right and is not `*`."""
    found: list[int] = []
    for item in part.split(","):
        span, slash, step = item.partition("/")
        low, dash, high = span.partition("-")
        first = _number(low, field) or field.low
        last = (_number(high, field) or field.high) if dash else (field.high if slash else first)
        found += range(first, last + 1, int(step) if slash else 1)
    return found
