"""Kubeflow's documents in tests: read from YAML, changed at some places."""

from __future__ import annotations

import copy
from collections.abc import Mapping, Sequence
from pathlib import Path

import yaml

GOLDEN = Path(__file__).parents[1] / "backends/kubeflow/validation/golden"
"""What Kubeflow's SDK made of the pipelines of `pipelines.py` beside it."""
PODS = "platforms.kubernetes.deploymentSpec.executors"


def read(text: str) -> list[dict]:
    """The documents of a file."""
    return [document for document in yaml.load_all(text, yaml.CSafeLoader) if document is not None]


def golden(name: str) -> list[dict]:
    """The documents of a pipeline that the SDK compiled."""
    return read((GOLDEN / f"{name}.yaml").read_text(encoding="utf-8"))


def changed(
    documents: Sequence[dict],
    rename: Mapping[str, str] | None = None,
    put: Mapping[str, object] | None = None,
    drop: Sequence[str] = (),
) -> list[dict]:
    """The documents with something called otherwise, set or taken away; each place is a path, `root.dag.tasks.load`.

    `PODS` at its beginning is where the platform document has its pods. What `put` finds missing on its way it makes.
    """
    made = copy.deepcopy(list(documents))
    for path, name in (rename or {}).items():
        found, last = _at(made, path)
        found[name] = found.pop(last)
    for path, value in (put or {}).items():
        found, last = _at(made, path)
        found[last] = value
    for path in drop:
        found, last = _at(made, path)
        del found[last]
    return made


def _at(documents: list[dict], path: str):
    """What holds the thing at a path, and what it is called there."""
    *way, last = [int(part) if part.isdigit() else part for part in path.replace("PODS", PODS).split(".")]
    found = documents[1 if way[:1] == ["platforms"] else 0]
    for part in way:
        found = found[part] if isinstance(found, list) else found.setdefault(part, {})
    return found, last
