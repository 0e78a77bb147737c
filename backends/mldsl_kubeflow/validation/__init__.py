"""Strict validation of what is written for Kubeflow: everything that its backend refuses at submission or at run time.

Kubeflow's SDK loads a document that its backend refuses, and the backend takes one that it fails on hours later, or of
which it leaves out what it does not know. The rules come from the backend's own code (`backend/src/apiserver/template`,
`backend/src/v2/compiler/argocompiler` and `backend/src/v2/driver` of kubeflow/pipelines), from what Argo and Kubernetes
take of what it makes, and from the messages. See docs/decisions/kubeflow-validation.md.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import chain

from mldsl_kubeflow.messages import pipeline_spec
from mldsl_kubeflow.validation import (
    argo,
    components,
    conditions,
    containers,
    feeds,
    header,
    outputs,
    pods,
    tasks,
)
from mldsl_kubeflow.validation.model import Pipeline
from mldsl_kubeflow.validation.pod_config import pod_config
from mldsl_kubeflow.validation.shape import joined, shape

__all__ = ["problems"]

_RULES = (
    header.problems,
    components.problems,
    containers.problems,
    tasks.problems,
    feeds.problems,
    outputs.problems,
    conditions.problems,
    argo.problems,
    pods.problems,
)
_PODS = "platforms.kubernetes.deploymentSpec.executors"


def problems(documents: Sequence[Mapping[str, object]]) -> list[str]:
    """What is wrong with a pipeline document and, if there is one, its platform document, as read from YAML.

    Each problem is one sentence that begins with its place: `root.dag.tasks.churn: there is no component `comp-chrun``.
    A document that has not the fields of its messages is judged by nothing else. Raises UsageError where
    `kfp-pipeline-spec` is missing.
    """
    return [_printable(problem) for problem in _found(documents)]


def _found(documents: Sequence[Mapping[str, object]]) -> Iterable[str]:
    from google.protobuf.json_format import ParseError

    if not documents:
        return ["there is no pipeline document"]
    if found := [*_number(documents), *_shapes(documents)]:
        return found
    try:
        pipeline = _pipeline(documents)
    except ParseError as error:  # a number beyond what the message can hold, say
        return [str(error)]
    return chain.from_iterable(rule(pipeline) for rule in _RULES)


def _printable(text: str) -> str:
    """One line, whatever is called how in a document."""
    return "".join(sign if sign.isprintable() else repr(sign)[1:-1] for sign in text)


def _number(documents: Sequence[Mapping[str, object]]) -> Iterator[str]:
    if len(documents) > 2:
        yield f"there are {len(documents)} documents, where a pipeline and at most one platform document are wanted"


def _shapes(documents: Sequence[Mapping[str, object]]) -> Iterator[str]:
    """The messages, and those inside of what protobuf takes for anything that JSON can say."""
    messages = pipeline_spec()
    yield from shape(documents[0], messages.PipelineSpec.DESCRIPTOR, "")
    deployment = _at(documents[0], "deploymentSpec")
    if deployment is not None:
        yield from shape(deployment, messages.PipelineDeploymentConfig.DESCRIPTOR, "deploymentSpec")
    for document in documents[1:]:
        yield from shape(document, messages.PlatformSpec.DESCRIPTOR, "")
        yield from _platforms(document)
        pods_ = _at(document, *_PODS.split("."))
        for label, pod in pods_.items() if isinstance(pods_, Mapping) else ():
            yield from shape(pod, pod_config().DESCRIPTOR, joined(_PODS, str(label)))


def _platforms(document: Mapping[str, object]) -> Iterator[str]:
    """The backend leaves out a platform document without Kubernetes, and says nothing."""
    platforms = document.get("platforms")
    names = list(platforms) if isinstance(platforms, Mapping) else []
    if names != ["kubernetes"]:
        listed = ", ".join(f"`{name}`" for name in names) or "nothing"
        yield f"platforms: is about {listed}, where the backend knows `kubernetes` alone"


def _pipeline(documents: Sequence[Mapping[str, object]]) -> Pipeline:
    from google.protobuf.json_format import ParseDict

    messages = pipeline_spec()
    deployment = _at(documents[0], "deploymentSpec") or {}
    found = _at(documents[1], *_PODS.split(".")) if len(documents) > 1 else None
    configs = found if isinstance(found, Mapping) else {}
    return Pipeline.of(
        ParseDict(documents[0], messages.PipelineSpec()),
        ParseDict(deployment, messages.PipelineDeploymentConfig()),
        {str(label): ParseDict(pod, pod_config()()) for label, pod in configs.items()},
    )


def _at(value: object, *names: str) -> object:
    for name in names:
        value = value.get(name) if isinstance(value, Mapping) else None
    return value
