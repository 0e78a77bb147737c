"""Writes the results of a run where the user wants them."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path

from mldsl.errors import UsageError
from mldsl.plan.nodes import Plan, SplitBody
from mldsl.plan.select import target
from mldsl.runs.files import copy_whole, file_name
from mldsl.runtime.store import Record, Store


def check_export(plan: Plan, names: Collection[str], folder: Path | None) -> None:
    """Raises UsageError where a run for one of `names` could write nothing to `folder`; needs no names without one."""
    if folder is None:
        return
    if not names:
        raise UsageError("`output` says where a result is written, but not which", "name it with `to`")
    for name in names:
        if not target(plan, name).results:
            raise UsageError(f"`{name}` gives nothing that could be written to `{folder}`")
    if folder.exists() and not folder.is_dir():
        raise UsageError(f"`{folder}` is a file; a directory is wanted for the result")


def export(
    plan: Plan, names: Iterable[str], folder: Path, store: Store, records: Mapping[str, Record]
) -> tuple[Path, ...]:
    """Write the results that `names` stand for, as far as they are there: `FOLDER/NAME.parquet`, `.json` or `.skops`.

    Raises StoreError where they cannot be written.
    """
    written = []
    results = dict(result for name in names for result in target(plan, name).results)  # each once
    for file, source in results.items():
        stored = records[source.step].outputs.get(source.output) if source.step in records else None
        if stored is not None:
            path = folder / f"{file_name(file)}{stored.suffix}"
            copy_whole(store.local(stored), path, _copying(plan, stored.suffix))
            written.append(path)
    return tuple(written)


def _copying(plan: Plan, suffix: str) -> Callable[[Path, Path], object]:
    """How a file is copied: a table without the columns that are the plan's own, where it may have some."""
    if suffix == ".parquet" and any(isinstance(step.body, SplitBody) and step.body.reach for step in plan.steps):
        from mldsl.runtime.tables import copy_visible

        return copy_visible
    return shutil.copyfile
