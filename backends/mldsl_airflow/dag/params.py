"""The parameters of a program as those of a DAG, with a JSON schema each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from mldsl.catalog.types import Kind, Type
from mldsl.plan.expressions import from_json
from mldsl.plan.nodes import PlanParam
from mldsl_airflow.python import Call, Expression, Items, Mapped, listed

# The JSON type and, for a text, the format that Airflow's form knows.
SCHEMAS: Mapping[Kind, tuple[str, str | None]] = {
    "bool": ("boolean", None),
    "int": ("integer", None),
    "float": ("number", None),
    "string": ("string", None),
    "text": ("string", "multiline"),
    "enum": ("string", None),
    "date": ("string", "date"),
    "datetime": ("string", "date-time"),
    "duration": ("string", None),
}
_UNITS = {"d": 86_400_000_000, "h": 3_600_000_000, "m": 60_000_000, "s": 1_000_000, "ms": 1_000, "us": 1}


def params(given: tuple[PlanParam, ...]) -> Mapped:
    """Each parameter by its name."""
    return Mapped(tuple((param.name, _param(param)) for param in given))


def _param(param: PlanParam) -> Call:
    default = () if param.required else (_value(param.default, param.type),)
    return Call("Param", default, tuple(_schema(param)))


def _schema(param: PlanParam) -> Iterator[tuple[str, Expression]]:
    kind, form = SCHEMAS[param.type.kind]
    yield "type", Items((kind, "null")) if param.type.nullable else kind
    if form is not None:
        yield "format", form
    if param.type.kind == "enum":
        yield "enum", Items((*param.type.values, None) if param.type.nullable else tuple(param.type.values))
    if param.type.kind == "duration":
        yield "pattern", r"^-?(\d+(ms|us|w|d|h|m|s))+$"
        yield "examples", listed(["90d", "1h30m"])
    if param.doc:
        yield "description", param.doc


def _value(default: Any, type_: Type) -> Expression:  # noqa: ANN401 - plain JSON
    """The default as a form has it: times with their zone, durations as a program writes them."""
    match from_json(default, type_):
        case timedelta() as length:
            return _duration(length)
        case datetime() as moment:
            return f"{moment.isoformat()}+00:00"
        case None | bool() | int() | float() | str() as plain:
            return plain
        case other:
            return str(other)


def _duration(length: timedelta) -> str:
    left = length // timedelta(microseconds=1)
    sign, left = ("-" if left < 0 else ""), abs(left)
    parts = []
    for unit, size in _UNITS.items():
        count, left = divmod(left, size)
        if count:
            parts.append(f"{count}{unit}")
    return sign + ("".join(parts) or "0s")
