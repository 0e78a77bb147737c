"""Versions of models as a registry has them, made of a program that is run here, and the rows to ask them about."""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import polars as pl

import mldsl
from mldsl.plan.document import dump
from mldsl.plan.nodes import Input, ModelBody, Plan
from mldsl.plan.params import params_document, run_params
from mldsl.plan.requests import RequestPath, request_path
from mldsl.plan.walk import python_files
from mldsl.runtime.python_code import code_files
from mldsl.runtime.scoring import snapshots
from mldsl.runtime.scoring.snapshots import table_of
from mldsl.runtime.store import Store, Stored, open_store
from mldsl.runtime.tables import scan_table
from mldsl.runtime.work import Work


@dataclass
class Registered:
    """What a registry's version has, as far as scoring needs it."""

    plan: Stored
    model: Stored
    model_step: str
    params: Mapping[str, Any]
    code: Mapping[str, Stored]
    tables: Mapping[str, Stored]
    row_path: dict[str, Any] | None = None


@dataclass
class Trained:
    """A model of a program that was run, and what its run left in the store."""

    folder: Path
    whole: Plan
    store: Store
    version: Registered
    path: RequestPath
    extra: dict[str, Any] = field(default_factory=dict)

    def table(self, step: str, output: str = "table") -> pl.DataFrame:
        """A table of the run, as it is written."""
        record = self.store.latest(step)
        assert record is not None, step
        return scan_table(self.store.local(record.outputs[output])).collect()

    def raw(self) -> pl.DataFrame:
        """The rows of the source that requests are of."""
        rows = table_of(self.work(), Input(step=self.path.source, output="table"))
        return self.work().engine.collect(rows)

    def work(self) -> Work:
        """As a deployment's step has it."""
        return work_of(self.whole, self.version.model_step, self.store, self.folder)


def work_of(plan: Plan, step: str, store: Store, folder: Path) -> Work:
    """As a step behind the model has it."""

    def record(id_: str) -> Any:
        found = store.latest(id_)
        assert found is not None, id_
        return found

    return Work(
        plan=plan, step=plan.step(step), store=store, inputs={}, records=record, inlined=False, folder=folder,
        code=folder, params=run_params(plan, {}), seed=0, jobs=1, rows=None, room=lambda: Path(tempfile.mkdtemp()),
        log=lambda line: None, progress=lambda done, total, what: None,
    )  # fmt: skip


def trained(program: Path, model: str, *others: str) -> Trained:
    """Runs a program up to a model (and what else is named) in its own folder."""
    loaded = mldsl.load(program)
    result = loaded.run(to=[model, *others])
    assert result.exit_status in (0, 3), [step for step in result.steps if step.state == "failed"]
    plan = loaded.plan()
    store = open_store(".mldsl", program.parent)
    step = f"model:{model}"
    path = request_path(plan, step)
    record = store.latest(step)
    assert record is not None
    files = {name for item in plan.steps for name in python_files(item)}
    root = program.parent.resolve()
    version = Registered(
        store.put(dump(plan).encode(), ".json", "json"),
        record.outputs["model"],
        step,
        params_document(run_params(plan, {})),
        {
            str(file.relative_to(root)): store.put(file.read_bytes(), ".py", "bytes")
            for name in sorted(files)
            for file in code_files(name, program.parent)
        },
        snapshots(work_of(plan, step, store, program.parent), path),
    )
    assert isinstance(plan.step(step).body, ModelBody)
    return Trained(program.parent, plan, store, version, path)
