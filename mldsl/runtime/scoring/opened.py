"""Opens what a version of a registry holds: every file's hash is looked at before the file is read."""

from __future__ import annotations

import os.path
import shutil
import tempfile
import weakref
from collections.abc import Mapping
from pathlib import Path
from typing import Protocol

import polars as pl

from mldsl.errors import StoreError
from mldsl.plan.document import load as load_plan
from mldsl.plan.expressions import Json
from mldsl.plan.nodes import ModelBody, Plan
from mldsl.plan.params import params_from_document
from mldsl.plan.requests import request_path
from mldsl.runtime.models.artifact import FittedModel
from mldsl.runtime.models.storage import load as load_model
from mldsl.runtime.scoring.served import Served
from mldsl.runtime.store import Store, Stored
from mldsl.runtime.store.store import hash_file


class Version(Protocol):
    """What is needed of a registry's version."""

    @property
    def model_step(self) -> str:
        """The step of the plan that fitted the model."""

    @property
    def model(self) -> Stored:
        """The model."""

    @property
    def plan(self) -> Stored:
        """The whole plan."""

    @property
    def params(self) -> Mapping[str, Json]:
        """The run's parameters, as `params_document` has them."""

    @property
    def code(self) -> Mapping[str, Stored]:
        """The user's Python files, by path relative to the program's folder."""

    @property
    def tables(self) -> Mapping[str, Stored]:
        """What `snapshots` gave."""

    @property
    def row_path(self) -> Mapping[str, Json] | None:
        """What `prepare` gave."""


def opened(version: Version, store: Store) -> Served:
    """All that an answer needs, read from the store.

    Raises StoreError for a file that is missing or was altered, PlanError for a plan that cannot be read, StepFailed
    for a model that cannot, and NotOfOneRow where the model's features need more than one row.
    """
    plan = load_plan(checked(store, version.plan).read_text("utf-8"))
    room = _Room(version.code, store)
    path = request_path(plan, version.model_step)
    return Served(
        plan,
        version.model_step,
        path,
        _model(plan, version.model_step, version.model, store, room.code),
        params_from_document(plan, version.params),
        room.code,
        {item.id: _table(store, version.tables, item.id) for item in path.lookups},
        {step: _model(plan, step, _stored(version.tables, step), store, room.code) for step in path.models},
        room,
    )


def opened_model(version: Version, store: Store) -> tuple[Plan, FittedModel]:
    """The version's plan and its model alone. Raises as `opened`, but for requests."""
    plan = load_plan(checked(store, version.plan).read_text("utf-8"))
    room = _Room(version.code, store)
    return plan, _model(plan, version.model_step, version.model, store, room.code)


def checked(store: Store, stored: Stored) -> Path:
    """The file of an object. Raises StoreError where its content is not what it was."""
    path = store.local(stored)
    if hash_file(path) != stored.digest:
        raise StoreError(
            f"`{stored.path}` in the artifact store `{store}` was altered: its SHA-256 is another",
            "train the model again, or put the file back from a copy",
        )
    return path


def _model(plan: Plan, step: str, stored: Stored, store: Store, code: Path) -> FittedModel:
    body = plan.step(step).body
    return load_model(checked(store, stored), body if isinstance(body, ModelBody) else None, code)


def _table(store: Store, tables: Mapping[str, Stored], id_: str) -> pl.DataFrame:
    return pl.read_parquet(checked(store, _stored(tables, id_)), glob=False)


def _stored(tables: Mapping[str, Stored], id_: str) -> Stored:
    if id_ not in tables:
        raise StoreError(f"the version lacks the rows of `{id_}`, which its requests look into", "register it again")
    return tables[id_]


class _Room:
    """The user's files in a directory that is removed when nobody needs it; `code` is the program's folder there."""

    def __init__(self, files: Mapping[str, Stored], store: Store) -> None:
        room = tempfile.mkdtemp(prefix="mldsl-code-")
        weakref.finalize(self, shutil.rmtree, room, ignore_errors=True)
        # A path may lead out of the program's folder (`../shared/x.py`), but never out of the room.
        above = max((Path(path).parts.count("..") for path in files), default=0)
        self.code = Path(room, *(["program"] * (above + 1)))
        self.code.mkdir(parents=True)
        for path, stored in files.items():
            place = Path(os.path.normpath(self.code / path))
            if not place.is_relative_to(room):
                raise StoreError(f"`{path}` is no place for a program's file")
            place.parent.mkdir(parents=True, exist_ok=True)
            place.write_bytes(checked(store, stored).read_bytes())
