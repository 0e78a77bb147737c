"""The workflow that the backend makes of a pipeline for Argo: its names, none of them given twice.

What becomes what is in `argocompiler`: `dag.go` (templates, tasks), `argo.go` (parameters of the workflow).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator

from mldsl_kubeflow.validation.model import ROOT, Pipeline, is_exit, is_loop

LONGEST = 128
"""Characters of a name in Argo (`workflowFieldMaxLength`)."""

_TASK = re.compile(r"[a-z0-9]([-a-z0-9]*[a-z0-9])?")
_COMPONENT = re.compile(r"[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?")
_DRIVER = "-driver"
_OWN = (
    "entrypoint",
    "system-dag-driver",
    "system-container-driver",
    "system-container-executor",
    "system-container-impl",
    "system-importer",
    "system-importer-workspace",
    "retry-system-container-executor",
    "retry-system-container-impl",
)
"""Templates that the backend adds itself."""


def problems(pipeline: Pipeline) -> Iterator[str]:
    """What is wrong with the names, and what would be taken for one another."""
    for name in pipeline.components:
        if not _COMPONENT.fullmatch(name):
            yield f"components.{name}: the name is not of letters, digits and `-`"
    for scope, name, _ in pipeline.tasks():
        place = scope.at(name)
        if not _TASK.fullmatch(name):
            yield f"{place}: the name `{name}` is not of lower-case letters, digits and `-`"
        elif len(name) + len(_DRIVER) > LONGEST:
            yield f"{place}: the name has {len(name)} characters, of which there may be {LONGEST - len(_DRIVER)}"
        if f"{name}{_DRIVER}" in scope.tasks:
            yield f"{place}: the backend calls the driver of `{name}` as the task `{name}{_DRIVER}` is called"
    yield from _templates(pipeline)
    yield from _equal_containers(pipeline)


def _templates(pipeline: Pipeline) -> Iterator[str]:
    """A template for each DAG, each exit task and two for each loop, as `addTemplate` gets them."""
    places: dict[str, list[str]] = defaultdict(list)
    for name in _OWN:
        places[name].append("the backend itself")
    for scope in pipeline.scopes:
        places[scope.name].append(scope.place)
        for name, task in scope.tasks.items():
            place, component = scope.at(name), task.component_ref.name
            if is_exit(task):
                places[f"exit-hook-{scope.name}-{name}"].append(place)
            if is_loop(task):
                places[f"{component}-{name}-iterator"].append(place)
                places[f"{component}-iteration"].append(place)
    for template, of in places.items():
        if len(of) > 1:
            yield f"{of[-1]}: Argo's template `{template}` is that of {of[0]} already"
        elif len(template) > LONGEST:
            yield f"{of[0]}: Argo's template `{template}` has more than {LONGEST} characters"


def _equal_containers(pipeline: Pipeline) -> Iterator[str]:
    """The workflow keeps a component by the hash of its container (`hashComponentContainer`), and the first one wins.

    Two components with one container would both get the inputs and outputs of the first.
    """
    first: dict[bytes, str] = {}
    for name, component in pipeline.components.items():
        executor = pipeline.executor_of(component)
        if name == ROOT or executor is None or not executor.HasField("container"):
            continue
        container = executor.container.SerializeToString(deterministic=True)
        other = first.setdefault(container, name)
        found = pipeline.components[other]
        if (found.input_definitions, found.output_definitions) != (
            component.input_definitions,
            component.output_definitions,
        ):
            yield (
                f"components.{name}: has the container of `{other}` and other inputs or outputs: the backend tells "
                "components apart by their containers"
            )
