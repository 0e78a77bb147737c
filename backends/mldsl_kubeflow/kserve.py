"""Endpoints as KServe's: an InferenceService whose container runs `mldsl serve` on the artifact store's registry.

Which version answers is the registry's business, on KServe as anywhere: the container shares requests out between
champion and candidate by the stages of the `rollout`, and a promotion needs no new manifest. KServe's own canary shares
them out between two images: there is a manifest for each stage that is not the last.
"""

from __future__ import annotations

import posixpath
from collections.abc import Iterator

from mldsl.backend import Place, Refusal
from mldsl.backend.places import is_relative, unreached
from mldsl.catalog.kubernetes import is_resource
from mldsl.plan.nodes import DeployBody, Resources, Secret, Step, Volume
from mldsl.plan.walk import secrets_of_task
from mldsl_kubeflow.document.yaml import Data, dumps
from mldsl_kubeflow.facts import Facts
from mldsl_kubeflow.names import label

FOLDER = "kserve"
_PORT = 8080
_DEVICE = "nvidia.com/gpu"


def endpoints(facts: Facts) -> tuple[Step, ...]:
    """The steps that deploy to an endpoint."""
    return tuple(
        step for step in facts.plan.steps if isinstance(step.body, DeployBody) and step.body.target == "endpoint"
    )


def manifests(facts: Facts, image: str) -> dict[str, str]:
    """The manifests of all endpoints by their paths."""
    return dict(item for step in endpoints(facts) for item in _manifests(facts, step, image))


def refusals(facts: Facts) -> Iterator[Refusal]:
    """What KServe cannot do of what endpoints ask for."""
    for step in endpoints(facts):
        assert isinstance(step.body, DeployBody)
        for share, _ in step.body.rollout:
            if round(share * 100, 6) % 1:
                message = f"KServe shares requests out in whole percents, and a stage of `{step.name}` has {share:.4%}"
                yield Refusal("ML601", Place("step", step.id), message, "round the shares of its `rollout`")
        kind = step.resources.accelerator
        if kind is not None and not is_resource(kind):
            message = f"`{kind}` is Vertex AI's name for a device, and pods ask for one by Kubernetes' name"
            place = Place("step", step.id, "accelerator", block="resources")
            yield Refusal("ML601", place, message, "write `nvidia.com/gpu`, and choose its type with `node_selector`")
        store = [item for item in facts.local_places if item.step is None]
        if not any(is_relative(item.path) and facts.options.folder is None for item in store):
            yield from unreached(store, [((step,), step.resources.volumes)], facts.options.folder or "/")


def _manifests(facts: Facts, step: Step, image: str) -> Iterator[tuple[str, str]]:
    assert isinstance(step.body, DeployBody)
    name = label(step.body.subject)
    yield f"{FOLDER}/{name}.yaml", dumps(_service(facts, step, image, None))
    for share, _ in step.body.rollout:
        percent = round(share * 100)
        if percent < 100:
            yield f"{FOLDER}/{name}.canary-{percent}.yaml", dumps(_service(facts, step, image, percent))


def _service(facts: Facts, step: Step, image: str, percent: int | None) -> Data:
    assert isinstance(step.body, DeployBody)
    predictor: dict[str, Data] = {"containers": [_container(facts, step, step.body, image)]}
    predictor |= _placed(step.resources)
    if step.body.replicas is not None:
        predictor["minReplicas"], predictor["maxReplicas"] = step.body.replicas
    if percent is not None:
        predictor["canaryTrafficPercent"] = percent
    return {
        "apiVersion": "serving.kserve.io/v1beta1",
        "kind": "InferenceService",
        "metadata": {
            "name": label(step.body.subject),
            "labels": {"app.kubernetes.io/managed-by": "mldsl", "app.kubernetes.io/part-of": facts.name},
        },
        "spec": {"predictor": predictor},
    }


def _container(facts: Facts, step: Step, body: DeployBody, image: str) -> Data:
    words = ["python", "-m", "mldsl", "serve", body.subject, "--host=0.0.0.0", f"--port={_PORT}"]
    found: dict[str, Data] = {
        "name": "kserve-container",
        "image": image,
        "command": [*words, f"--store={_store(facts)}"],
        "env": [{"name": "PROTOCOL", "value": "v2"}, *_secrets(facts, step)],
        "ports": [{"containerPort": _PORT, "protocol": "TCP"}],
        "readinessProbe": _probe("ready"),
        "livenessProbe": _probe("live"),
    }
    if wanted := dict(_wanted(step.resources)):
        found["resources"] = {"limits": dict(wanted), "requests": dict(wanted)}
    if step.resources.volumes:
        found["volumeMounts"] = [_mount(item) for item in step.resources.volumes]
    return found


def _store(facts: Facts) -> str:
    """Where the registry is; of a secret what Kubernetes fills in from the container's environment."""
    given = facts.plan.settings.artifacts
    if isinstance(given, Secret):
        return f"$({given.secret})"
    relative = "://" not in given and is_relative(given)
    return posixpath.join(facts.options.folder or "/", given) if relative else given


def _secrets(facts: Facts, step: Step) -> Iterator[Data]:
    for name in secrets_of_task(facts.plan, (step,)):
        yield {"name": name, "valueFrom": {"secretKeyRef": {"name": facts.options.secret, "key": name}}}


def _probe(state: str) -> Data:
    return {"httpGet": {"path": f"/v2/health/{state}", "port": _PORT}}


def _wanted(given: Resources) -> Iterator[tuple[str, Data]]:
    if given.cpu:
        yield "cpu", str(round(given.cpu)) if given.cpu == round(given.cpu) else f"{round(given.cpu * 1000)}m"
    if given.memory:
        yield "memory", str(given.memory)
    if given.gpu:
        yield given.accelerator or _DEVICE, str(given.gpu)


def _placed(given: Resources) -> dict[str, Data]:
    """Where its pods are, and what is mounted in them."""
    found: dict[str, Data] = {}
    if given.node_selector:
        found["nodeSelector"] = {item.key: item.value for item in given.node_selector}
    if given.tolerations:
        found["tolerations"] = [
            {
                "key": item.key,
                "operator": "Exists" if item.value is None else "Equal",
                **({} if item.value is None else {"value": item.value}),
                **({} if item.effect is None else {"effect": item.effect}),
            }
            for item in given.tolerations
        ]
    if given.volumes:
        claims = dict.fromkeys(item.claim for item in given.volumes)
        found["volumes"] = [{"name": label(claim), "persistentVolumeClaim": {"claimName": claim}} for claim in claims]
    return found


def _mount(given: Volume) -> Data:
    mount: dict[str, Data] = {"name": label(given.claim), "mountPath": given.path}
    return mount | {"readOnly": True} if given.read_only else mount
