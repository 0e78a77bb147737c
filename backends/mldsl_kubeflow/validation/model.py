"""What the rules look at: the two documents as messages, and a pipeline's components as scopes with their tasks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias

# Made by protobuf at run time: mypy knows none of their fields.
Message: TypeAlias = Any

ROOT = "root"
EXIT = "ALL_UPSTREAM_TASKS_COMPLETED"
"""The strategy of an exit task."""


@dataclass(frozen=True, slots=True)
class Scope:
    """A DAG: the component `name` with its `tasks`; `place` is where its component stands in the document."""

    name: str
    place: str
    component: Message
    tasks: Mapping[str, Message]

    @property
    def inputs(self) -> Message:
        """What the component is given."""
        return self.component.input_definitions

    def at(self, task: str) -> str:
        """The place of a task."""
        return f"{self.place}.dag.tasks.{task}"


@dataclass(frozen=True, slots=True)
class Pipeline:
    """`pods` are the messages of the platform document, by the label of the executor."""

    spec: Message
    components: Mapping[str, Message]
    executors: Mapping[str, Message]
    pods: Mapping[str, Message]
    scopes: tuple[Scope, ...]

    @classmethod
    def of(cls, spec: Message, deployment: Message, pods: Mapping[str, Message]) -> Pipeline:
        """The pipeline of messages that have their shape."""
        components = dict(ordered(spec.components))
        placed = [(ROOT, ROOT, spec.root), *((name, f"components.{name}", components[name]) for name in components)]
        scopes = tuple(
            Scope(name, place, component, dict(ordered(component.dag.tasks)))
            for name, place, component in placed
            if component.HasField("dag")
        )
        return cls(spec, components, dict(ordered(deployment.executors)), pods, scopes)

    def definitions(self) -> Iterator[tuple[str, str, Message]]:
        """Every component with its name and its place, the root first."""
        yield ROOT, ROOT, self.spec.root
        for name, component in self.components.items():
            yield name, f"components.{name}", component

    def component_of(self, task: Message) -> Message | None:
        """The component that a task is made of; None for one that there is not."""
        return self.components.get(task.component_ref.name)

    def executor_of(self, component: Message | None) -> Message | None:
        """The executor of a component; None for a DAG, and for one that there is not."""
        return None if component is None else self.executors.get(component.executor_label)

    def tasks(self) -> Iterator[tuple[Scope, str, Message]]:
        """Every task of every DAG."""
        for scope in self.scopes:
            for name, task in scope.tasks.items():
                yield scope, name, task


def ordered(named: Mapping[str, Message]) -> list[tuple[str, Message]]:
    """What a map of a message holds, by name: protobuf has an order of its own, which is another one every time."""
    return sorted(named.items(), key=lambda item: item[0])


def is_exit(task: Message) -> bool:
    """Whether the backend runs the task as a hook, when what it waits for has ended either way."""
    return bool(task.trigger_policy.strategy == task.trigger_policy.TriggerStrategy.Value(EXIT))


def is_loop(task: Message) -> bool:
    """Whether the task is run once for each item of a list."""
    return task.WhichOneof("iterator") is not None


def producers(task: Message) -> set[str]:
    """The tasks that a task's inputs come from."""
    fed = [
        *(value.task_output_parameter for value in task.inputs.parameters.values() if _from_task(value)),
        *(value.task_output_artifact for value in task.inputs.artifacts.values() if _from_task(value)),
    ]
    return {output.producer_task for output in fed} | {
        value.task_final_status.producer_task
        for value in task.inputs.parameters.values()
        if value.WhichOneof("kind") == "task_final_status"
    }


def _from_task(value: Message) -> bool:
    return value.WhichOneof("kind") in ("task_output_parameter", "task_output_artifact")
