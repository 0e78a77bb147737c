"""Programs as documents of Kubeflow: compiling them, and finding things in what comes out."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import yaml

import mldsl
from mldsl import __version__

Document = dict[str, Any]


def compiled(program: Path, profile: str | None = None, **options: str) -> dict[str, bytes]:
    """The files, by their path within the pipeline's folder; what is written is validated."""
    files = mldsl.load(program, profile).compile("kubeflow", options={"validate": "", **options})
    folders = {path.partition("/")[0] for path in files}
    assert len(folders) == 1, folders
    return {path.partition("/")[2]: content for path, content in files.items()}


def documents(files: dict[str, bytes]) -> list[Document]:
    """The pipeline's document and, where there is one, that of the platform."""
    return list(yaml.safe_load_all(files["pipeline.yaml"]))


def container(files: dict[str, bytes], task: str) -> Document:
    """The container of a task."""
    found: Document = documents(files)[0]["deploymentSpec"]["executors"][f"exec-{task}"]["container"]
    return found


def nodes(files: dict[str, bytes]) -> Document:
    """The tasks of the root's graph, or of the one that holds all where there is an exit handler."""
    pipeline = documents(files)[0]
    tasks: Document = pipeline["root"]["dag"]["tasks"]
    return tasks if "steps" not in tasks else pipeline["components"]["comp-steps"]["dag"]["tasks"]


def settled(text: str) -> str:
    """The document without what changes with each version of mldsl."""
    text = re.sub(r"--digest=[0-9a-f]{64}", "--digest=DIGEST", text.replace(__version__, "VERSION"))
    return re.sub(r'(image: "[^"@]*):[0-9a-f]{12}"', r'\1:TAG"', text)
