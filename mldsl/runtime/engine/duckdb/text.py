"""Names, values and types as SQL text: whatever a program holds is quoted here and nowhere else."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from mldsl.catalog.types import Type
from mldsl.runtime.engine.values import in_utc, micros
from mldsl.runtime.errors import StepFailed

# A duration is its microseconds; a datetime is in UTC and has no zone, so that no zone's rules are asked.
_TYPES = {
    "bool": "BOOLEAN",
    "int": "BIGINT",
    "float": "DOUBLE",
    "string": "VARCHAR",
    "text": "VARCHAR",
    "date": "DATE",
    "datetime": "TIMESTAMP",
    "duration": "BIGINT",
    "vector": "DOUBLE[]",
    "image": "BLOB",
    "null": "VARCHAR",
}


def name(value: str) -> str:
    """A name, quoted."""
    return '"' + value.replace('"', '""') + '"'


def text(value: str) -> str:
    """A text, quoted; SQL text itself cannot hold the character 0."""
    parts = ("'" + part.replace("'", "''") + "'" for part in value.split("\0"))
    found = " || chr(0) || ".join(parts)
    return found if "\0" not in value else f"({found})"


def sql_type(type_: Type) -> str:
    """How a column of that type is computed with."""
    if type_.kind == "enum":
        return f"ENUM({', '.join(text(value) for value in type_.values)})"
    if type_.kind not in _TYPES:
        raise StepFailed(f"a column cannot be of the type `{type_}`")
    return _TYPES[type_.kind]


def cast(sql: str, type_: Type) -> str:
    """`sql` as a value of that type."""
    return f"CAST({sql} AS {sql_type(type_)})"


def literal(value: Any, type_: Type) -> str:  # noqa: ANN401 - any Python value of the language
    """A Python value as one of the type; datetimes are in UTC, with a zone or without."""
    match value:
        case None:
            shown = "NULL"
        case bool():
            shown = str(value).lower()
        case datetime():
            shown = text(in_utc(value).replace(tzinfo=None).isoformat(sep=" "))
        case date():
            shown = text(value.isoformat())
        case timedelta():
            shown = str(micros(value))
        case int() | float() if type_.kind == "float":
            shown = text(repr(float(value)))
        case int():
            shown = str(value)
        case _:
            shown = text(str(value))
    return cast(shown, type_)


def widen(sql: str, given: Type, wanted: Type) -> str:
    """`sql` of type `given` as `wanted`, which it widens to (or a literal that the wanted enum has)."""
    if given.kind == wanted.kind and given.values == wanted.values:
        return sql
    if {given.kind, wanted.kind} <= {"string", "text"}:
        return sql
    return cast(sql, wanted)
