"""What a model says of rows, beside the truth: the case that metrics are taken of."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np
import polars as pl

from mldsl.plan.nodes import EvaluateBody
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.evaluation.judged import Judged
from mldsl.runtime.models.answers import Answers, judged
from mldsl.runtime.models.artifact import FittedModel
from mldsl.runtime.models.target import shown
from mldsl.runtime.work import Work


@dataclass(frozen=True, slots=True, eq=False)
class Case:
    """A model's answers and the baseline's beside the truth, and what the classes are called."""

    judged: Judged
    baseline: Judged | None
    truth: pl.Series | None
    classes: tuple[str, ...]


def needed(body: EvaluateBody, model: FittedModel) -> list[str]:
    """The columns that judging the model needs."""
    more = (body.target.name if body.target else None, body.against, body.unit)
    return [*model.encoder.columns, *(name for name in more if name)]


def read_rows(work: Work, body: EvaluateBody, columns: Iterable[str]) -> pl.DataFrame:
    """These columns of the rows. Rows for which it is not known whether they are anomalies are left out.

    Raises StepFailed where there are no rows, or a column is not there.
    """
    table = work.table(body.table)
    wanted, there = list(dict.fromkeys(columns)), table.collect_schema().names()
    missing = [name for name in wanted if name not in there]
    if missing:
        listed = ", ".join(f"`{name}`" for name in missing)
        raise StepFailed(f"`{body.table}`, on which `{body.model}` is judged, lacks {listed}")
    frame = table.select(wanted).collect()
    if body.against is not None:
        frame = frame.filter(pl.col(body.against).is_not_null())
    if not frame.height:
        raise StepFailed(f"there are no rows to judge `{body.model}` on")
    return frame


def judge_rows(body: EvaluateBody, model: FittedModel, frame: pl.DataFrame) -> Case:
    """The model's answers to the rows. Raises StepFailed where it cannot take them."""
    answers = model.answer(frame)
    if body.task == "cluster":
        return Case(judged(model.learner, answers, None, model.prepare(frame)), None, None, ())
    if body.task == "anomaly":
        return _judge_anomalies(body, model, frame, answers)
    assert model.target is not None
    column = frame[model.target.name]
    truth = model.target.encode(column)
    found = judged(model.learner, answers, truth, None)
    baseline = None
    if model.baseline is not None:
        baseline = judged(model.learner, model.baseline.answers(frame.height), truth, None)
    return Case(found, baseline, column, _classes(model, column, found))


def _judge_anomalies(body: EvaluateBody, model: FittedModel, frame: pl.DataFrame, answers: Answers) -> Case:
    if body.against is None:
        raise StepFailed("an anomaly model is judged against a bool column", "name it: `against: column`")
    truth = frame[body.against].cast(pl.Int64).to_numpy()
    return Case(judged(model.learner, answers, truth, None), None, None, ("normal", "anomaly"))


def _classes(model: FittedModel, column: pl.Series, found: Judged) -> tuple[str, ...]:
    """The names of the classes; those that only the judged rows have come last."""
    assert model.target is not None
    if not model.target.classes or len(model.target.classes) == found.classes:
        return model.target.names()
    truth = np.asarray(found.truth, np.int64)
    more = {int(code): shown(value) for code, value in zip(truth, column.to_list(), strict=True)}
    return (*model.target.names(), *(more.get(code, "?") for code in range(len(model.target.classes), found.classes)))
