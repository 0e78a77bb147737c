"""What each column adds: how much worse the model does when the column's values are dealt out anew among the rows."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

import numpy as np
import polars as pl

from mldsl.catalog.metrics import DEFAULT_METRICS, FALLBACK_METRIC, METRICS
from mldsl.runtime.evaluation.judged import Judged
from mldsl.runtime.evaluation.metrics import metric_fits, metric_value
from mldsl.runtime.evaluation.slices import Json
from mldsl.runtime.models.answers import judged
from mldsl.runtime.models.artifact import FittedModel
from mldsl.runtime.models.notices import quiet
from mldsl.runtime.models.threads import workers
from mldsl.runtime.seeds import derive_seed

_REPEATS = 5
_MOST_ROWS = 5_000
_CELLS = 4_000_000
"""How many values the model is asked about at once: each question costs time of its own, each value memory."""


def feature_importance(model: FittedModel, frame: pl.DataFrame, truth: pl.Series, seed: int, jobs: int) -> Json:
    """By column, the most important first: the mean loss of the metric and its spread over the repeats.

    The columns are the table's own, before any preparation. Of many rows a sample drawn with the seed is looked at.
    """
    rows = _sample(frame.height, seed)
    frame, truth = frame[rows], truth[rows]
    first = _judge(model, frame, truth)
    metric = DEFAULT_METRICS[model.task]
    metric = metric if metric_fits(metric, first) else FALLBACK_METRIC
    base = metric_value(metric, first)
    if base is None:
        return {"metric": metric, "undefined": "the metric is not defined for these rows"}
    sign = 1 if METRICS[metric].greater_is_better else -1

    def losses(columns: Sequence[str]) -> list[list[float]]:
        dealt = pl.concat([table for column in columns for table in _dealt(frame, column, seed)])
        said = _judge(model, dealt, pl.concat([truth] * (len(columns) * _REPEATS)))
        values = [metric_value(metric, said.take(part)) for part in np.arange(said.rows).reshape(-1, frame.height)]
        each = [0.0 if value is None else sign * (base - value) for value in values]
        return [each[start : start + _REPEATS] for start in range(0, len(each), _REPEATS)]

    with workers(jobs) as over, quiet():
        each = [found for batch in over(losses, _batches(model.encoder.columns, frame)) for found in batch]
    told = [
        {"feature": column, "importance": float(np.mean(found)), "spread": float(np.std(found))}
        for column, found in zip(model.encoder.columns, each, strict=True)
    ]
    return {
        "metric": metric,
        "value": base,
        "greater_is_better": METRICS[metric].greater_is_better,
        "repeats": _REPEATS,
        "rows": frame.height,
        "features": sorted(told, key=lambda item: -float(str(item["importance"]))),
    }


def _dealt(frame: pl.DataFrame, column: str, seed: int) -> Iterator[pl.DataFrame]:
    """The table with the column's values dealt out anew, once for each repeat."""
    generator = np.random.default_rng(derive_seed(seed, f"importance/{column}"))
    for _ in range(_REPEATS):
        yield frame.with_columns(frame[column][generator.permutation(frame.height)])


def _batches(columns: Sequence[str], frame: pl.DataFrame) -> list[Sequence[str]]:
    """The columns in lots of which the model is asked together."""
    lot = max(_CELLS // max(frame.height * frame.width * _REPEATS, 1), 1)
    return [columns[start : start + lot] for start in range(0, len(columns), lot)]


def _sample(rows: int, seed: int) -> np.typing.NDArray[np.int64]:
    if rows <= _MOST_ROWS:
        return np.arange(rows)
    return np.sort(np.random.default_rng(seed).choice(rows, _MOST_ROWS, replace=False))


def _judge(model: FittedModel, frame: pl.DataFrame, truth: pl.Series) -> Judged:
    assert model.target is not None
    return judged(model.learner, model.answer(frame), model.target.encode(truth), None)
