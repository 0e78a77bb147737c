"""The model in production, held beside another one: whether it can be judged on the same rows at all."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import polars as pl

from mldsl.plan.nodes import Columns, EvaluateBody
from mldsl.runtime.engine.hashing import Words
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.evaluation.case import judge_rows
from mldsl.runtime.evaluation.judged import Judged
from mldsl.runtime.gates.seen import row_hashes, share_seen
from mldsl.runtime.models.artifact import FittedModel
from mldsl.runtime.models.target import plain_values


@dataclass(frozen=True, slots=True, eq=False)
class Champion:
    """The model in production: `name` for people (`version 3`), and which rows it has seen.

    `seen` are the hashes of these rows, sorted, of the values of `told_by`; None where nobody has kept them.
    """

    name: str
    model: FittedModel
    told_by: Columns = ()
    seen: Words | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Beside:
    """The champion's answers to the rows; or why they are none, or do not count.

    `counts` is false where `judged` is there for information alone.
    """

    judged: Judged | None
    reason: str | None = None

    @property
    def counts(self) -> bool:
        """Whether a comparison with it says something."""
        return self.judged is not None and self.reason is None


def beside(
    champion: Champion, body: EvaluateBody, model: FittedModel, frame: pl.DataFrame, table: pl.LazyFrame, kinds: Columns
) -> Beside:
    """Judge the champion on the rows of `frame`, as `model` is; `table` has all of their columns, of these `kinds`."""
    differs = _differs(champion.model, model, frame, kinds)
    if differs is not None:
        return Beside(None, f"{champion.name}, in production, cannot be measured on these rows: {differs}")
    try:
        judged = renumbered(judge_rows(body, champion.model, frame).judged, champion.model, model, frame)
    except StepFailed as error:
        return Beside(None, f"{champion.name}, in production, cannot be measured on these rows: {error}")
    return Beside(judged, _has_seen(champion, table, kinds))


def _differs(champion: FittedModel, model: FittedModel, frame: pl.DataFrame, kinds: Columns) -> str | None:
    """In what the two models are about different things."""
    if champion.task != model.task:
        return f"it was made for another task ({champion.task})"
    if champion.target is not None and model.target is not None:
        if champion.target.name != model.target.name:
            return f"it predicts `{champion.target.name}`"
        mine, its = model.target.classes, champion.target.classes
        if model.task == "binary" and tuple(mine) != tuple(its):
            return f"its classes are {' and '.join(map(repr, its))}, in this order"
    missing = [name for name in champion.encoder.columns if name not in frame.columns]
    if missing:
        return f"they have no {', '.join(f'`{name}`' for name in missing)}"
    now = {column.name: column.type.kind for column in kinds}
    for name, written in champion.columns:
        kind = written.rstrip("?").partition("(")[0]
        if name in now and _alike(now[name]) != _alike(kind):
            return f"`{name}` is {now[name]} now, and was {kind}"
    return None


def _has_seen(champion: Champion, table: pl.LazyFrame, kinds: Columns) -> str | None:
    """Why a comparison would not be fair: the champion has seen some of the rows, or nobody can tell."""
    if champion.seen is None:
        return f"nobody knows which rows {champion.name}, in production, was trained on"
    now = {column.name: column.type.kind for column in kinds}
    lost = [column.name for column in champion.told_by if _family(now.get(column.name)) != _family(column.type.kind)]
    if lost or not champion.told_by:
        listed = ", ".join(f"`{name}`" for name in lost)
        return f"whether {champion.name}, in production, was trained on these rows cannot be told without {listed}"
    hashes = row_hashes(table, [column.name for column in champion.told_by])
    count = share_seen(hashes, champion.seen)
    if not count:
        return None
    rows = "all" if count == len(hashes) else f"{count:,} of the {len(hashes):,}"
    return f"{champion.name}, in production, was trained on {rows} rows, so that the comparison does not count"


def renumbered(judged: Judged, champion: FittedModel, model: FittedModel, frame: pl.DataFrame) -> Judged:
    """The champion's answers with the classes numbered as the other model has them; those that it lacks come last."""
    if judged.task != "multiclass" or champion.target is None or model.target is None:
        return judged
    column = frame[model.target.name]
    truth = np.asarray(model.target.encode(column), np.int64)
    numbers = {value: number for number, value in enumerate(model.target.classes)}
    numbers |= {value: int(code) for value, code in zip(plain_values(column), truth, strict=True)}
    for value in champion.target.classes:
        numbers.setdefault(value, max(numbers.values()) + 1)
    order = np.array([numbers[value] for value in champion.target.classes], np.int64)
    classes = max(numbers.values()) + 1
    scores = None
    if judged.scores is not None:
        scores = np.zeros((judged.rows, classes))
        scores[:, order] = judged.scores[:, : len(order)]
    predicted = order[np.asarray(judged.predicted, np.int64)]
    return replace(judged, truth=truth, predicted=predicted, scores=scores, classes=classes)


def _alike(kind: str) -> str | None:
    """Types of which a model takes one for the other."""
    return "float" if kind == "int" else _family(kind)


def _family(kind: str | None) -> str | None:
    """Types whose values hash alike."""
    return "string" if kind in ("string", "text", "enum") else kind
