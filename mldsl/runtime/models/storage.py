"""Saving and loading models: skops archives, the same bytes for the same model, and nothing trusted that is not named.

An archive holds JSON and NumPy arrays, no pickle. It is made canonical: skops names files by the addresses of objects
and by random numbers, and a zip keeps the time; here files are numbered in the order in which they are mentioned, each
content once, and the time is always the same.
"""

from __future__ import annotations

import io
import json
import zipfile
from pathlib import Path

import numpy as np

from mldsl.catalog.algorithms import ALGORITHMS
from mldsl.plan.nodes import ModelBody, PythonCode
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.models.artifact import FORMAT, FittedModel
from mldsl.runtime.models.trust import TRUSTED, trusted_by
from mldsl.runtime.models.untyped import Json
from mldsl.runtime.models.user_code import user_class

__all__ = ["FittedModel", "canonical", "dump", "load", "verify"]

_SCHEMA = "schema.json"
_NO_TIME = (1980, 1, 1, 0, 0, 0)


def dump(model: FittedModel) -> bytes:
    """The model as a skops archive. Raises StepFailed where a part of it cannot be saved."""
    import skops.io

    try:
        return canonical(skops.io.dumps(model))
    except Exception as error:
        raise _unsaved(model, error) from error


def verify(model: FittedModel, body: ModelBody, folder: Path) -> None:
    """Hold a model of a class that mldsl does not know against being saved and loaded. Raises StepFailed."""
    if all(algorithm.name in ALGORITHMS for algorithm in body.algorithms):
        return
    try:
        load(dump(model), body, folder)
    except StepFailed as error:
        raise _unsaved(model, error) from error


def _unsaved(model: FittedModel, error: Exception) -> StepFailed:
    words = error.message if isinstance(error, StepFailed) else str(error)
    message = words if words.startswith("the fitted") else f"the fitted `{model.learner.name}` cannot be saved: {words}"
    return StepFailed(message, "a model is saved without pickle: its attributes must be plain data")


def load(source: Path | bytes, body: ModelBody | None = None, folder: Path | None = None) -> FittedModel:
    """The model in an archive.

    Only types of scikit-learn and of mldsl are made from it, and those that the plan's `body` names: the classes of its
    algorithms, a user's own from `folder`. Raises StepFailed for an archive that is damaged, of another version, or
    holds anything else.
    """
    import skops.io
    from skops.io.exceptions import UntrustedTypesFoundException

    data = source if isinstance(source, bytes) else source.read_bytes()
    if body is not None and folder is not None:
        for algorithm in body.algorithms:
            if isinstance(algorithm.factory, PythonCode):
                user_class(algorithm.factory, folder)
    try:
        unknown = set(skops.io.get_untrusted_types(data=data)) - set(TRUSTED)
        model = skops.io.loads(data, trusted=[*TRUSTED, *trusted_by(body, unknown)])
    except UntrustedTypesFoundException as error:
        listed = ", ".join(f"`{name}`" for name in sorted(unknown)[:3])
        raise StepFailed(f"the model holds what nothing vouches for: {listed}", "train it again") from error
    except Exception as error:
        raise StepFailed(f"the model cannot be read: {type(error).__name__}: {error}") from error
    if not isinstance(model, FittedModel) or model.format != FORMAT:
        raise StepFailed("the model was saved by another version of mldsl", "train it again")
    return model


# --- the same model, the same bytes ----------------------------------------------------------------------------------


def canonical(data: bytes) -> bytes:
    """The archive with its files numbered, objects' addresses left out, sets sorted and no times."""
    with zipfile.ZipFile(io.BytesIO(data)) as given:
        schema = json.loads(given.read(_SCHEMA))
        files = _Files(given)
        _tidy(schema, files)
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        for name, content in files.contents.items():
            _write(archive, name, content)
        _write(archive, _SCHEMA, json.dumps(schema, separators=(",", ":")).encode())
    return buffer.getvalue()


class _Files:
    """The archive's files under new names: numbered as they are first mentioned, equal contents under one."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self._names: dict[bytes, str] = {}
        self.contents: dict[str, bytes] = {}

    def rename(self, name: str) -> str:
        """The new name of a file."""
        content = _without_gaps(self._archive.read(name), name)
        if content not in self._names:
            self._names[content] = f"{len(self._names)}{Path(name).suffix}"
            self.contents[self._names[content]] = content
        return self._names[content]


def _without_gaps(content: bytes, name: str) -> bytes:
    """The same array of records, with zeros in the gaps between fields: NumPy leaves there what the memory held."""
    if not name.endswith(".npy"):
        return content
    array = np.load(io.BytesIO(content), allow_pickle=False)
    if array.dtype.names is None:
        return content
    clean = np.zeros(array.shape, array.dtype)
    for field in array.dtype.names:
        clean[field] = array[field]
    buffer = io.BytesIO()
    np.save(buffer, clean, allow_pickle=False)
    return buffer.getvalue()


def _tidy(node: Json, files: _Files) -> None:
    """Makes a node of the schema canonical, in place. The nodes within it come first, so that sets can be sorted."""
    if isinstance(node, list):
        for item in node:
            _tidy(item, files)
        return
    if not isinstance(node, dict):
        return
    node.pop("__id__", None)
    for value in node.values():
        _tidy(value, files)
    if isinstance(node.get("file"), str) and "__loader__" in node:
        node["file"] = files.rename(node["file"])
    if node.get("__loader__") == "SetNode":
        node["content"].sort(key=lambda item: json.dumps(item, sort_keys=True))


def _write(archive: zipfile.ZipFile, name: str, content: bytes) -> None:
    info = zipfile.ZipInfo(name, _NO_TIME)
    info.compress_type = zipfile.ZIP_DEFLATED
    info.external_attr = 0o644 << 16
    archive.writestr(info, content)
