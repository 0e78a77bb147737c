"""Labels: what really happened, joined to the predictions on the key."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import polars as pl

from mldsl.plan.nodes import Plan, Step
from mldsl.runtime.engine.dtypes import polars_type
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.evaluation.judged import Judged
from mldsl.runtime.gates.seen import row_hashes, told_by, unpack
from mldsl.runtime.masking import masked
from mldsl.runtime.models.artifact import FittedModel
from mldsl.runtime.models.storage import load
from mldsl.runtime.monitoring.evidence import Labelled

if TYPE_CHECKING:
    from mldsl.runtime.monitoring.gather import Deployed

_TRUTH, _SEEN = "\x1ftruth", "\x1fseen"


@dataclass(frozen=True, slots=True, eq=False)
class Answered:
    """Predictions of a time with the keys of their rows; masked by a salt where it is given."""

    frames: Sequence[pl.LazyFrame]
    salt: bytes | None = None


def labelled(deployed: Deployed, answered: Answered) -> Labelled:
    """The predictions beside what really happened, as far as that is known.

    Raises StepFailed where the table of labels has no key, one that the predictions lack, or several rows for one.
    """
    work, name = deployed.work, deployed.body.labels
    target = deployed.model.target
    if name is None or target is None:
        return Labelled(None, 0, 0, reason="there is nothing to hold the predictions against")
    keys = key_columns(work.plan, work.step, name)
    if not keys:
        message = f"`{name}` has no key by which its labels could be joined to the predictions"
        raise StepFailed(message, f"mark the column that identifies a row of `{name}`: `id: string key`")
    total = sum(int(frame.select(pl.len()).collect().item()) for frame in answered.frames)
    if not total:
        return Labelled(None, 0, 0)
    labels = _labels(work.table(name), name, keys, target.name)
    labels = _comparable(_with_seen(deployed, labels, keys), keys, answered.salt)
    outputs = deployed.outputs
    joined = pl.concat(
        [_joined(frame, labels, keys, outputs, deployed.registry.name) for frame in answered.frames],
        how="vertical_relaxed",
    )
    if not joined.height:
        return Labelled(None, total, 0)
    unseen = joined.filter(~pl.col(_SEEN))
    seen = joined.height - unseen.height
    if not unseen.height:
        return Labelled(None, total, joined.height, seen)
    model = load(deployed.registry.read(deployed.version, deployed.version.model), deployed.model, work.code)
    return Labelled(judged(model, unseen), total, joined.height, seen)


def key_columns(plan: Plan, step: Step, table: str) -> list[str]:
    """The columns that identify a row of an input table."""
    source = plan.step(step.inputs[table].step)
    columns = getattr(source.body, "columns", None)
    if columns is not None:
        return [column.name for column in columns if "key" in column.roles]
    inner = getattr(source.body, "table", None)  # a split or a check gives the rows of the table that it reads
    return key_columns(plan, source, inner) if inner in source.inputs else []


def _labels(table: pl.LazyFrame, name: str, keys: list[str], target: str) -> pl.DataFrame:
    """The keys and the truth; what is not known yet is left out."""
    rows = table.select(*keys, pl.col(target).alias(_TRUTH)).drop_nulls().collect()
    twice = rows.height - rows.select(keys).n_unique()
    if twice:
        listed = ", ".join(f"`{key}`" for key in keys)
        rows_ = f"{twice:,} row{'' if twice == 1 else 's'}"
        message = f"`{name}` has several labels for one row: {rows_} repeat the key {listed} of another"
        raise StepFailed(message, f"leave one for each: `distinct on {', '.join(keys)}`")
    return rows


def _with_seen(deployed: Deployed, labels: pl.DataFrame, keys: list[str]) -> pl.DataFrame:
    """Beside the labels, which of their rows the version was trained on, as far as keys tell: what it says of these
    is better than what it says of others.
    """
    stored, version = deployed.version.trained_on, deployed.version
    kinds = told_by(deployed.plan, version.model_step)
    if stored is None or {spec.name for spec in kinds} != {*keys}:
        return labels.with_columns(pl.lit(False).alias(_SEEN))
    rows = labels.lazy().select(pl.col(spec.name).cast(polars_type(spec.type)) for spec in kinds)
    hashes = row_hashes(rows, keys)
    seen = np.isin(hashes, unpack(deployed.registry.read(version, stored)))
    return labels.with_columns(pl.Series(_SEEN, seen))


def _comparable(rows: pl.DataFrame, keys: list[str], salt: bytes | None) -> pl.DataFrame:
    """With the keys as texts, or masked as in a log."""
    if salt is None:
        return rows.with_columns(pl.col(keys).cast(pl.String))
    hashes = [pl.Series(key, [masked(value, salt) for value in rows[key].to_list()], pl.String) for key in keys]
    return rows.with_columns(hashes)


def _joined(
    frame: pl.LazyFrame, labels: pl.DataFrame, keys: list[str], outputs: Sequence[str], name: str
) -> pl.DataFrame:
    there = frame.collect_schema().names()
    missing = next((key for key in keys if key not in there), None)
    if missing is not None:
        message = f"the predictions of `{name}` have no column `{missing}`, on which the labels are joined"
        raise StepFailed(message, "label them by the key of the rows that are predicted")
    rows = frame.select(*(pl.col(key).cast(pl.String) for key in keys), *(name for name in outputs if name in there))
    return rows.drop_nulls(outputs[:1]).join(labels.lazy(), on=keys, how="inner").drop(keys).collect()


def judged(model: FittedModel, rows: pl.DataFrame) -> Judged:
    """Logged predictions beside the truth, as an evaluation has them."""
    assert model.target is not None
    names = [output.name for output in model.outputs]
    truth = model.target.encode(rows[_TRUTH])
    predicted = model.target.encode(rows[names[0]])
    if model.task == "regression":
        return Judged("regression", truth, predicted)
    scores = None if len(names) == 1 else rows.select(names[1:]).to_numpy().astype(np.float64)
    if model.task == "binary":
        return Judged("binary", truth, predicted, None if scores is None else scores[:, 0])
    classes = max(len(model.target.classes), int(truth.max()) + 1, int(predicted.max()) + 1)
    if scores is not None:
        scores = np.pad(scores, ((0, 0), (0, classes - scores.shape[1])))
    return Judged(model.task, truth, predicted, scores, classes=classes)
