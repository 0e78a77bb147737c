"""Types of parameters and artifacts: what a value is of, what may be fed by what."""

from __future__ import annotations

from mldsl_kubeflow.validation.model import Message

NAMES = (
    "PARAMETER_TYPE_ENUM_UNSPECIFIED",
    "NUMBER_DOUBLE",
    "NUMBER_INTEGER",
    "STRING",
    "BOOLEAN",
    "LIST",
    "STRUCT",
    "TASK_FINAL_STATUS",
    "TASK_CONFIG",
)
"""`ParameterTypeEnum` by its numbers."""
UNTYPED = NAMES[0]

MOST = 2**53 - 1
"""Integers are stored as floats (`pipeline_spec.proto`)."""

TITLES = frozenset(
    f"system.{name}"
    for name in (
        "Artifact",
        "ClassificationMetrics",
        "Dataset",
        "HTML",
        "Markdown",
        "Metrics",
        "Model",
        "SlicedClassificationMetrics",
    )
)
"""The artifacts that the SDK and Kubeflow's pages know (`kfp.dsl.types.artifact_types`)."""


def type_of(parameter: Message) -> str:
    """The name of a parameter's type."""
    return NAMES[parameter.parameter_type]


def fits(value: Message, type_: str) -> bool:
    """Whether a `google.protobuf.Value` is of the type."""
    match value.WhichOneof("kind"), type_:
        case ("number_value", "NUMBER_DOUBLE"):
            return True
        case ("number_value", "NUMBER_INTEGER"):
            return bool(value.number_value.is_integer()) and abs(value.number_value) <= MOST
        case kind, _:
            return bool(kind == _KINDS.get(type_))


_KINDS = {"STRING": "string_value", "BOOLEAN": "bool_value", "LIST": "list_value", "STRUCT": "struct_value"}


def shown(value: Message) -> str:
    """A value for people: `a number`."""
    names = {"string_value": "a string", "bool_value": "true or false", "list_value": "a list"}
    names |= {"struct_value": "a mapping", "null_value": "null"}
    kind = value.WhichOneof("kind")
    return f"the number {value.number_value:g}" if kind == "number_value" else names.get(kind, "nothing")


def may_feed(given: str, wanted: str) -> bool:
    """Whether a parameter of the one type may be given where the other is wanted."""
    return given == wanted or (given, wanted) == ("NUMBER_INTEGER", "NUMBER_DOUBLE")


def title(artifact: Message) -> str:
    """The type of an artifact, `system.Dataset`."""
    return str(artifact.artifact_type.schema_title)


def artifact_may_feed(given: Message, wanted: Message) -> bool:
    """As the SDK has it: `system.Artifact` goes with everything, others with their own title and major version."""
    if "system.Artifact" in (title(given), title(wanted)):
        return True
    versions = {item.artifact_type.schema_version.partition(".")[0] for item in (given, wanted)} - {""}
    return title(given) == title(wanted) and len(versions) <= 1
