"""What each task's inputs are fed with: that it is there, that it is of the type, that nothing is forgotten."""

from __future__ import annotations

import json
from collections.abc import Generator, Iterator
from dataclasses import dataclass

from mldsl_kubeflow.validation import placeholders
from mldsl_kubeflow.validation.cel import selector_problems
from mldsl_kubeflow.validation.model import Message, Pipeline, Scope, is_exit, ordered
from mldsl_kubeflow.validation.types import artifact_may_feed, fits, may_feed, shown, title, type_of

_INJECTED = "TASK_CONFIG"
_STATUS = "TASK_FINAL_STATUS"


@dataclass(frozen=True, slots=True)
class Fed:
    """A task with the component that it is made of."""

    pipeline: Pipeline
    scope: Scope
    name: str
    task: Message
    component: Message

    @property
    def place(self) -> str:
        """Where the task stands."""
        return self.scope.at(self.name)

    @property
    def item(self) -> str:
        """The input that a loop gives; empty for what is none."""
        return str(self.task.parameter_iterator.item_input)


def problems(pipeline: Pipeline) -> Iterator[str]:
    """What is wrong with the tasks' inputs."""
    for scope, name, task in pipeline.tasks():
        component = pipeline.component_of(task)
        if component is not None:
            fed = Fed(pipeline, scope, name, task, component)
            yield from _parameters(fed)
            yield from _artifacts(fed)
            yield from _missing(fed)
            yield from _importer(fed)
            if task.HasField("parameter_iterator"):
                yield from _loop(fed)


def _parameters(fed: Fed) -> Iterator[str]:
    wanted = fed.component.input_definitions.parameters
    for name, value in ordered(fed.task.inputs.parameters):
        place = f"{fed.place}.inputs.parameters.{name}"
        if name not in wanted:
            yield f"{place}: the component `{fed.task.component_ref.name}` has no such parameter"
        elif value.parameter_expression_selector:
            yield from (f"{place}.{text}" for text in _selected(value))
            yield from given(fed.pipeline, fed.scope, fed.task, value, None, place)
        else:
            yield from given(fed.pipeline, fed.scope, fed.task, value, wanted[name], place)


def _selected(value: Message) -> Iterator[str]:
    """What is selected may be of any type."""
    for problem in selector_problems(value.parameter_expression_selector):
        yield f"parameterExpressionSelector: {problem}"


def given(
    pipeline: Pipeline, scope: Scope, task: Message, value: Message, wanted: Message | None, place: str
) -> Iterator[str]:
    """What is wrong with where a parameter comes from; `wanted` is what it feeds, None for what may be of any type."""
    type_ = None if wanted is None else type_of(wanted)
    match value.WhichOneof("kind"):
        case "runtime_value":
            yield from _constant(value.runtime_value, type_, place)
        case "component_input_parameter":
            yield from _from_scope(scope, value.component_input_parameter, wanted, place)
        case "task_output_parameter":
            output = value.task_output_parameter
            yield from _from_task(pipeline, scope, output, type_, place)
        case "task_final_status":
            if type_ != _STATUS:
                yield f"{place}: the end of a task is {_STATUS}, and {type_} is wanted"
            if not is_exit(task):
                yield f"{place}: only an exit task is told how another ended"
            elif value.task_final_status.producer_task not in task.dependent_tasks:
                yield f"{place}.taskFinalStatus: is not of the task that it waits for"
            return
        case _:
            yield f"{place}: is fed with nothing"
    if type_ == _STATUS and value.WhichOneof("kind") != "component_input_parameter":
        yield f"{place}: is {_STATUS}, which only `taskFinalStatus` gives"


def _constant(value: Message, type_: str | None, place: str) -> Iterator[str]:
    if value.WhichOneof("value") != "constant":
        yield f"{place}.runtimeValue: the backend reads `constant` alone"
    elif type_ is not None and not fits(value.constant, type_):
        yield f"{place}: is {shown(value.constant)}, and {type_} is wanted"


def _from_scope(scope: Scope, name: str, wanted: Message | None, place: str) -> Iterator[str]:
    """A parameter of the DAG that the task is in."""
    if name not in scope.inputs.parameters:
        yield f"{place}.componentInputParameter: `{scope.place}` has no parameter `{name}`"
        return
    found = scope.inputs.parameters[name]
    if wanted is None:
        return
    if not may_feed(type_of(found), type_of(wanted)):
        yield f"{place}: `{name}` is {type_of(found)}, and {type_of(wanted)} is wanted"
    # A run, or a task that holds a DAG, that does not give it makes it null.
    if found.is_optional and not found.HasField("default_value") and not wanted.is_optional:
        yield f"{place}: `{name}` may be null, as it is optional and has no default, and a value is wanted"


def _from_task(pipeline: Pipeline, scope: Scope, output: Message, type_: str | None, place: str) -> Iterator[str]:
    producer = scope.tasks.get(output.producer_task)
    if producer is None:
        yield f"{place}.taskOutputParameter: there is no task `{output.producer_task}` in this DAG"
        return
    component = pipeline.component_of(producer)
    if component is None:
        return  # said at the task
    outputs = component.output_definitions.parameters
    if output.output_parameter_key not in outputs:
        key = output.output_parameter_key
        yield f"{place}.taskOutputParameter: `{output.producer_task}` gives no parameter `{key}`"
        return
    found = type_of(outputs[output.output_parameter_key])
    if type_ is not None and not may_feed(found, type_):
        yield f"{place}: `{output.producer_task}` gives {found}, and {type_} is wanted"


