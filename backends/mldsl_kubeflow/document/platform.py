"""The second document: what Kubernetes alone knows of. Its words are those of `KubernetesExecutorConfig`."""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from typing import Any

from mldsl.backend.asked import Asked
from mldsl.plan.nodes import Secret
from mldsl_kubeflow.facts import Facts
from mldsl_kubeflow.tasks import NOTIFY, Task

Json = Any
# Seconds that a task which nobody has approved of has left to say that, before its pod is ended.
_TO_SAY_SO = 300


def platform(facts: Facts) -> dict[str, Json] | None:
    """The document; None where there is nothing to say."""
    tasks = [(part, task) for part in facts.parts for task in part.tasks]
    found = {part.executor(task.name): config for part, task in tasks if (config := dict(_config(part, task)))}
    notify = facts.plan.settings.notify
    if isinstance(notify, Secret):
        found[facts.executor(NOTIFY)] = {"secretAsEnv": [_secrets(facts, [notify.secret])]}
    return {"platforms": {"kubernetes": {"deploymentSpec": {"executors": found}}}} if found else None


def _config(facts: Facts, task: Task) -> Iterator[tuple[str, Json]]:
    timeout = facts.timeout_of(task)
    if timeout is not None:
        longer = _TO_SAY_SO if task.approval else 0
        yield "activeDeadlineSeconds", str(max(1, math.ceil(timeout)) + longer)
    if secrets := facts.secrets_of(task):
        yield "secretAsEnv", [_secrets(facts, secrets)]
    yield from _placing(task.asked)


def _placing(given: Asked) -> Iterator[tuple[str, Json]]:
    """On which nodes the pod may run, and what is mounted in it."""
    if given.node_selector:
        yield "nodeSelector", {"labels": {item.key: item.value for item in given.node_selector}}
    if given.tolerations:
        yield "tolerations", [_toleration(item.key, item.value, item.effect) for item in given.tolerations]
    if given.volumes:
        yield "pvcMount", [_volume(item.claim, item.path) for item in given.volumes]


def _secrets(facts: Facts, names: Sequence[str]) -> Json:
    return {
        "keyToEnv": [{"envVar": name, "secretKey": name} for name in names],
        "optional": False,
        "secretName": facts.options.secret,
        "secretNameParameter": _constant(facts.options.secret),
    }


def _toleration(key: str, value: str | None, effect: str | None) -> Json:
    found = {"key": key, "operator": "Exists" if value is None else "Equal", "value": value, "effect": effect}
    return {name: item for name, item in found.items() if item is not None}


def _volume(claim: str, path: str) -> Json:
    return {"constant": claim, "mountPath": path, "pvcNameParameter": _constant(claim)}


def _constant(text: str) -> Json:
    return {"runtimeValue": {"constant": text}}
