"""Executors: what a container runs with which resources, what an importer brings in."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mldsl_kubeflow.validation import placeholders
from mldsl_kubeflow.validation.kubernetes_names import is_key, is_variable, quantity
from mldsl_kubeflow.validation.model import Message, Pipeline
from mldsl_kubeflow.validation.types import TITLES

_OF_LAUNCHER = ("KFP_POD_NAME", "KFP_POD_UID", "KFP_RETRY_INDEX")


def problems(pipeline: Pipeline) -> Iterator[str]:
    """What is wrong with the executors."""
    for name, component in pipeline.components.items():
        executor = pipeline.executor_of(component)
        if executor is None:
            continue
        place = f"deploymentSpec.executors.{component.executor_label}"
        kind = executor.WhichOneof("spec")
        if kind == "container":
            yield from _container(executor.container, component, f"{place}.container")
        elif kind == "importer":
            yield from _importer(executor.importer, component, f"{place}.importer")
        else:
            yield f"{place}: the backend runs containers and importers alone (`{name}` is made of it)"


def _container(container: Message, component: Message, place: str) -> Iterator[str]:
    if not container.image:
        yield f"{place}.image: is missing"
    elif container.image != container.image.strip() or any(c.isspace() for c in container.image):
        yield f"{place}.image: `{container.image}` has spaces"
    yield from placeholders.in_text(container.image, component, f"{place}.image")
    if not container.command and not container.args:
        yield f"{place}: has neither `command` nor `args`: the launcher does not run what the image says"
    yield from placeholders.problems(container.command, component, f"{place}.command")
    yield from placeholders.problems(container.args, component, f"{place}.args")
    if container.HasField("lifecycle"):
        yield f"{place}.lifecycle: the backend has no such hooks"
    yield from _environment(container, f"{place}.env")
    yield from _resources(container.resources, component, f"{place}.resources")


def _environment(container: Message, place: str) -> Iterator[str]:
    for index, variable in enumerate(container.env):
        if not is_variable(variable.name):
            yield f"{place}[{index}]: `{variable.name}` cannot be the name of a variable"
        elif variable.name in _OF_LAUNCHER:
            yield f"{place}[{index}]: `{variable.name}` is set by the backend"
        if "{{$" in variable.value:
            yield f"{place}[{index}]: the backend puts nothing in for `{variable.value}` in a variable"
    for name, times in Counter(variable.name for variable in container.env).items():
        if times > 1:
            yield f"{place}: `{name}` is set {times} times"


def _resources(resources: Message, component: Message, place: str) -> Iterator[str]:
    for field, text in _quantities(resources):
        if text.startswith("{{"):
            yield from placeholders.in_text(text, component, f"{place}.{field}")
        elif text and quantity(text) is None:
            yield f"{place}.{field}: `{text}` is not a quantity such as 500m or 4Gi"
    for what in ("cpu", "memory"):
        request, limit = (quantity(getattr(resources, f"resource_{what}_{side}")) for side in ("request", "limit"))
        if request is not None and limit is not None and request > limit:
            yield f"{place}: asks for more {what} than its limit"
    if resources.HasField("accelerator"):
        yield from _accelerator(resources.accelerator, f"{place}.accelerator")


def _quantities(resources: Message) -> Iterator[tuple[str, str]]:
    for what in ("Cpu", "Memory"):
        for side in ("Request", "Limit"):
            yield f"resource{what}{side}", getattr(resources, f"resource_{what}_{side}".lower())


def _accelerator(accelerator: Message, place: str) -> Iterator[str]:
    """The driver leaves one out that has not both, and says nothing."""
    if not accelerator.resource_type or not accelerator.resource_count:
        yield f"{place}: needs both `resourceType` and `resourceCount`"
        return
    if not accelerator.resource_type.startswith("{{") and not is_key(accelerator.resource_type):
        yield f"{place}.resourceType: `{accelerator.resource_type}` cannot be the name of a resource"
    count = accelerator.resource_count
    if not count.startswith("{{") and not (count.isascii() and count.isdigit() and int(count) > 0):
        yield f"{place}.resourceCount: `{count}` is not a number of accelerators"


def _importer(importer: Message, component: Message, place: str) -> Iterator[str]:
    kind = importer.artifact_uri.WhichOneof("value")
    if kind == "constant":
        if not importer.artifact_uri.constant.string_value:
            yield f"{place}.artifactUri: is not an address"
    elif kind != "runtime_parameter":
        yield f"{place}.artifactUri: is missing"
    elif importer.artifact_uri.runtime_parameter not in component.input_definitions.parameters:
        yield f"{place}.artifactUri: the component has no parameter `{importer.artifact_uri.runtime_parameter}`"
    if importer.type_schema.schema_title not in TITLES:
        yield f"{place}.typeSchema: there is no artifact `{importer.type_schema.schema_title}`"
    made = list(component.output_definitions.artifacts.values())
    if len(made) != 1:
        yield f"{place}: its component has {len(made)} output artifacts, where an importer makes one"
    elif made[0].artifact_type.schema_title != importer.type_schema.schema_title:
        title = made[0].artifact_type.schema_title
        yield f"{place}.typeSchema: is `{importer.type_schema.schema_title}`, and its component makes `{title}`"
