"""The table of `KubernetesExecutorConfig` is what `kfp-kubernetes` has, so far as it goes."""

from importlib.util import find_spec, module_from_spec, spec_from_file_location
from pathlib import Path

import pytest
from mldsl_kubeflow.validation.pod_config import FIELDS, PACKAGE, pod_config

from tests.support.services import missing

_FILE = "kubernetes/kubernetes_executor_config_pb2.py"


@pytest.fixture(scope="module")
def official():
    """The messages of `kfp-kubernetes`, by their names, without running the SDK."""
    folders = find_spec("kfp").submodule_search_locations
    found = [
        file for folder in folders if (file := Path(folder, "kubernetes/kubernetes_executor_config_pb2.py")).exists()
    ]
    if not found:
        missing("kfp-kubernetes")
    spec = spec_from_file_location("official_pods", found[0])
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return _messages(module.KubernetesExecutorConfig.DESCRIPTOR, {})


def test_each_field_is_the_official_one(official):
    ours = _messages(pod_config().DESCRIPTOR, {})
    for name, fields in ours.items():
        for field, facts in fields.items():
            assert official[name].get(field) == facts, f"{name}.{field}"


def test_no_message_is_there_for_nothing(official):
    assert set(_messages(pod_config().DESCRIPTOR, {})) >= set(FIELDS)
    assert set(FIELDS) <= set(official)


def _messages(message, found):
    """What is known of the fields of a message, and of those in it, by the messages' names."""
    name = _short(message.full_name)
    if name not in found:
        found[name] = {field.name: _facts(field) for field in message.fields}
        for field in message.fields:
            if field.message_type is not None and "kfp_kubernetes." in field.message_type.full_name:
                _messages(field.message_type, found)
    return found


def _facts(field):
    choice = field.containing_oneof.name if field.containing_oneof is not None else None
    type_ = _short(field.message_type.full_name) if field.message_type is not None else field.cpp_type
    return field.number, field.json_name, type_, field.is_repeated, field.has_presence, choice


def _short(name):
    return name.removeprefix(f"{PACKAGE}.").removeprefix("kfp_kubernetes.")
