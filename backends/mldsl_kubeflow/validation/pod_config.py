"""The message `KubernetesExecutorConfig`: what a platform document says about the pod of an executor.

Its official form comes only with `kfp-kubernetes`, which needs all of Kubeflow's SDK, a client for Kubernetes and one
for Google's cloud. So the fields are a table here, of which protobuf makes the message; a test holds the table equal to
`kubernetes_executor_config.proto` of the installed `kfp-kubernetes`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from typing import TYPE_CHECKING

from mldsl_kubeflow.messages import pipeline_spec

if TYPE_CHECKING:
    from google.protobuf.descriptor_pb2 import DescriptorProto, FileDescriptorProto

    from mldsl_kubeflow.validation.model import Message

PACKAGE = "mldsl.kfp_kubernetes"

# A field is its number and its type. `*` is a list, `?` a field of which protobuf knows whether it was given, `|NAME`
# a choice that it belongs to, `map` names with strings. A type with a dot before is one of Kubeflow's pipelines.
_PARAMETER = ".TaskInputsSpec.InputParameterSpec"
_OUTPUT = ".TaskInputsSpec.InputParameterSpec.TaskOutputParameterSpec"
FIELDS: Mapping[str, Mapping[str, str]] = {
    "KubernetesExecutorConfig": {
        "secret_as_volume": "1 SecretAsVolume*",
        "secret_as_env": "2 SecretAsEnv*",
        "pvc_mount": "3 PvcMount*",
        "node_selector": "4 NodeSelector",
        "pod_metadata": "5 PodMetadata",
        "image_pull_secret": "6 ImagePullSecret*",
        "image_pull_policy": "7 string",
        "config_map_as_volume": "8 ConfigMapAsVolume*",
        "config_map_as_env": "9 ConfigMapAsEnv*",
        "active_deadline_seconds": "10 int64",
        "field_path_as_env": "11 FieldPathAsEnv*",
        "tolerations": "12 Toleration*",
        "generic_ephemeral_volume": "13 GenericEphemeralVolume*",
        "node_affinity": "14 NodeAffinityTerm*",
        "pod_affinity": "15 PodAffinityTerm*",
        "enabled_shared_memory": "16 EnabledSharedMemory",
        "empty_dir_mounts": "17 EmptyDirMount*",
        "security_context": "18 SecurityContext",
    },
    "EnabledSharedMemory": {"volume_name": "1 string", "size": "2 string"},
    "SecretAsVolume": {
        "secret_name": "1 string",
        "mount_path": "2 string",
        "optional": "3 bool?",
        "secret_name_parameter": f"4 {_PARAMETER}",
    },
    "SecretAsEnv": {
        "secret_name": "1 string",
        "key_to_env": "2 SecretAsEnv.SecretKeyToEnvMap*",
        "optional": "3 bool?",
        "secret_name_parameter": f"4 {_PARAMETER}",
    },
    "SecretAsEnv.SecretKeyToEnvMap": {"secret_key": "1 string", "env_var": "2 string"},
    "PvcMount": {
        "task_output_parameter": f"1 {_OUTPUT}|pvc_reference",
        "constant": "2 string|pvc_reference",
        "component_input_parameter": "3 string|pvc_reference",
        "mount_path": "4 string",
        "pvc_name_parameter": f"5 {_PARAMETER}",
        "sub_path": "6 string",
    },
    "NodeSelector": {"labels": "1 map", "node_selector_json": f"2 {_PARAMETER}"},
    "PodMetadata": {"labels": "1 map", "annotations": "2 map"},
    "ConfigMapAsVolume": {
        "config_map_name": "1 string",
        "mount_path": "2 string",
        "optional": "3 bool?",
        "config_map_name_parameter": f"4 {_PARAMETER}",
    },
    "ConfigMapAsEnv": {
        "config_map_name": "1 string",
        "key_to_env": "2 ConfigMapAsEnv.ConfigMapKeyToEnvMap*",
        "config_map_name_parameter": f"3 {_PARAMETER}",
        "optional": "4 bool?",
    },
    "ConfigMapAsEnv.ConfigMapKeyToEnvMap": {"config_map_key": "1 string", "env_var": "2 string"},
    "GenericEphemeralVolume": {
        "volume_name": "1 string",
        "mount_path": "2 string",
        "access_modes": "3 string*",
        "size": "4 string",
        "default_storage_class": "5 bool",
        "storage_class_name": "6 string",
        "metadata": "7 PodMetadata",
    },
    "ImagePullSecret": {"secret_name": "1 string", "secret_name_parameter": f"2 {_PARAMETER}"},
    "FieldPathAsEnv": {"name": "1 string", "field_path": "2 string"},
    "Toleration": {
        "key": "1 string",
        "operator": "2 string",
        "value": "3 string",
        "effect": "4 string",
        "toleration_seconds": "5 int64?",
        "toleration_json": f"6 {_PARAMETER}",
    },
    "SelectorRequirement": {"key": "1 string", "operator": "2 string", "values": "3 string*"},
    "NodeAffinityTerm": {
        "match_expressions": "1 SelectorRequirement*",
        "match_fields": "2 SelectorRequirement*",
        "weight": "3 int32?",
        "node_affinity_json": f"4 {_PARAMETER}",
    },
    "PodAffinityTerm": {
        "match_pod_expressions": "1 SelectorRequirement*",
        "match_pod_labels": "2 map",
        "topology_key": "3 string",
        "namespaces": "4 string*",
        "match_namespace_expressions": "5 SelectorRequirement*",
        "match_namespace_labels": "6 map",
        "weight": "7 int32?",
        "anti": "8 bool?",
    },
    "SecurityContext": {"run_as_user": "1 int64?", "run_as_group": "2 int64?", "run_as_non_root": "6 bool?"},
    "EmptyDirMount": {
        "volume_name": "1 string",
        "mount_path": "2 string",
        "medium": "3 string?",
        "size_limit": "4 string?",
    },
}


@cache
def pod_config() -> Message:
    """The class of the message. Raises UsageError where `kfp-pipeline-spec` is missing."""
    from google.protobuf import descriptor_pool, message_factory
    from google.protobuf.descriptor_pb2 import FileDescriptorProto

    pipelines = pipeline_spec()
    file = FileDescriptorProto(name="mldsl/kubernetes_executor_config.proto", package=PACKAGE, syntax="proto3")
    file.dependency.append(pipelines.DESCRIPTOR.name)
    for name, fields in FIELDS.items():
        _declare(_declared(file, name), name, fields, pipelines.DESCRIPTOR.package)
    pool = descriptor_pool.Default()
    pool.AddSerializedFile(file.SerializeToString())
    return message_factory.GetMessageClass(pool.FindMessageTypeByName(f"{PACKAGE}.KubernetesExecutorConfig"))


def _declared(file: FileDescriptorProto, name: str) -> DescriptorProto:
    outer, dot, inner = name.partition(".")
    if not dot:
        return file.message_type.add(name=name)
    return next(message for message in file.message_type if message.name == outer).nested_type.add(name=inner)


def _declare(message: DescriptorProto, full: str, fields: Mapping[str, str], pipelines: str) -> None:
    from google.protobuf.descriptor_pb2 import FieldDescriptorProto

    choices = list(dict.fromkeys(_choices(fields)))
    for choice in choices:
        message.oneof_decl.add(name=choice)
    for name, text in fields.items():
        number, _, type_ = text.partition(" ")
        kind, _, choice = type_.rstrip("*?").partition("|")
        field = message.field.add(name=name, number=int(number), label=FieldDescriptorProto.LABEL_OPTIONAL)
        if type_.endswith("*") or kind == "map":
            field.label = FieldDescriptorProto.LABEL_REPEATED
        if kind in ("string", "bool", "int32", "int64"):
            field.type = FieldDescriptorProto.Type.Value(f"TYPE_{kind.upper()}")
        elif kind == "map":
            field.type_name = f".{PACKAGE}.{full}.{_map_entry(message, name)}"
        else:
            field.type_name = f".{pipelines}{kind}" if kind.startswith(".") else f".{PACKAGE}.{kind}"
        if choice:
            field.oneof_index = choices.index(choice)
    for name in (name for name, text in fields.items() if text.endswith("?")):
        field = next(field for field in message.field if field.name == name)
        field.proto3_optional, field.oneof_index = True, len(message.oneof_decl)
        message.oneof_decl.add(name=f"_{name}")


def _choices(fields: Mapping[str, str]) -> Iterator[str]:
    return (text.partition("|")[2] for text in fields.values() if "|" in text)


def _map_entry(message: DescriptorProto, name: str) -> str:
    """A map is a list of messages with `key` and `value`, named after the field; the name of theirs."""
    from google.protobuf.descriptor_pb2 import FieldDescriptorProto

    entry = message.nested_type.add(name=f"{name.title().replace('_', '')}Entry")
    entry.options.map_entry = True
    for number, part in enumerate(("key", "value"), 1):
        entry.field.add(
            name=part,
            number=number,
            label=FieldDescriptorProto.LABEL_OPTIONAL,
            type=FieldDescriptorProto.TYPE_STRING,
        )
    return str(entry.name)
