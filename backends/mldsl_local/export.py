"""Writes the results of a run where the user wants them."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from mldsl.errors import UsageError
from mldsl.plan.nodes import Plan, SplitBody
from mldsl.plan.select import target
from mldsl.runs.files import appearing, unwritable
from mldsl.runtime.store import Record, Store


def check_export(plan: Plan, name: str | None, folder: Path | None) -> None:
    """Raises UsageError where a run for `name` could write nothing to `folder`; does nothing without a folder."""
    if folder is None:
        return
    if name is None:
        raise UsageError("`output` says where a result is written, but not which", "name it with `to`")
    if not target(plan, name).results:
        raise UsageError(f"`{name}` gives nothing that could be written to `{folder}`")
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"`{folder}` is a file; a directory is wanted for the result")


def export(plan: Plan, name: str, folder: Path, store: Store, records: Mapping[str, Record]) -> tuple[Path, ...]:
    """Write the results that `name` stands for, as far as they are there: `FOLDER/NAME.parquet`, `.json` or `.skops`.

    Raises StoreError where they cannot be written.
    """
    written = []
    for file, source in target(plan, name).results:
        stored = records[source.step].outputs.get(source.output) if source.step in records else None
        if stored is not None:
            path = folder / (file.replace("/", "_").replace("\0", "_") + stored.suffix)
            _copy(store.local(stored), path, hides=_hides(plan))
            written.append(path)
    return tuple(written)


def _hides(plan: Plan) -> bool:
    """Whether tables may have columns that are the plan's own."""
    return any(isinstance(step.body, SplitBody) and step.body.reach for step in plan.steps)


def _copy(source: Path, path: Path, *, hides: bool) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with appearing(path) as temporary:
            if hides and path.suffix == ".parquet":
                from mldsl.runtime.tables import copy_visible

                copy_visible(source, temporary)
            else:
                shutil.copyfile(source, temporary)
    except OSError as error:
        raise unwritable(path, error) from error
