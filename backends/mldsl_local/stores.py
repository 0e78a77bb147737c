"""Which artifact store a run uses, and where its record goes."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from mldsl.plan.nodes import Plan
from mldsl.plan.walk import secrets_of
from mldsl.runs import DEFAULT, Redactor
from mldsl.runtime.store import Store, open_store
from mldsl.runtime.store.place import artifacts_place


def plan_store(plan: Plan, folder: Path) -> Store:
    """The store that the pipeline's `artifacts` names, relative to the program's folder; StoreError if it cannot be."""
    return open_store(artifacts_place(plan), folder)


def runs_root(plan: Plan, folder: Path) -> Path:
    """The directory that holds the records of runs: the store, or `.mldsl` here when that is elsewhere."""
    place = artifacts_place(plan).removeprefix("file://")
    return (folder / (DEFAULT if "://" in place else place)).absolute()


@contextmanager
def throwaway_store() -> Iterator[Store]:
    """A store that is gone afterwards."""
    with tempfile.TemporaryDirectory(prefix="mldsl-dry-", ignore_cleanup_errors=True) as folder:
        yield open_store(folder, Path(folder))


def redactor(plan: Plan) -> Redactor:
    """Knows the values of all secrets that the plan names."""
    return Redactor.of(secrets_of(plan))
