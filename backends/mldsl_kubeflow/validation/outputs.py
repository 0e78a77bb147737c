"""What each DAG gives: that it comes from one of its tasks, and is of the type."""

from __future__ import annotations

from collections.abc import Generator, Iterator

from mldsl_kubeflow.validation.model import Message, Pipeline, Scope, is_loop, ordered
from mldsl_kubeflow.validation.types import artifact_may_feed, may_feed, title, type_of


def problems(pipeline: Pipeline) -> Iterator[str]:
    """What is wrong with the DAGs' outputs."""
    looped = {task.component_ref.name for _, _, task in pipeline.tasks() if is_loop(task)}
    for scope in pipeline.scopes:
        defined, given = scope.component.output_definitions, scope.component.dag.outputs
        for kind, wanted, found in (
            ("parameters", set(defined.parameters), set(given.parameters)),
            ("artifacts", set(defined.artifacts), set(given.artifacts)),
        ):
            for name in sorted(wanted - found):
                yield f"{scope.place}.dag.outputs.{kind}: `{name}` is defined, and comes from no task"
            for name in sorted(found - wanted):
                yield f"{scope.place}.dag.outputs.{kind}.{name}: the component defines no such output"
        yield from _parameters(pipeline, scope, scope.name in looped)
        yield from _artifacts(pipeline, scope, scope.name in looped)


def _parameters(pipeline: Pipeline, scope: Scope, looped: bool) -> Iterator[str]:
    for name, output in ordered(scope.component.dag.outputs.parameters):
        place = f"{scope.place}.dag.outputs.parameters.{name}"
        selectors = _selectors(output)
        if not selectors:
            yield f"{place}: comes from no task"
        for selector in selectors:
            outputs = yield from _given(pipeline, scope, selector.producer_subtask, place)
            if outputs is None:
                continue
            key = selector.output_parameter_key
            if key not in outputs.parameters:
                yield f"{place}: `{selector.producer_subtask}` gives no parameter `{key}`"
            elif name in scope.component.output_definitions.parameters:
                found = type_of(outputs.parameters[key])
                wanted = type_of(scope.component.output_definitions.parameters[name])
                if looped and wanted != "LIST":
                    yield f"{place}: is {wanted}, and what a loop gives is a LIST"
                elif not looped and not may_feed(found, wanted):
                    yield f"{place}: `{selector.producer_subtask}` gives {found}, and {wanted} is wanted"


def _artifacts(pipeline: Pipeline, scope: Scope, looped: bool) -> Iterator[str]:
    for name, output in ordered(scope.component.dag.outputs.artifacts):
        place = f"{scope.place}.dag.outputs.artifacts.{name}"
        if not output.artifact_selectors:
            yield f"{place}: comes from no task"
        for selector in output.artifact_selectors:
            outputs = yield from _given(pipeline, scope, selector.producer_subtask, place)
            if outputs is None:
                continue
            key = selector.output_artifact_key
            if key not in outputs.artifacts:
                yield f"{place}: `{selector.producer_subtask}` gives no artifact `{key}`"
            elif name in scope.component.output_definitions.artifacts:
                found, wanted = outputs.artifacts[key], scope.component.output_definitions.artifacts[name]
                if not artifact_may_feed(found, wanted):
                    yield f"{place}: `{selector.producer_subtask}` gives `{title(found)}`, not `{title(wanted)}`"
                if looped and not wanted.is_artifact_list:
                    yield f"{place}: what a loop gives is a list"


def _selectors(output: Message) -> list[Message]:
    if output.WhichOneof("kind") == "value_from_parameter":
        return [output.value_from_parameter]
    return list(output.value_from_oneof.parameter_selectors)


def _given(pipeline: Pipeline, scope: Scope, name: str, place: str) -> Generator[str, None, Message | None]:
    """Yields problems, and returns what the task gives."""
    if name not in scope.tasks:
        yield f"{place}: there is no task `{name}` in this DAG"
        return None
    component = pipeline.component_of(scope.tasks[name])
    return None if component is None else component.output_definitions
