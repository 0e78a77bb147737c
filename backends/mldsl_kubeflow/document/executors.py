"""What containers run: the worker, told which steps; and the small command of a task that only has to fail."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from types import ModuleType
from typing import Any

from mldsl.backend.asked import Asked
from mldsl.plan.ports import MESSAGE
from mldsl_kubeflow.facts import Facts
from mldsl_kubeflow.image import Image
from mldsl_kubeflow.tasks import Task

# The local runner of Kubeflow's SDK takes only commands that hold this text; to a shell it is a comment.
_FOR_LOCAL_RUNNER = "# kfp.dsl.executor_main"
# The kind of device where the program names none.
_DEVICE = "nvidia.com/gpu"
_WITHOUT = "error: this image has no mldsl for python3: build it from the Dockerfile beside pipeline.yaml"
_WORKER = f"""\
python3 -c 'import importlib.util as u, sys; sys.exit(not u.find_spec("mldsl"))' || {{ echo "{_WITHOUT}" >&2; exit 2; }}
exec python3 -m mldsl.runtime.worker.kubeflow "$@" {_FOR_LOCAL_RUNNER}"""
_FAIL = f"""\
printf 'error: %s\\n' "$1" >&2
exit 3 {_FOR_LOCAL_RUNNER}"""


def container(module: ModuleType, facts: Facts, task: Task, image: Image) -> Any:  # noqa: ANN401 - a message
    """The container of a task that carries steps out, or makes a share of trials."""
    spec = _container(module, image.name, _WORKER, list(_words(facts, task, image)))
    _resources(spec.resources, task.asked)
    return spec


def failing(module: ModuleType, image: Image, name: str) -> Any:  # noqa: ANN401 - a message
    """The container of the task of that name, which fails with the message of a gate.

    The name is among its words because Kubeflow's backend tells components apart by what their containers are.
    """
    return _container(module, image.name, _FAIL, [f"{{{{$.inputs.parameters['{MESSAGE}']}}}}"], name)


def notifying(module: ModuleType, facts: Facts, image: Image) -> Any:  # noqa: ANN401 - a message
    """The container of the task that tells of a failed run."""
    return _container(module, image.name, _WORKER, [*_common(facts, image), "--notify"])


def timing(module: ModuleType, facts: Facts, image: Image) -> Any:  # noqa: ANN401 - a message
    """The container of the task that says when the run is."""
    return _container(module, image.name, _WORKER, [*_common(facts, image), "--clock"])


def _container(module: ModuleType, image: str, script: str, words: Sequence[str], name: str = "mldsl") -> Any:  # noqa: ANN401 - a message
    spec = module.PipelineDeploymentConfig.PipelineContainerSpec()
    spec.image = image
    spec.command.extend(["sh", "-c", script, name])
    spec.args.extend(words)
    return spec


def _words(facts: Facts, task: Task, image: Image) -> Iterator[str]:
    yield from _common(facts, image)
    if facts.plan.scheduled is not None:
        yield f"--scheduled={facts.plan.scheduled}"
    if task.approval:
        yield "--approval"
    if task.shares:
        yield f"--shares={task.shares}"
    if facts.folder is not None:
        yield f"--folder={facts.folder}"
    if (timeout := facts.timeout_of(task)) is not None:
        yield f"--timeout={timeout:g}"
    yield from ("--steps", *(step.id for step in task.steps))


def _common(facts: Facts, image: Image) -> Iterator[str]:
    yield from (f"--pipeline={facts.home}", f"--digest={image.digest}", "--executor-input={{$}}")


def _resources(spec: Any, given: Asked) -> None:  # noqa: ANN401 - a message
    """What the pod is given, in the older words (Vertex AI reads these) and in the newer ones."""
    if given.cpu:
        cpu = f"{math.ceil(given.cpu * 1000)}m" if given.cpu % 1 else f"{given.cpu:g}"
        spec.cpu_limit = spec.cpu_request = given.cpu
        spec.resource_cpu_limit = spec.resource_cpu_request = cpu
    if given.memory:
        spec.memory_limit = spec.memory_request = given.memory / 1e9
        spec.resource_memory_limit = spec.resource_memory_request = _quantity(given.memory)
    for kind, count in given.devices:
        spec.accelerator.type = spec.accelerator.resource_type = kind or _DEVICE
        spec.accelerator.count = count
        spec.accelerator.resource_count = str(count)


def _quantity(size: int) -> str:
    """Bytes in the largest unit of Kubernetes that says them exactly."""
    for unit, power in (("Ti", 40), ("Gi", 30), ("Mi", 20), ("Ki", 10)):
        if size % 2**power == 0:
            return f"{size >> power}{unit}"
    return str(size)
