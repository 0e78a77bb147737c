"""Each component's definition: what it takes and gives, what it is made of, and that somebody uses it."""

from __future__ import annotations

import re
from collections.abc import Iterator

import networkx as nx

from mldsl_kubeflow.validation.header import LONGEST_TEXT
from mldsl_kubeflow.validation.model import ROOT, Message, Pipeline, ordered
from mldsl_kubeflow.validation.types import TITLES, UNTYPED, fits, shown, title, type_of

# What is written between quotes in conditions and placeholders, and in paths of files.
_NAME = re.compile(r"[A-Za-z0-9_][A-Za-z0-9_.-]*")
_VERSION = re.compile(r"\d+\.\d+\.\d+")
_LOGS = "executor-logs"
"""The artifact that the driver adds to every task (`provisionOutputs`)."""


def problems(pipeline: Pipeline) -> Iterator[str]:
    """What is wrong with the components."""
    for name, place, component in pipeline.definitions():
        if name != ROOT:
            yield from _implementation(pipeline, name, place, component)
        yield from _inputs(component.input_definitions, f"{place}.inputDefinitions")
        yield from _outputs(component.output_definitions, f"{place}.outputDefinitions")
    yield from _unused(pipeline)
    yield from _circles(pipeline)


def _implementation(pipeline: Pipeline, name: str, place: str, component: Message) -> Iterator[str]:
    if name == ROOT:
        yield f"{place}: the name `{ROOT}` is that of the pipeline itself"
    kind = component.WhichOneof("implementation")
    if kind is None:
        yield f"{place}: has neither `dag` nor `executorLabel`"
    elif kind == "executor_label" and component.executor_label not in pipeline.executors:
        yield f"{place}.executorLabel: there is no executor `{component.executor_label}`"


def _inputs(definitions: Message, place: str) -> Iterator[str]:
    for name, parameter in ordered(definitions.parameters):
        at = f"{place}.parameters.{name}"
        yield from _parameter(name, parameter, at)
        type_ = type_of(parameter)
        values = [("defaultValue", parameter.default_value)] if parameter.HasField("default_value") else []
        values += [(f"literals[{index}]", value) for index, value in enumerate(parameter.literals)]
        for field, value in values:
            if type_ != UNTYPED and not fits(value, type_):
                yield f"{at}.{field}: is {shown(value)}, and the parameter is {type_}"
    for name, artifact in ordered(definitions.artifacts):
        yield from _artifact(name, artifact, f"{place}.artifacts.{name}")


def _outputs(definitions: Message, place: str) -> Iterator[str]:
    for name, parameter in ordered(definitions.parameters):
        yield from _parameter(name, parameter, f"{place}.parameters.{name}")
    for name, artifact in ordered(definitions.artifacts):
        yield from _artifact(name, artifact, f"{place}.artifacts.{name}")
        if name == _LOGS:
            yield f"{place}.artifacts.{name}: the backend has an artifact of this name of its own"
    for name in sorted(set(definitions.parameters) & set(definitions.artifacts)):
        yield f"{place}: `{name}` is a parameter and an artifact"


def _parameter(name: str, parameter: Message, place: str) -> Iterator[str]:
    yield from _described(name, parameter, place)
    if type_of(parameter) == UNTYPED:
        yield f"{place}: has no `parameterType`"


def _artifact(name: str, artifact: Message, place: str) -> Iterator[str]:
    yield from _described(name, artifact, place)
    if title(artifact) not in TITLES:
        yield f"{place}.artifactType: there is no artifact `{title(artifact)}`"
    version = artifact.artifact_type.schema_version
    if version and not _VERSION.fullmatch(version):
        yield f"{place}.artifactType.schemaVersion: `{version}` is not a version such as 0.0.1"


def _described(name: str, item: Message, place: str) -> Iterator[str]:
    if not _NAME.fullmatch(name):
        yield f"{place}: the name `{name}` is not of letters, digits, `_`, `-` and `.`"
    if len(item.description) > LONGEST_TEXT:
        yield f"{place}.description: has {len(item.description)} characters, of which there may be {LONGEST_TEXT}"


def _unused(pipeline: Pipeline) -> Iterator[str]:
    used = {task.component_ref.name for _, _, task in pipeline.tasks()}
    for name in sorted(set(pipeline.components) - used):
        yield f"components.{name}: no task uses it"
    labels = {component.executor_label for component in pipeline.components.values()}
    for label in sorted(set(pipeline.executors) - labels):
        yield f"deploymentSpec.executors.{label}: no component uses it"


def _circles(pipeline: Pipeline) -> Iterator[str]:
    """The backend looks at each component once, and Argo would start pods for ever."""
    uses: nx.DiGraph[str] = nx.DiGraph()
    for scope, _, task in pipeline.tasks():
        uses.add_edge(scope.name, task.component_ref.name)
    for names in nx.strongly_connected_components(uses):
        if len(names) > 1 or any(uses.has_edge(name, name) for name in names):
            yield f"components.{min(names)}: contains itself, by way of {', '.join(f'`{n}`' for n in sorted(names))}"
