"""What Kubeflow tells a container, the message `ExecutorInput`, and what a container answers, `ExecutorOutput`.

Both are the JSON forms of messages of `api/v2alpha1/pipeline_spec.proto`.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mldsl.errors import StoreError, UsageError
from mldsl.records import record

# How the launcher of Kubeflow mounts an artifact's address (`LocalPathForURI` in backend/src/v2/component).
_MOUNTS = {"gs://": "/gcs/", "minio://": "/minio/", "s3://": "/s3/"}


@record
class Slot:
    """An artifact that the task is to write: the name of the output, its address, and the file on this machine."""

    name: str
    uri: str
    path: Path


@record
class ExecutorInput:
    """`parameters` by name; `artifacts` are the files of the inputs; `slots` those of the outputs."""

    parameters: dict[str, Any]
    artifacts: dict[str, Path]
    slots: dict[str, Slot]
    wanted: frozenset[str]
    answer: Path


def read_input(text: str) -> ExecutorInput:
    """The message as Kubeflow puts it in the place of `{{$}}`; UsageError for anything else."""
    try:
        document = json.loads(text)
        inputs, outputs = document.get("inputs") or {}, document["outputs"]
        return ExecutorInput(
            dict(inputs.get("parameterValues") or {}),
            {name: slot.path for name, slot in _slots(inputs.get("artifacts"))},
            dict(_slots(outputs.get("artifacts"))),
            frozenset(outputs.get("parameters") or {}),
            Path(outputs["outputFile"]),
        )
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise UsageError(
            f"this is not what Kubeflow Pipelines tells a container: {error}",
            "the task is started by Kubeflow alone, by the pipeline that `mldsl compile` wrote",
        ) from None


def write_answer(
    given: ExecutorInput, parameters: Mapping[str, Any], metadata: Mapping[str, Mapping[str, Any]]
) -> None:
    """Tell Kubeflow the output parameters that it wants, and what is known of each artifact.

    Raises StoreError where it cannot be written.
    """
    document = {
        "parameterValues": {name: value for name, value in parameters.items() if name in given.wanted},
        "artifacts": {
            name: {"artifacts": [{"name": name, "uri": given.slots[name].uri, "metadata": dict(found)}]}
            for name, found in metadata.items()
        },
    }
    write_file(given.answer, json.dumps(document, sort_keys=True, allow_nan=False).encode())


def write_file(path: Path, content: bytes) -> None:
    """Write a file where Kubeflow wants it; StoreError where that cannot be done."""
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
    except OSError as error:
        raise StoreError(f"cannot write what Kubeflow asks for to `{path}`: {error.strerror or error}") from error


def _slots(artifacts: Mapping[str, Any] | None) -> list[tuple[str, Slot]]:
    found = []
    for name, listed in (artifacts or {}).items():
        first = listed["artifacts"][0]
        uri = str(first.get("uri", ""))
        found.append((name, Slot(name, uri, Path(first.get("customPath") or _path(uri)))))
    return found


def _path(uri: str) -> str:
    for scheme, folder in _MOUNTS.items():
        if uri.startswith(scheme):
            return folder + uri.removeprefix(scheme)
    return uri
