"""The platform document: what it says about pods, and what Kubernetes takes of that."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from mldsl_kubeflow.validation.feeds import given
from mldsl_kubeflow.validation.kubernetes_names import (
    is_key,
    is_label,
    is_label_value,
    is_mount_path,
    is_secret_key,
    is_subdomain,
    is_variable,
    quantity,
)
from mldsl_kubeflow.validation.model import Message, Pipeline, Scope, ordered

PLACE = "platforms.kubernetes.deploymentSpec.executors"
POLICIES = ("Always", "IfNotPresent", "Never")
EFFECTS = ("", "NoExecute", "NoSchedule", "PreferNoSchedule")
MODES = ("ReadOnlyMany", "ReadWriteMany", "ReadWriteOnce", "ReadWriteOncePod")

# What the pod of every task has of its own (`argocompiler/container.go`, `component/constants.go`).
_OWN_VOLUMES = """
kfp-launcher gcs-scratch s3-scratch minio-scratch dot-local-scratch dot-cache-scratch dot-config-scratch kfp-workspace
"""
_VOLUMES = frozenset(_OWN_VOLUMES.split())
_PATHS = frozenset({"/kfp-launcher", "/gcs", "/s3", "/minio", "/.local", "/.cache", "/.config", "/kfp-workspace"})
_LIST = frozenset({"In", "NotIn"})
_OPERATORS = _LIST | {"Exists", "DoesNotExist", "Gt", "Lt"}


def problems(pipeline: Pipeline) -> Iterator[str]:
    """What is wrong with the pods."""
    for label, pod in pipeline.pods.items():
        place = f"{PLACE}.{label}"
        executor = pipeline.executors.get(label)
        if executor is None:
            yield f"{place}: there is no executor `{label}`"
            continue
        if executor.WhichOneof("spec") != "container":
            yield f"{place}: is about an importer, which has no pod of its own"
        yield from _pod(pod, place)
        yield from _environment(pod, executor.container, place)
        yield from _volumes(pod, place)
        yield from _references(pipeline, label, pod, place)


def _pod(pod: Message, place: str) -> Iterator[str]:
    if pod.image_pull_policy not in ("", *POLICIES):
        yield f"{place}.imagePullPolicy: there is no `{pod.image_pull_policy}`; it is one of {', '.join(POLICIES)}"
    if pod.active_deadline_seconds < 0:
        yield f"{place}.activeDeadlineSeconds: is below 0"
    yield from _labels(pod.node_selector.labels, f"{place}.nodeSelector.labels")
    yield from _labels(pod.pod_metadata.labels, f"{place}.podMetadata.labels")
    for key in sorted(pod.pod_metadata.annotations):
        if not is_key(key):
            yield f"{place}.podMetadata.annotations: `{key}` cannot be the key of an annotation"
    for index, toleration in enumerate(pod.tolerations):
        if not toleration.HasField("toleration_json"):
            yield from _toleration(toleration, f"{place}.tolerations[{index}]")
    for index, term in enumerate(pod.node_affinity):
        at = f"{place}.nodeAffinity[{index}]"
        if term.HasField("weight") and not 1 <= term.weight <= 100:
            yield f"{at}.weight: {term.weight} is not from 1 to 100"
        for number, requirement in enumerate(term.match_expressions):
            yield from _requirement(requirement, f"{at}.matchExpressions[{number}]")
    context = pod.security_context
    if context.HasField("run_as_user") and context.run_as_user == 0 and context.run_as_non_root:
        yield f"{place}.securityContext: is root, and must not be"


def _labels(labels: Message, place: str) -> Iterator[str]:
    for key, value in ordered(labels):
        if not is_key(key):
            yield f"{place}: `{key}` cannot be the key of a label"
        if not is_label_value(value):
            yield f"{place}.{key}: `{value}` cannot be the value of a label"


def _toleration(toleration: Message, place: str) -> Iterator[str]:
    if toleration.operator not in ("", "Equal", "Exists"):
        yield f"{place}.operator: there is no `{toleration.operator}`; it is Equal or Exists"
    if toleration.effect not in EFFECTS:
        yield f"{place}.effect: there is no `{toleration.effect}`; it is one of {', '.join(EFFECTS[1:])}"
    if toleration.key and not is_key(toleration.key):
        yield f"{place}.key: `{toleration.key}` cannot be the key of a taint"
    if not toleration.key and toleration.operator != "Exists":
        yield f"{place}: without a `key` its `operator` is Exists"
    if toleration.operator == "Exists" and toleration.value:
        yield f"{place}.value: there is none with the operator Exists"
    if toleration.HasField("toleration_seconds") and toleration.effect != "NoExecute":
        yield f"{place}.tolerationSeconds: goes with the effect NoExecute"


def _requirement(requirement: Message, place: str) -> Iterator[str]:
    if not is_key(requirement.key):
        yield f"{place}.key: `{requirement.key}` cannot be the key of a label"
    if requirement.operator not in _OPERATORS:
        yield f"{place}.operator: there is no `{requirement.operator}`; it is one of {', '.join(sorted(_OPERATORS))}"
    elif requirement.operator in _LIST and not requirement.values:
        yield f"{place}.values: {requirement.operator} is without values"


def _environment(pod: Message, container: Message, place: str) -> Iterator[str]:
    """Variables from secrets, config maps and the pod; none of them given twice, nor by the container already."""
    given_ = [variable.name for variable in container.env]
    for field, sources, key in (
        ("secretAsEnv", pod.secret_as_env, "secret_key"),
        ("configMapAsEnv", pod.config_map_as_env, "config_map_key"),
    ):
        for index, source in enumerate(sources):
            at = f"{place}.{field}[{index}]"
            if not source.key_to_env:
                yield f"{at}.keyToEnv: is missing"
            for pair in source.key_to_env:
                given_.append(pair.env_var)
                if not is_secret_key(getattr(pair, key)):
                    yield f"{at}.keyToEnv: `{getattr(pair, key)}` cannot be a key"
    given_ += [source.name for source in pod.field_path_as_env]
    for name, times in Counter(given_).items():
        if not is_variable(name):
            yield f"{place}: `{name}` cannot be the name of a variable"
        if times > 1:
            yield f"{place}: the variable `{name}` is set {times} times"


def _volumes(pod: Message, place: str) -> Iterator[str]:
    mounts = list(_mounts(pod))
    for field, path, _ in mounts:
        if not is_mount_path(path):
            yield f"{place}.{field}.mountPath: `{path}` is not an absolute path without `:`"
        elif path.rstrip("/") in _PATHS:
            yield f"{place}.{field}.mountPath: `{path}` is a folder of the backend's own"
    for path, times in Counter(path for _, path, _ in mounts).items():
        if times > 1:
            yield f"{place}: {times} volumes are mounted at `{path}`"
    for volume, times in Counter(name for _, _, name in mounts if name is not None).items():
        if times > 1:
            yield f"{place}: {times} volumes are called `{volume}`, and Kubernetes takes one of a name"
    for field, _, name in mounts:
        if name is not None and not is_label(name):
            yield f"{place}.{field}: `{name}` cannot be the name of a volume"
        elif name in _VOLUMES:
            yield f"{place}.{field}: the volume `{name}` is one of the backend's own"
    for index, mount in enumerate(pod.pvc_mount):
        if mount.sub_path.startswith("/") or ".." in mount.sub_path.split("/"):
            yield f"{place}.pvcMount[{index}].subPath: `{mount.sub_path}` is not a path in the volume"
    yield from _sizes(pod, place)


def _mounts(pod: Message) -> Iterator[tuple[str, str, str | None]]:
    """Field, path and the volume's name, which is a claim's or a secret's own; None where it comes at run time."""
    for index, claim in enumerate(pod.pvc_mount):
        yield f"pvcMount[{index}]", claim.mount_path, _own_name(claim.pvc_name_parameter, claim.constant)
    for index, secret in enumerate(pod.secret_as_volume):
        name = _own_name(secret.secret_name_parameter, secret.secret_name)
        yield f"secretAsVolume[{index}]", secret.mount_path, name
    for index, files in enumerate(pod.config_map_as_volume):
        name = _own_name(files.config_map_name_parameter, files.config_map_name)
        yield f"configMapAsVolume[{index}]", files.mount_path, name
    for field, volumes in (
        ("genericEphemeralVolume", pod.generic_ephemeral_volume),
        ("emptyDirMounts", pod.empty_dir_mounts),
    ):
        for index, volume in enumerate(volumes):
            yield f"{field}[{index}]", volume.mount_path, volume.volume_name


