"""The parameters of algorithms' classes, read from the data files when they are first asked for."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from typing import TYPE_CHECKING, Any

from mldsl.catalog.tasks import Task
from mldsl.records import record

if TYPE_CHECKING:
    from mldsl.catalog.constraints import ParameterSpec

_FILES: Mapping[str, str] = {"sklearn": "sklearn.json", "xgboost": "xgboost.json", "lightgbm": "lightgbm.json"}


@record
class ClassFacts:
    """What is known of a class that a program may name by its dotted path.

    `tasks` is empty for what is no model. `takes_missing`, `probabilities` and `predicts` (rows it was not fitted on)
    hold for the class with its default parameters.
    """

    tasks: tuple[Task, ...]
    takes_missing: bool
    probabilities: bool
    predicts: bool


def parameters(class_path: str) -> Mapping[str, ParameterSpec] | None:
    """The parameters of a class by name; None for a class that the data does not know."""
    library = class_path.partition(".")[0]
    entry = _entry(class_path)
    return None if entry is None else _specs(library, class_path)


def facts(class_path: str) -> ClassFacts | None:
    """What is known of a class; None for one that the data does not know."""
    entry = _entry(class_path)
    if entry is None:
        return None
    return ClassFacts(tuple(entry["tasks"]), entry["takes_missing"], entry["probabilities"], entry["predicts"])


def known_classes(library: str) -> tuple[str, ...]:
    """The dotted paths of a library's classes ("sklearn", "xgboost", "lightgbm"); empty for another library."""
    return tuple(_load(library)["classes"]) if library in _FILES else ()


def version(library: str) -> str:
    """The version of the library that its data describes."""
    return str(_load(library)["version"])


def _entry(class_path: str) -> dict[str, Any] | None:
    library = class_path.partition(".")[0]
    if library not in _FILES:
        return None
    found: dict[str, Any] | None = _load(library)["classes"].get(class_path)
    return found


@cache
def _specs(library: str, class_path: str) -> Mapping[str, ParameterSpec]:
    from mldsl.catalog.constraints import read_spec

    content = _load(library)
    stored = {**content.get("shared", {}), **content["classes"][class_path]["parameters"]}
    return {name: read_spec(name, spec) for name, spec in sorted(stored.items())}


@cache
def _load(library: str) -> dict[str, Any]:
    import json
    from pathlib import Path

    path = Path(__file__).with_name("data") / _FILES[library]
    content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    return content
