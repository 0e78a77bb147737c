"""The parameters of a program as those of a DAG, with a JSON schema each."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mldsl.backend.forms import form_value
from mldsl.catalog.types import Kind
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


def params(given: tuple[PlanParam, ...]) -> Mapped:
    """Each parameter by its name."""
    return Mapped(tuple((param.name, _param(param)) for param in given))


def _param(param: PlanParam) -> Call:
    default = () if param.required else (form_value(param),)
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
