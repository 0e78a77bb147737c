"""A version of a model: everything that serving it, judging it and watching it needs, and where it came from."""

from __future__ import annotations

import json
from dataclasses import field
from typing import Any

from mldsl.errors import StoreError
from mldsl.records import record
from mldsl.runtime.store import Stored

VERSION_FORMAT = 1


class RegistryError(StoreError):
    """A version or a deployment that is not there, was altered, or was changed by somebody else meanwhile."""


@record
class Version:
    """One version of the model of a deployment; `number` counts from 1 and is 0 in a draft.

    `name` is the endpoint's or the registry's, of a batch deployment its own. `model` is the skops archive, `plan` the
    run's whole plan, `model_step` the id of the model's step in it, `params` the values of its parameters,
    `code` the user's Python files by their path in the program's folder, `tables` the tables in which a request's rows
    are looked up, by the id of their step. `reference` are training rows (features, target, predictions), `judged` the
    rows on which it was judged (the same columns; what it says of rows that it has not seen), `trained_on` the hashes
    of all rows that the model has seen (see `mldsl.runtime.gates`). `meaning` and `params` tell whether a later run
    made the same version again. `evaluation` has what was measured and
    how the requirements turned out; `data` hashes of the tables that it was fitted on; `environment` the versions of
    packages; `row_path` what came of preparing a row path (see `mldsl.runtime.scoring`). `by` is who registered it.
    """

    number: int
    name: str
    pipeline: str
    deployment: str
    target: str
    model_step: str
    model: Stored
    plan: Stored
    meaning: str = ""
    params: dict[str, Any] = field(default_factory=dict)
    code: dict[str, Stored] = field(default_factory=dict)
    tables: dict[str, Stored] = field(default_factory=dict)
    reference: Stored | None = None
    judged: Stored | None = None
    trained_on: Stored | None = None
    evaluation: dict[str, Any] = field(default_factory=dict)
    data: dict[str, str] = field(default_factory=dict)
    environment: dict[str, str] = field(default_factory=dict)
    row_path: dict[str, Any] | None = None
    run: str | None = None
    created: str = ""
    by: str = ""

    def stored(self) -> tuple[Stored, ...]:
        """Everything in the store that the version needs."""
        single = (self.model, self.plan, self.reference, self.judged, self.trained_on)
        return (*(item for item in single if item), *self.code.values(), *self.tables.values())

    def document(self) -> dict[str, Any]:
        """As plain JSON."""
        return {name: _plain(getattr(self, name)) for name in self.__match_args__}

    def to_json(self) -> bytes:
        """As a JSON document."""
        document = {"format": VERSION_FORMAT, **self.document()}
        return json.dumps(document, ensure_ascii=False, allow_nan=False, sort_keys=True).encode("utf-8")


def version_from_json(data: bytes) -> Version:
    """The version in a document. Raises ValueError, KeyError or TypeError for one that is damaged."""
    document = json.loads(data)
    if document.pop("format") != VERSION_FORMAT:
        raise ValueError("made by another version of mldsl")
    for name in ("model", "plan", "reference", "judged", "trained_on"):
        document[name] = None if document[name] is None else Stored(**document[name])
    for name in ("code", "tables"):
        document[name] = {key: Stored(**item) for key, item in document[name].items()}
    return Version(**document)


def _plain(value: object) -> object:
    if isinstance(value, Stored):
        return value.document()
    if isinstance(value, dict):
        return {key: _plain(item) for key, item in value.items()}
    return value