def _own_name(value: Message, plain: str) -> str | None:
    """The name where it is known; a parameter wins over what is there for older backends."""
    kind = value.WhichOneof("kind")
    return plain if kind is None else _constant(value) if kind == "runtime_value" else None


def _constant(value: Message) -> str:
    return str(value.runtime_value.constant.string_value)


def _sizes(pod: Message, place: str) -> Iterator[str]:
    for index, volume in enumerate(pod.empty_dir_mounts):
        if volume.size_limit and quantity(volume.size_limit) is None:
            yield f"{place}.emptyDirMounts[{index}].sizeLimit: `{volume.size_limit}` is not a quantity such as 4Gi"
        if volume.medium not in ("", "Memory"):
            yield f"{place}.emptyDirMounts[{index}].medium: there is no `{volume.medium}`; it is Memory or left out"
    for index, volume in enumerate(pod.generic_ephemeral_volume):
        at = f"{place}.genericEphemeralVolume[{index}]"
        if quantity(volume.size) is None:
            yield f"{at}.size: `{volume.size}` is not a quantity such as 4Gi"
        for mode in volume.access_modes:
            if mode not in MODES:
                yield f"{at}.accessModes: there is no `{mode}`; it is one of {', '.join(MODES)}"


def _references(pipeline: Pipeline, label: str, pod: Message, place: str) -> Iterator[str]:
    """Names of secrets, config maps and claims, which may be parameters of the DAG that a task is in."""
    tasks = [
        (scope, task)
        for scope, _, task in pipeline.tasks()
        if (component := pipeline.component_of(task)) is not None and component.executor_label == label
    ]
    for field, items, parameter, plain in (
        ("secretAsEnv", pod.secret_as_env, "secret_name_parameter", "secret_name"),
        ("secretAsVolume", pod.secret_as_volume, "secret_name_parameter", "secret_name"),
        ("configMapAsEnv", pod.config_map_as_env, "config_map_name_parameter", "config_map_name"),
        ("configMapAsVolume", pod.config_map_as_volume, "config_map_name_parameter", "config_map_name"),
        ("imagePullSecret", pod.image_pull_secret, "secret_name_parameter", "secret_name"),
        ("pvcMount", pod.pvc_mount, "pvc_name_parameter", "constant"),
    ):
        for index, item in enumerate(items):
            at = f"{place}.{field}[{index}]"
            yield from _name(pipeline, tasks, item, parameter, getattr(item, plain), at)


def _name(
    pipeline: Pipeline, tasks: list[tuple[Scope, Message]], item: Message, parameter: str, plain: str, place: str
) -> Iterator[str]:
    if not item.HasField(parameter):
        yield from () if is_subdomain(plain) else [f"{place}: `{plain}` cannot be its name"]
        return
    value = getattr(item, parameter)
    if value.WhichOneof("kind") == "runtime_value" and not is_subdomain(_constant(value)):
        yield f"{place}: `{_constant(value)}` cannot be its name"
        return
    seen: set[str] = set()
    for scope, task in tasks:
        for problem in given(pipeline, scope, task, value, _text(), place):
            yield from () if problem in seen else [problem]
            seen.add(problem)


def _text() -> Message:
    """The definition of a parameter that has to be a string."""
    from mldsl_kubeflow.messages import pipeline_spec

    return pipeline_spec().ComponentInputsSpec.ParameterSpec(parameter_type="STRING")
