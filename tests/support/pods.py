"""The pod that Kubeflow's backend makes of an executor: what its compiler has in every pod, and what its driver adds.

After `argocompiler/container.go` (the template), `driver/driver.go` (`initPodSpecPatch`) and `driver/k8s.go`
(`extendPodSpecPatch`), from documents as they are written. Parameters are what a run is given, or their defaults.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

from tests.support.kubeflow_documents import PODS

_LAUNCHER = "/kfp-launcher/launch"
_SCRATCH = ("gcs", "s3", "minio", ".local", ".cache", ".config")
_SECURITY = {
    "allowPrivilegeEscalation": False,
    "capabilities": {"drop": ["ALL"]},
    "seccompProfile": {"type": "RuntimeDefault"},
}
_PLACEHOLDER = re.compile(r"\{\{\$\.inputs\.parameters\['(.+?)'\]\}\}")


def pods(documents: list[dict], **given: object) -> Iterator[tuple[str, dict]]:
    """The label of each container executor, and its pod."""
    parameters = {
        name: parameter.get("defaultValue")
        for name, parameter in documents[0]["root"].get("inputDefinitions", {}).get("parameters", {}).items()
    } | given
    configs: Mapping = documents[1] if len(documents) > 1 else {}
    for name in PODS.split("."):
        configs = configs.get(name, {})
    for label, executor in documents[0]["deploymentSpec"]["executors"].items():
        if "container" in executor:
            yield label, pod(executor["container"], configs.get(label, {}), parameters)


def pod(container: Mapping, config: Mapping, parameters: Mapping) -> dict:
    """A pod as it would reach Kubernetes."""
    volumes = [{"name": name, "emptyDir": {}} for name in ("kfp-launcher", *map(_scratch, _SCRATCH))]
    mounts = [{"name": "kfp-launcher", "mountPath": "/kfp-launcher"}]
    mounts += [{"name": _scratch(name), "mountPath": f"/{name}"} for name in _SCRATCH]
    for volume, mount in _volumes(config, parameters):
        volumes.append(volume)
        mounts.append(mount)
    main = {
        "name": "main",
        "image": container["image"],
        "command": [_LAUNCHER, "--executor_type", "container", "--"],
        "args": [_put_in(word, parameters) for word in (*container.get("command", ()), *container.get("args", ()))],
        "env": [*container.get("env", ()), *_own_variables(), *_variables(config, parameters)],
        "resources": _resources(container.get("resources", {})),
        "volumeMounts": mounts,
        "securityContext": _SECURITY | dict(_numbers(config.get("securityContext", {}))),
    }
    if "imagePullPolicy" in config:
        main["imagePullPolicy"] = config["imagePullPolicy"]
    copy = {"name": "kfp-launcher", "image": "kfp-launcher", "args": ["--copy", _LAUNCHER], "volumeMounts": mounts[:1]}
    spec = {"initContainers": [copy], "containers": [main], "volumes": volumes, "restartPolicy": "Never"}
    metadata = {"name": "task", **config.get("podMetadata", {})}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec | _placement(config, parameters)}


def _placement(config: Mapping, parameters: Mapping) -> dict:
    """Where the pod may run, for how long, and with what it gets its image."""
    found = {}
    if "nodeSelector" in config:
        found["nodeSelector"] = config["nodeSelector"]["labels"]
    if "tolerations" in config:
        found["tolerations"] = [dict(_numbers(toleration)) for toleration in config["tolerations"]]
    if int(config.get("activeDeadlineSeconds", 0)) > 0:
        found["activeDeadlineSeconds"] = int(config["activeDeadlineSeconds"])
    if "imagePullSecret" in config:
        names = (_name(secret, "secretName", parameters) for secret in config["imagePullSecret"])
        found["imagePullSecrets"] = [{"name": name} for name in names]
    if "nodeAffinity" in config:
        found["affinity"] = {"nodeAffinity": _affinity(config["nodeAffinity"])}
    return found


def _affinity(terms: list[Mapping]) -> dict:
    required = [term for term in terms if "weight" not in term]
    preferred = [
        {"weight": term["weight"], "preference": {key: value for key, value in term.items() if key != "weight"}}
        for term in terms
        if "weight" in term
    ]
    affinity: dict = {}
    if required:
        affinity["requiredDuringSchedulingIgnoredDuringExecution"] = {"nodeSelectorTerms": required}
    if preferred:
        affinity["preferredDuringSchedulingIgnoredDuringExecution"] = preferred
    return affinity


def _volumes(config: Mapping, parameters: Mapping) -> Iterator[tuple[dict, dict]]:
    for claim in config.get("pvcMount", ()):
        name = _name(claim, "constant", parameters, "pvcNameParameter")
        mount = {"subPath": claim["subPath"]} if "subPath" in claim else {}
        yield _volume(name, claim, {"persistentVolumeClaim": {"claimName": name}}, **mount)
    for secret in config.get("secretAsVolume", ()):
        name = _name(secret, "secretName", parameters)
        yield _volume(name, secret, {"secret": {"secretName": name, "optional": secret.get("optional", False)}})
    for files in config.get("configMapAsVolume", ()):
        name = _name(files, "configMapName", parameters)
        yield _volume(name, files, {"configMap": {"name": name, "optional": files.get("optional", False)}})
    for empty in config.get("emptyDirMounts", ()):
        kept = {key: empty[key] for key in ("medium", "sizeLimit") if key in empty}
        yield _volume(empty["volumeName"], empty, {"emptyDir": kept})
    for volume in config.get("genericEphemeralVolume", ()):
        spec = {"accessModes": volume["accessModes"], "resources": {"requests": {"storage": volume["size"]}}}
        if not volume.get("defaultStorageClass"):
            spec["storageClassName"] = volume.get("storageClassName", "")
        template = {"metadata": volume.get("metadata", {}), "spec": spec}
        yield _volume(volume["volumeName"], volume, {"ephemeral": {"volumeClaimTemplate": template}})


def _volume(name: str, mounted: Mapping, source: dict, **more: str) -> tuple[dict, dict]:
    return {"name": name, **source}, {"name": name, "mountPath": mounted["mountPath"], **more}


def _variables(config: Mapping, parameters: Mapping) -> Iterator[dict]:
    for field, plain, key, reference in (
        ("secretAsEnv", "secretName", "secretKey", "secretKeyRef"),
        ("configMapAsEnv", "configMapName", "configMapKey", "configMapKeyRef"),
    ):
        for source in config.get(field, ()):
            optional = {"optional": source["optional"]} if "optional" in source else {}
            for pair in source["keyToEnv"]:
                selector = {"name": _name(source, plain, parameters), "key": pair[key], **optional}
                yield {"name": pair["envVar"], "valueFrom": {reference: selector}}
    for source in config.get("fieldPathAsEnv", ()):
        yield {"name": source["name"], "valueFrom": {"fieldRef": {"fieldPath": source["fieldPath"]}}}


def _own_variables() -> Iterator[dict]:
    for name, path in (("KFP_POD_NAME", "metadata.name"), ("KFP_POD_UID", "metadata.uid")):
        yield {"name": name, "valueFrom": {"fieldRef": {"fieldPath": path}}}


def _resources(resources: Mapping) -> dict:
    found: dict[str, dict[str, str]] = {}
    for what in ("cpu", "memory"):
        for side in ("Limit", "Request"):
            if text := resources.get(f"resource{what.title()}{side}"):
                found.setdefault(f"{side.lower()}s", {})[what] = text
    accelerator = resources.get("accelerator", {})
    if accelerator.get("resourceType") and accelerator.get("resourceCount"):
        found.setdefault("limits", {})[accelerator["resourceType"]] = accelerator["resourceCount"]
    return found


def _name(item: Mapping, plain: str, parameters: Mapping, parameter: str | None = None) -> str:
    """The name of a secret, a config map or a claim."""
    value = item.get(parameter or f"{plain}Parameter")
    if value is None:
        return item[plain]
    if "componentInputParameter" in value:
        return str(parameters[value["componentInputParameter"]])
    return value["runtimeValue"]["constant"]


def _numbers(item: Mapping) -> Iterator[tuple[str, object]]:
    """64 bits are written as strings."""
    for key, value in item.items():
        yield key, int(value) if key in ("tolerationSeconds", "runAsUser", "runAsGroup") else value


def _put_in(word: str, parameters: Mapping) -> str:
    return _PLACEHOLDER.sub(lambda found: str(parameters.get(found[1], "value")), word)


def _scratch(name: str) -> str:
    return f"{name.replace('.', 'dot-')}-scratch"
