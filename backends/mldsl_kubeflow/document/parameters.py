"""The parameters of the pipeline and of its tasks, with the types that Kubeflow has for them."""

from __future__ import annotations

from collections.abc import Mapping
from types import ModuleType
from typing import Any

from mldsl.backend.forms import form_value
from mldsl.catalog.types import Kind
from mldsl.plan.nodes import PlanParam

Message = Any  # protobuf's, whose classes are made when they are imported

TYPES: Mapping[Kind, str] = {
    "bool": "BOOLEAN",
    "int": "NUMBER_INTEGER",
    "float": "NUMBER_DOUBLE",
    "string": "STRING",
    "text": "STRING",
    "enum": "STRING",
    "date": "STRING",
    "datetime": "STRING",
    "duration": "STRING",
}
"""The type of parameter that holds each type of the language; others cannot be given."""

_TIMES: Mapping[str, str] = {
    "run_date": "The run's logical date, as 2025-01-31: by default the date of run_time",
    "run_time": "The run's logical time in UTC, as 2025-01-31T10:00:00: by default when it begins",
}


def root_parameters(module: ModuleType, params: Mapping[str, PlanParam]) -> dict[str, Message]:
    """The specification of each parameter that a run can be given, by name; `params` are the program's."""
    return {**{name: _given(module, param) for name, param in params.items()}, **times(module)}


def handed_on(module: ModuleType, param: PlanParam | None) -> Message:
    """The specification of a task's parameter that is one of the run's; None is a time."""
    spec = parameter(module, "STRING" if param is None else TYPES[param.type.kind])
    spec.is_optional = param is not None and param.type.nullable and param.default is None
    return spec


def parameter(module: ModuleType, type_: str) -> Message:
    """A parameter of that type."""
    spec = module.ComponentInputsSpec.ParameterSpec()
    spec.parameter_type = module.ParameterType.ParameterTypeEnum.Value(type_)
    return spec


def _given(module: ModuleType, param: PlanParam) -> Message:
    spec = parameter(module, TYPES[param.type.kind])
    if param.doc:
        spec.description = param.doc
    if not param.required:
        spec.is_optional = True
        if (value := form_value(param)) is not None:
            _fill(spec.default_value, value)
    if param.type.kind == "enum" and not param.type.nullable:
        for item in param.type.values:
            spec.literals.add().string_value = item
    return spec


def times(module: ModuleType) -> dict[str, Message]:
    """Those of the run's logical time, which a run need not be given."""
    found = {}
    for name, description in _TIMES.items():
        spec = parameter(module, "STRING")
        spec.description = description
        spec.is_optional = True
        spec.default_value.string_value = ""
        found[name] = spec
    return found


def _fill(message: Message, value: bool | float | str) -> None:
    match value:
        case bool():
            message.bool_value = value
        case int() | float():
            message.number_value = value
        case str():
            message.string_value = value
