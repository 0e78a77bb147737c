"""The rows that a version keeps: some that the model was fitted on, and some that it was judged on."""

from __future__ import annotations

import numpy as np
import polars as pl

from mldsl.plan.nodes import DeployBody, Input, ModelBody, Step
from mldsl.runtime.models.artifact import FittedModel
from mldsl.runtime.models.notices import quiet
from mldsl.runtime.models.threads import native_threads
from mldsl.runtime.store import Stored
from mldsl.runtime.tables import pack_table, stored_table, visible
from mldsl.runtime.work import Work

MOST_ROWS = 50_000
"""Of more rows so many are drawn: what a monitor compares with, and enough to know a distribution to 1%."""


def training_rows(work: Work, model_step: Step, model: FittedModel) -> Stored:
    """Rows that the model was fitted on: its features, its target, and what it says of them. Parquet."""
    body = model_step.body
    assert isinstance(body, ModelBody)
    return kept_rows(work, table_of(work, model_step.inputs[body.table]), body, model)


def table_of(work: Work, source: Input) -> pl.LazyFrame:
    """The table that an earlier step has made, which need not be an input of the deployment's."""
    stored = work.records(source.step).outputs[source.output]
    return stored_table(work.store.local(stored), stored)


def judged_rows(work: Work, model_step: Step, model: FittedModel) -> Stored | None:
    """The same of the rows on which the deployment's requirements are judged, where it has such."""
    body, deployed = model_step.body, work.step.body
    assert isinstance(body, ModelBody)
    assert isinstance(deployed, DeployBody)
    if deployed.judged is None:
        return None
    return kept_rows(work, work.table(deployed.judged.table), body, model)


def kept_rows(work: Work, rows: pl.LazyFrame, body: ModelBody, model: FittedModel) -> Stored:
    """At most `MOST_ROWS` rows of a table, the same ones each time: features, target, predictions. Parquet."""
    there = visible(rows)
    names = [spec.name for spec in body.features if spec.name in there]
    if body.target is not None and body.target.name in there:
        names.append(body.target.name)
    frame = _some(rows.select(names).collect(), work.seed)
    with native_threads(1), quiet():
        frame = frame.hstack(model.predict_columns(frame))
    return work.store.put(pack_table(frame), ".parquet", "table", frame.height)


def _some(frame: pl.DataFrame, seed: int) -> pl.DataFrame:
    if frame.height <= MOST_ROWS:
        return frame
    chosen = np.random.default_rng(seed).choice(frame.height, MOST_ROWS, replace=False)
    return frame[np.sort(chosen)]
