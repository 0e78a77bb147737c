"""Which rows a model has seen, as hashes: by their key where the table has one, else by all of their values."""

from __future__ import annotations

import io
from collections.abc import Callable, Sequence

import numpy as np
import polars as pl

from mldsl.plan.nodes import CheckBody, Columns, Input, ModelBody, Plan, SourceBody, SplitBody, TransformBody
from mldsl.runtime.engine.hashing import Words, row_hash
from mldsl.runtime.errors import StepFailed

_SEED = 0
_HASH = "\x1fhash"

Table = Callable[[Input], pl.LazyFrame]
"""The rows of an output of a step."""


def columns_of(plan: Plan, source: Input) -> Columns:
    """The columns of a table that a step of the plan gives."""
    body = plan.step(source.step).body
    match body:
        case SourceBody(columns=columns) | TransformBody(columns=columns):
            return columns
        case CheckBody(table=table) | SplitBody(table=table):
            return columns_of(plan, plan.step(source.step).inputs[table])
        case _:
            return ()


def told_by(plan: Plan, model_step: str) -> Columns:
    """The columns whose values tell the rows of a model's table apart: its key, or all that it has."""
    step = plan.step(model_step)
    assert isinstance(step.body, ModelBody)
    columns = columns_of(plan, step.inputs[step.body.table])
    return tuple(column for column in columns if "key" in column.roles) or columns


def seen_rows(plan: Plan, model_step: str, table: Table) -> Words:
    """The hashes of all rows that the model was fitted on or chosen by (training and validation), sorted."""
    step = plan.step(model_step)
    assert isinstance(step.body, ModelBody)
    names = [column.name for column in told_by(plan, model_step)]
    tables = [name for name in (step.body.table, step.body.validation) if name is not None]
    found = [row_hashes(table(step.inputs[name]), names) for name in tables]
    return np.unique(np.concatenate(found))


def row_hashes(rows: pl.LazyFrame, columns: Sequence[str]) -> Words:
    """The hash of each row's values in these columns; not sorted. Raises StepFailed for a column that has none."""
    hashed = row_hash(rows.select(list(columns)), list(columns), _SEED, _HASH)
    return hashed.select(_HASH).collect()[_HASH].to_numpy().astype(np.uint64)


def pack(hashes: Words) -> bytes:
    """Sorted hashes as an `.npy` file."""
    room = io.BytesIO()
    np.save(room, hashes, allow_pickle=False)
    return room.getvalue()


def unpack(data: bytes) -> Words:
    """The hashes in a file that `pack` made. Raises StepFailed where it is none."""
    try:
        found = np.load(io.BytesIO(data), allow_pickle=False)
    except (ValueError, OSError, EOFError) as error:
        raise StepFailed(f"the hashes of the rows that a version has seen cannot be read: {error}") from error
    return np.asarray(found, np.uint64)


def share_seen(hashes: Words, seen: Words) -> int:
    """How many of the rows of these hashes are among those seen (sorted)."""
    if not len(seen):
        return 0
    places = np.minimum(np.searchsorted(seen, hashes), len(seen) - 1)
    return int((seen[places] == hashes).sum())
