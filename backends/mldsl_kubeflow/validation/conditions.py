"""Conditions of tasks: CEL over the inputs that the task has when the backend's driver computes it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from mldsl_kubeflow.validation.cel import condition_problems
from mldsl_kubeflow.validation.model import Message, Pipeline
from mldsl_kubeflow.validation.types import type_of


def problems(pipeline: Pipeline) -> Iterator[str]:
    """What is wrong with the conditions."""
    for scope, name, task in pipeline.tasks():
        component = pipeline.component_of(task)
        if component is not None and task.trigger_policy.condition:
            parameters = _parameters(task, component)
            artifacts = frozenset(task.inputs.artifacts)
            for problem in condition_problems(task.trigger_policy.condition, parameters, artifacts):
                yield f"{scope.at(name)}.triggerPolicy.condition: {problem}"


def _parameters(task: Message, component: Message) -> Mapping[str, str]:
    """The types of the parameters that there are then (`resolveInputs` of `driver/resolve.go`).

    Those that the task gives; of a DAG those that have defaults as well. An iteration has not the list any more, and
    the loop not yet the item.
    """
    definitions = component.input_definitions.parameters
    there = set(task.inputs.parameters)
    if component.HasField("dag"):
        there |= {name for name, parameter in definitions.items() if parameter.HasField("default_value")}
    there -= {task.parameter_iterator.item_input, task.parameter_iterator.items.input_parameter}
    return {name: type_of(definitions[name]) for name in sorted(there) if name in definitions}
