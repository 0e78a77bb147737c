"""The tasks of each DAG: what they wait for, when they run, how often, and how often again."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

import networkx as nx

from mldsl_kubeflow.validation.model import Message, Pipeline, Scope, is_exit, is_loop, producers


def problems(pipeline: Pipeline) -> Iterator[str]:
    """What is wrong with the tasks themselves; what they are fed is looked at in `feeds`."""
    for scope in pipeline.scopes:
        if all(is_exit(task) for task in scope.tasks.values()):
            yield f"{scope.place}.dag: has no task but exit tasks" if scope.tasks else f"{scope.place}.dag: has no task"
        for name, task in scope.tasks.items():
            place = scope.at(name)
            yield from _made_of(pipeline, task, place)
            yield from _order(scope, name, task, place)
            yield from _retries(task.retry_policy, f"{place}.retryPolicy") if task.HasField("retry_policy") else ()
            if is_exit(task):
                yield from _exit(pipeline, scope, task, place)
        yield from _hooks(scope)
        yield from _circles(scope)


def _made_of(pipeline: Pipeline, task: Message, place: str) -> Iterator[str]:
    if not task.task_info.name:
        yield f"{place}.taskInfo.name: is missing"
    component = pipeline.component_of(task)
    if component is None:
        yield f"{place}.componentRef: there is no component `{task.component_ref.name}`"
        return
    executor = pipeline.executor_of(component)
    if executor is not None and executor.WhichOneof("spec") == "importer":
        if task.trigger_policy.condition:
            yield f"{place}.triggerPolicy.condition: the backend has no conditions on importers"
        if is_loop(task):
            yield f"{place}: the backend gives an importer no item of a loop"
    if task.HasField("artifact_iterator"):
        yield f"{place}.artifactIterator: the backend has loops over parameters alone"
    if task.HasField("iterator_policy") and not is_loop(task):
        yield f"{place}.iteratorPolicy: is about loops, and the task is none"
    if task.iterator_policy.parallelism_limit < 0:
        yield f"{place}.iteratorPolicy.parallelismLimit: is below 0"


def _order(scope: Scope, name: str, task: Message, place: str) -> Iterator[str]:
    listed = list(task.dependent_tasks)
    for other in listed:
        if other not in scope.tasks:
            yield f"{place}.dependentTasks: there is no task `{other}` in this DAG"
        elif is_exit(scope.tasks[other]):
            yield f"{place}.dependentTasks: `{other}` is an exit task, and nothing can wait for one"
    for other in sorted({other for other in listed if listed.count(other) > 1}):
        yield f"{place}.dependentTasks: `{other}` is there twice"
    for other in sorted(producers(task) & set(scope.tasks) - set(listed)):
        yield f"{place}.dependentTasks: `{other}` is missing, which `{name}` gets something from"


def _retries(policy: Message, place: str) -> Iterator[str]:
    """The compiler keeps whole seconds, and Argo's factor is a whole number; a longest time of 0 is none at all."""
    if policy.max_retry_count < 0:
        yield f"{place}.maxRetryCount: is below 0"
    for field, duration in (
        ("backoffDuration", policy.backoff_duration),
        ("backoffMaxDuration", policy.backoff_max_duration),
    ):
        if duration.nanos or duration.seconds < 0:
            yield f"{place}.{field}: is not in whole seconds"
    if policy.backoff_factor < 0 or policy.backoff_factor % 1:
        yield f"{place}.backoffFactor: {policy.backoff_factor:g} is not a whole number"
    if policy.max_retry_count and policy.backoff_max_duration.seconds < 1:
        yield f"{place}.backoffMaxDuration: without a longest time Argo tries nothing again"


def _exit(pipeline: Pipeline, scope: Scope, task: Message, place: str) -> Iterator[str]:
    """An exit task becomes a hook of the task that it waits for (`argocompiler/dag.go`)."""
    if is_loop(task):
        yield f"{place}: an exit task cannot be a loop"
    waits = sorted(set(task.dependent_tasks) | producers(task))
    if len(waits) != 1:
        yield f"{place}.dependentTasks: an exit task waits for one task, this one for {len(waits)}"
    for other in (other for other in waits if other in scope.tasks):
        found = scope.tasks[other]
        executor = pipeline.executor_of(pipeline.component_of(found))
        if is_loop(found) or (executor is not None and executor.WhichOneof("spec") == "importer"):
            kind = "a loop" if is_loop(found) else "an importer"
            yield f"{place}.dependentTasks: `{other}` is {kind}, of which the backend tells no exit task"


def _hooks(scope: Scope) -> Iterator[str]:
    """A task has one hook."""
    hooks: dict[str, str] = {}
    for name, task in scope.tasks.items():
        for other in task.dependent_tasks if is_exit(task) else ():
            if other in hooks:
                yield f"{scope.at(name)}.dependentTasks: `{other}` has the exit task `{hooks[other]}` already"
            hooks.setdefault(other, name)


def _circles(scope: Scope) -> Iterator[str]:
    waits: Mapping[str, set[str]] = {name: set(task.dependent_tasks) for name, task in scope.tasks.items()}
    order = nx.DiGraph((name, other) for name, others in waits.items() for other in others if other in scope.tasks)
    for names in nx.strongly_connected_components(order):
        if len(names) > 1 or any(order.has_edge(name, name) for name in names):
            listed = ", ".join(f"`{name}`" for name in sorted(names))
            yield f"{scope.at(min(names))}.dependentTasks: waits for itself, by way of {listed}"