def _artifacts(fed: Fed) -> Iterator[str]:
    wanted = fed.component.input_definitions.artifacts
    for name, value in ordered(fed.task.inputs.artifacts):
        place = f"{fed.place}.inputs.artifacts.{name}"
        if name not in wanted:
            yield f"{place}: the component `{fed.task.component_ref.name}` has no such artifact"
            continue
        found = yield from _artifact(fed, value, place)
        if found is None:
            continue
        if not artifact_may_feed(found, wanted[name]):
            yield f"{place}: is fed with `{title(found)}`, and `{title(wanted[name])}` is wanted"
        if found.is_artifact_list != wanted[name].is_artifact_list:
            listed, single = ("a list", "one artifact") if found.is_artifact_list else ("one artifact", "a list")
            yield f"{place}: is fed with {listed}, and {single} is wanted"


def _artifact(fed: Fed, value: Message, place: str) -> Generator[str, None, Message | None]:
    """Yields problems, and returns the definition of what feeds."""
    match value.WhichOneof("kind"):
        case "component_input_artifact":
            name = value.component_input_artifact
            if name in fed.scope.inputs.artifacts:
                return fed.scope.inputs.artifacts[name]
            yield f"{place}.componentInputArtifact: `{fed.scope.place}` has no artifact `{name}`"
        case "task_output_artifact":
            output = value.task_output_artifact
            producer = fed.scope.tasks.get(output.producer_task)
            if producer is None:
                yield f"{place}.taskOutputArtifact: there is no task `{output.producer_task}` in this DAG"
                return None
            component = fed.pipeline.component_of(producer)
            outputs = {} if component is None else component.output_definitions.artifacts
            key = output.output_artifact_key
            if key in outputs:
                return outputs[key]
            yield f"{place}.taskOutputArtifact: `{output.producer_task}` gives no artifact `{key}`"
        case _:
            yield f"{place}: is fed with nothing"
    return None


def _missing(fed: Fed) -> Iterator[str]:
    inputs, component = fed.task.inputs, fed.task.component_ref.name
    for name, parameter in ordered(fed.component.input_definitions.parameters):
        if name in inputs.parameters or name == fed.item or type_of(parameter) == _INJECTED:
            continue
        if not parameter.is_optional and not parameter.HasField("default_value"):
            yield f"{fed.place}.inputs.parameters: `{name}` of `{component}` is not given, and has no default"
        elif not parameter.is_optional:
            yield (
                f"{fed.place}.inputs.parameters: `{name}` of `{component}` is not given, and the driver takes its "
                "default only where it has `isOptional`"
            )
    for name, artifact in ordered(fed.component.input_definitions.artifacts):
        if name not in inputs.artifacts and not artifact.is_optional:
            yield f"{fed.place}.inputs.artifacts: `{name}` of `{component}` is not given"
    yield from _not_put_in(fed)


def _not_put_in(fed: Fed) -> Iterator[str]:
    executor = fed.pipeline.executor_of(fed.component)
    if executor is None or not executor.HasField("container"):
        return
    needed = placeholders.needed([*executor.container.command, *executor.container.args])
    definitions = fed.component.input_definitions.parameters
    for name in sorted(needed - set(fed.task.inputs.parameters) - {fed.item}):
        if name in definitions and definitions[name].is_optional:
            yield (
                f"{fed.place}.inputs.parameters: `{name}` is not given, and the driver that puts it into the command "
                "knows no defaults"
            )


def _importer(fed: Fed) -> Iterator[str]:
    executor = fed.pipeline.executor_of(fed.component)
    if executor is None or not executor.importer.artifact_uri.runtime_parameter:
        return
    name = executor.importer.artifact_uri.runtime_parameter
    if name in fed.task.inputs.parameters:
        kind = fed.task.inputs.parameters[name].WhichOneof("kind")
        if kind != "component_input_parameter":
            yield f"{fed.place}.inputs.parameters.{name}: an importer reads a parameter of its DAG alone"


def _loop(fed: Fed) -> Iterator[str]:
    iterator, place = fed.task.parameter_iterator, f"{fed.place}.parameterIterator"
    inputs = fed.component.input_definitions.parameters
    if fed.item not in inputs:
        yield f"{place}.itemInput: the component `{fed.task.component_ref.name}` has no parameter `{fed.item}`"
        return
    if fed.item in fed.task.inputs.parameters:
        yield f"{place}.itemInput: `{fed.item}` is given by the task as well"
    if iterator.items.WhichOneof("kind") == "raw":
        yield from _raw(iterator.items.raw, type_of(inputs[fed.item]), f"{place}.items.raw")
        return
    name = iterator.items.input_parameter
    if name not in fed.task.inputs.parameters or name not in inputs:
        yield f"{place}.items: the task gives no parameter `{name}`"
    elif type_of(inputs[name]) not in ("LIST", "STRING"):
        yield f"{place}.items: `{name}` is {type_of(inputs[name])}, and a list is wanted"


def _raw(text: str, type_: str, place: str) -> Iterator[str]:
    from google.protobuf.json_format import ParseDict
    from google.protobuf.struct_pb2 import Value

    try:
        items = json.loads(text)
    except ValueError:
        items = None
    if not isinstance(items, list):
        yield f"{place}: is not a list in JSON"
        return
    for index, item in enumerate(items):
        value = ParseDict(item, Value())
        if not fits(value, type_):
            yield f"{place}: item {index} is {shown(value)}, and {type_} is wanted"
            return
