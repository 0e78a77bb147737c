"""The document as a whole: Kubeflow's messages, filled, and their text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from types import ModuleType
from typing import Any

from mldsl import __version__
from mldsl.plan.nodes import PlanParam
from mldsl_kubeflow.document import components, executors
from mldsl_kubeflow.document.dag import Graph
from mldsl_kubeflow.document.parameters import TYPES, root_parameters
from mldsl_kubeflow.document.platform import platform
from mldsl_kubeflow.document.yaml import dumps
from mldsl_kubeflow.facts import Facts
from mldsl_kubeflow.image import Image
from mldsl_kubeflow.messages import pipeline_spec
from mldsl_kubeflow.tasks import CLOCK, NOTIFY, STEPS

Json = Any
_SCHEMA = "2.1.0"


def documents(facts: Facts, image: Image) -> list[dict[str, Json]]:
    """The pipeline's document, and the platform's where there is one.

    Raises UsageError where the messages are not installed.
    """
    from google.protobuf.json_format import MessageToDict

    module = pipeline_spec()
    pipeline: dict[str, Json] = MessageToDict(_specification(module, facts))
    pipeline["deploymentSpec"] = MessageToDict(_deployment(module, facts, image))
    more = platform(facts)
    return [pipeline] if more is None else [pipeline, more]


def text(facts: Facts, found: Sequence[dict[str, Json]]) -> str:
    """The text of the file, with a summary for people at its top."""
    return "\n".join(_summary(facts)) + "\n" + "---\n".join(map(dumps, found))


def _specification(module: ModuleType, facts: Facts) -> Any:  # noqa: ANN401 - a message
    spec = module.PipelineSpec()
    spec.pipeline_info.name = facts.name
    spec.pipeline_info.display_name = facts.plan.label
    spec.pipeline_info.description = description(facts)
    spec.schema_version = _SCHEMA
    spec.sdk_version = f"mldsl-{__version__}"
    given = root_parameters(module, facts.given)
    graph = Graph(module, facts)
    if facts.plan.settings.notify is None:
        _take(spec.root, given)
        graph.fill(spec.root.dag)
    else:
        whole = module.ComponentSpec()
        _take(whole, given)
        graph.fill(whole.dag)
        _take(spec.root, given)
        graph.whole(spec.root.dag, given)
        graph.notify(spec.root.dag)
        spec.components[facts.component(STEPS)].CopyFrom(whole)
        spec.components[facts.component(NOTIFY)].CopyFrom(components.notify(module, facts))
    for name, made in graph.graphs.items():
        spec.components[name].CopyFrom(made)
    for part in facts.parts:
        for name, made in _components(module, part):
            spec.components[name].CopyFrom(made)
    return spec


def _components(module: ModuleType, facts: Facts) -> Iterator[tuple[str, Any]]:
    """The components of tasks that run a container."""
    if facts.has_clock:
        yield facts.component(CLOCK), components.clock(module, facts)
    for task in facts.tasks:
        yield facts.component(task.name), components.component(module, facts, task)
        for name in task.fails:
            yield facts.component(name), components.failing(module, facts, task, name)


def _take(spec: Any, given: Mapping[str, Any]) -> None:  # noqa: ANN401 - a message
    for name, parameter in given.items():
        spec.input_definitions.parameters[name].CopyFrom(parameter)


def _deployment(module: ModuleType, facts: Facts, image: Image) -> Any:  # noqa: ANN401 - a message
    deployment = module.PipelineDeploymentConfig()
    for part in facts.parts:
        for name, made in _containers(module, part, image):
            deployment.executors[part.executor(name)].container.CopyFrom(made)
    if facts.plan.settings.notify is not None:
        made = executors.notifying(module, facts, image)
        deployment.executors[facts.executor(NOTIFY)].container.CopyFrom(made)
    return deployment


def _containers(module: ModuleType, facts: Facts, image: Image) -> Iterator[tuple[str, Any]]:
    """By the names of their tasks."""
    for task in facts.tasks:
        yield task.name, executors.container(module, facts, task, image)
        yield from ((name, executors.failing(module, image, f"{facts.prefix}{name}")) for name in task.fails)
    if facts.has_clock:
        yield CLOCK, executors.timing(module, facts, image)


def description(facts: Facts) -> str:
    """What people read about the pipeline, with what Kubeflow has no place of its own for."""
    settings = facts.plan.settings
    parts = [settings.description, facts.plan.doc]
    if settings.owner:
        parts.append(f"Owner: {settings.owner}")
    if settings.tags:
        parts.append(f"Tags: {', '.join(settings.tags)}")
    return "\n\n".join(part for part in parts if part)


def _summary(facts: Facts) -> Iterator[str]:
    yield f"# {_line(facts.plan.label)}: compiled by mldsl {__version__} from {_line(facts.program)}"
    if facts.given:
        yield "# parameters:"
    for name, param in facts.given.items():
        yield f"#   {name}: {_line(_said(param))}"


def _said(param: PlanParam) -> str:
    needed = ", must be given" if param.required else ""
    doc = f": {param.doc}" if param.doc else ""
    return f"{TYPES[param.type.kind]}{needed}{doc}"


def _line(text_: str) -> str:
    """One line of a comment, whatever is in it."""
    return " ".join(text_.split()).encode("ascii", "backslashreplace").decode("ascii")
