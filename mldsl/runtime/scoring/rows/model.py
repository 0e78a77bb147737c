"""A fitted model on few rows: from Python values over one small matrix to Python values."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

import numpy as np

from mldsl.runtime.models.answers import Answers, answer
from mldsl.runtime.models.artifact import FittedModel
from mldsl.runtime.models.features import Matrix
from mldsl.runtime.models.preparation import Block, Preparation
from mldsl.runtime.scoring.rows.beyond import Beyond
from mldsl.runtime.scoring.rows.estimators import quick_estimator
from mldsl.runtime.scoring.rows.single import SingleRow
from mldsl.runtime.scoring.rows.steps import quick_step
from mldsl.runtime.scoring.rows.values import numbers

_FEW = 16  # rows: up to so many plain Python is faster


class RowModel:
    """The model with the quick forms of its parts; `slow` names those that have none."""

    def __init__(self, model: FittedModel) -> None:
        if model.encoder.pictures:
            raise Beyond("pictures are looked at as a table")
        self.model = model
        self._single: SingleRow | None
        self._numbers = numbers(model.encoder.numeric)
        self._texts = model.encoder.textual
        estimator = quick_estimator(model.learner.estimator)
        self._learner = replace(model.learner, estimator=estimator)
        quick = estimator is not model.learner.estimator
        blocks = tuple(_quick_block(block) for block in model.preparation.blocks)
        # A quick estimator takes no sparse matrix; for few rows a dense one is as good.
        self._preparation = Preparation(blocks, model.preparation.sparse and not quick)
        self.slow = tuple(self._slow_parts())
        try:
            self._single = SingleRow(model, estimator)
        except Beyond:
            self._single = None

    def answers(self, rows: Sequence[Mapping[str, Any]]) -> list[dict[str, object]]:
        """What the model says of rows with its columns."""
        if self._single is not None and len(rows) <= _FEW:
            return [self._single.answer(row) for row in rows]
        found = answer(self._learner, self._prepared(rows), self.model.threshold)
        columns = list(self._columns(found))
        names = [output.name for output in self.model.outputs]
        return [dict(zip(names, values, strict=True)) for values in zip(*columns, strict=True)]

    def _prepared(self, rows: Sequence[Mapping[str, Any]]) -> Any:  # noqa: ANN401 - a matrix of NumPy or SciPy
        matrix = np.array([self._numbers(row) for row in rows], dtype=np.float64).reshape(len(rows), -1)
        texts = {name: np.array([row[name] for row in rows], dtype=object) for name in self._texts}
        found = self._preparation.transform(Matrix(matrix, texts))
        if not self._preparation.sparse and np.isinf(found).any():
            raise Beyond  # an error, which scikit-learn words
        return found

    def _columns(self, found: Answers) -> Iterator[list[object]]:
        """Each output, as `FittedModel` fills it."""
        model = self.model
        if model.task == "anomaly":
            yield [number == 1 for number in found.predicted.tolist()]
            yield _there(found.scores)
            return
        classes = model.target.classes if model.target is not None else ()
        yield [classes[int(number)] for number in found.predicted.tolist()] if classes else found.predicted.tolist()
        count = len(model.outputs) - 1
        if not count:
            return
        shares = _there(found.probabilities)
        places = [1] if model.task == "binary" else range(count)
        for place in places:
            yield [row[place] for row in shares]

    def _slow_parts(self) -> Iterator[str]:
        for block, own in zip(self.model.preparation.blocks, self._preparation.blocks, strict=True):
            for before, after in zip(block.steps, own.steps, strict=True):
                if before is after and type(before).__module__.startswith("sklearn."):
                    yield type(before).__name__
        if self._learner.estimator is self.model.learner.estimator:
            yield type(self._learner.estimator).__name__


def _quick_block(block: Block) -> Block:
    if block.text is not None:
        return block
    return replace(block, steps=tuple(quick_step(step) for step in block.steps))


def _there(values: Any) -> Any:  # noqa: ANN401
    if values is None:
        raise Beyond
    return values.tolist()
