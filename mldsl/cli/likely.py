"""What a column most likely is, by its name and values: a key, the time of a row, free text, one of few categories."""

from __future__ import annotations

import re
from collections.abc import Sequence

from mldsl.catalog.types import Type
from mldsl.cli.declaring import identifier
from mldsl.cli.looking import DataColumn

ID = re.compile(r"(^|.*_)(id|key|uuid|guid|index|rownames|row|nr|unnamed_\d+)$")
"""The plain names of columns that identify something."""

MOST_CATEGORIES = 30
"""Strings of more sorts are no categories to a first model, and may be texts."""

_MOST_ENUMERATED = 12
_FEWEST_ENUMERATED_ROWS = 50
_FEWEST_ROWS_EACH = 5  # on average, lest every value be the next row's surprise
_FEWEST_COUNTED = 20  # rows: in fewer, numbers without gaps may be anything
_TEXT_LENGTH, _TEXT_SHARE = 20, 0.8

_TIME_WORDS = "time timestamp datetime date day ts when at on dt month"
_TIME = re.compile(rf"(^|.*_)({'|'.join(_TIME_WORDS.split())})(_utc)?$")
_EVENT = re.compile(
    r"(time_?stamp|ts|time|date_?time|date|when|(event|order|transaction|observation|visit)_(time|date)"
    r"|(created|occurred|recorded|observed|measured|ordered)_(at|on))(_utc)?$"
)
# What a row's subject is, or what came of it, and not when the row became known.
_OTHER_WORDS = (
    "birth born dob due end ended expiry expires expired expiration updated modified changed deleted closed cancelled "
    "canceled churned returned delivered delivery shipped shipping paid payment resolved finished completed last next "
    "first valid until from to planned scheduled target deadline discharge death start started since release "
    "hire hired joined signup"
)
_OTHER = frozenset(_OTHER_WORDS.split())


def plain(column: DataColumn) -> str:
    """The raw name in lower case with `_` between its words: `customerID` is `customer_id`, no name at all `index`."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])", "_", column.raw)
    return identifier(words.replace(".", "_")).lower() or "index"


def is_key(column: DataColumn, rows: int) -> bool:
    """Whether each row has its own value, and the column is called like an identifier or counts the rows."""
    facts = column.facts
    if column.type.kind not in ("int", "string") or facts.nulls or facts.distinct < max(rows, 2):
        return False
    counts_rows = rows >= _FEWEST_COUNTED and facts.low in (0, 1) and facts.high == rows - 1 + (facts.low or 0)
    return bool(ID.match(plain(column))) or (counts_rows and column.type.kind == "int")


def is_text(column: DataColumn) -> bool:
    """Whether its strings are free language: many sorts, long, nearly all of several words."""
    facts = column.facts
    return column.type.kind == "string" and (
        facts.distinct > MOST_CATEGORIES and facts.length >= _TEXT_LENGTH and facts.words >= _TEXT_SHARE
    )


def likely_type(column: DataColumn, rows: int) -> Type:
    """The column's type, for strings of few values the enum of them, sorted by code point; `text` for free language."""
    if is_text(column):
        return Type("text", column.type.nullable)
    facts, known = column.facts, rows - column.facts.nulls
    few = 2 <= facts.distinct <= _MOST_ENUMERATED and facts.distinct * _FEWEST_ROWS_EACH <= known
    if column.type.kind != "string" or known < _FEWEST_ENUMERATED_ROWS or not few:
        return column.type
    return Type("enum", column.type.nullable, values=tuple(str(value) for value, _ in facts.counts))


def time_candidates(columns: Sequence[DataColumn]) -> list[DataColumn]:
    """The dates and datetimes that may say when a row became known: never null, and not the same everywhere."""
    return [
        column
        for column in columns
        if column.type.is_temporal and not column.type.nullable and column.facts.distinct > 1
    ]


def likely_time(columns: Sequence[DataColumn]) -> DataColumn | None:
    """The one candidate that is called like an event's time; of several the one that is called so plainly, or none."""
    there = time_candidates(columns)
    called = [column for column in there if _TIME.match(plain(column)) and not _about_other(column)]
    if len(there) > 1:
        called = [column for column in called if _EVENT.match(plain(column))]
    return called[0] if len(called) == 1 else None


def _about_other(column: DataColumn) -> bool:
    return not _OTHER.isdisjoint(plain(column).split("_"))
