"""The fitted model: everything that predicting needs, from a table's columns to the columns of predictions."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import polars as pl

from mldsl.catalog.tasks import Task
from mldsl.plan.nodes import ColumnSpec
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.models.answers import Answers, answer
from mldsl.runtime.models.baseline import Baseline
from mldsl.runtime.models.features import Encoder, Floats, Ints
from mldsl.runtime.models.learner import Learner
from mldsl.runtime.models.preparation import Preparation
from mldsl.runtime.models.target import Class, Target
from mldsl.runtime.models.threads import native_threads
from mldsl.runtime.models.untyped import Json, Prepared

FORMAT = 1
"""The version of what is saved; a model of another version is not read."""

_AT_ONCE = 1 << 17  # rows that are prepared at a time


@dataclass(frozen=True, slots=True)
class Output:
    """A column of predictions: its name, the kind of its type, an enum's values."""

    name: str
    kind: str
    values: tuple[str, ...] = ()


def make_output(spec: ColumnSpec) -> Output:
    """The column as the plan describes it."""
    return Output(spec.name, spec.type.kind, spec.type.values)


@dataclass(frozen=True, slots=True, eq=False)
class FittedModel:
    """A model that can predict; saved and loaded by `storage`.

    `columns` has the features that it looks at with their types as a program writes them; other columns of a table may
    be there and do not matter. `threshold` is that of a binary model.
    """

    format: int
    task: Task
    target: Target | None
    columns: tuple[tuple[str, str], ...]
    outputs: tuple[Output, ...]
    encoder: Encoder
    preparation: Preparation
    learner: Learner
    threshold: float
    baseline: Baseline | None

    # --- for mldsl ---

    def predict_columns(self, frame: pl.DataFrame) -> pl.DataFrame:
        """The columns of predictions for the rows of a table, in its order; exactly those that the plan says.

        Raises StepFailed where a column is missing or has values that the model cannot take.
        """
        if not frame.height:
            return pl.DataFrame(schema={output.name: _dtype(output) for output in self.outputs})
        return pl.DataFrame(list(self._columns(self.answer(frame))))

    def answer(self, frame: pl.DataFrame) -> Answers:
        """What the model says of the rows of a table, which must have some."""
        parts = [answer(self.learner, part, self.threshold) for part in self._prepared(frame)]
        return _joined(parts)

    def prepare(self, frame: pl.DataFrame) -> Prepared:
        """The rows as the estimator gets them."""
        return self.preparation.transform(self.encoder.encode(frame))

    def _prepared(self, frame: pl.DataFrame) -> Iterator[Prepared]:
        with native_threads(1):
            for start in range(0, frame.height, _AT_ONCE):
                yield self.prepare(frame.slice(start, _AT_ONCE))

    def _columns(self, found: Answers) -> Iterator[pl.Series]:
        """Each output filled: the prediction first, then probabilities; for anomalies the flag, then the score."""
        probabilities = iter(self._probabilities(found))
        for place, output in enumerate(self.outputs):
            if self.task == "anomaly":
                values: Json = found.predicted == 1 if place == 0 else found.scores
            elif place == 0:
                values = self._labels(found)
            else:
                values = next(probabilities, None)
            if values is None:
                raise StepFailed(f"`{self.learner.name}` gives nothing for the column `{output.name}`")
            yield pl.Series(output.name, values, dtype=_dtype(output))

    def _labels(self, found: Answers) -> list[Class] | Floats | Ints:
        if self.target is None or not self.target.classes:
            return found.predicted
        return [self.target.classes[number] for number in found.predicted.astype(np.int64).tolist()]

    def _probabilities(self, found: Answers) -> Sequence[Floats]:
        if found.probabilities is None:
            return ()
        return [found.probabilities[:, 1]] if self.task == "binary" else list(found.probabilities.T)

    # --- for everyone: as a scikit-learn model of the table's own columns ---

    @property
    def classes_(self) -> tuple[Class, ...]:
        """The classes, in the order of `predict_proba`'s columns; the second of two is the positive one."""
        return self.target.classes if self.target is not None else ()

    @property
    def feature_names_in_(self) -> tuple[str, ...]:
        """The columns that a table must have."""
        return self.encoder.columns

    def predict(self, table: object) -> list[Class] | Floats | Ints:
        """The predictions for a table (of Polars or pandas) with the model's columns: classes, values, clusters."""
        return self._labels(self.answer(_frame(table)))

    def predict_proba(self, table: object) -> Floats:
        """Rows × classes. Raises AttributeError for a model that gives no probabilities."""
        found = self.answer(_frame(table)).probabilities
        if found is None:
            raise AttributeError(f"`{self.learner.name}` gives no probabilities")
        return found


def _joined(parts: Sequence[Answers]) -> Answers:
    if len(parts) == 1:
        return parts[0]
    first = parts[0]
    return Answers(
        np.concatenate([part.predicted for part in parts]),
        None if first.probabilities is None else np.concatenate([_there(part.probabilities) for part in parts]),
        None if first.scores is None else np.concatenate([_there(part.scores) for part in parts]),
    )


def _there(values: Floats | None) -> Floats:
    assert values is not None
    return values


def _frame(table: object) -> pl.DataFrame:
    if isinstance(table, pl.DataFrame):
        return table
    return pl.DataFrame(table)  # type: ignore[arg-type]


_DTYPES: dict[str, type[pl.DataType]] = {
    "bool": pl.Boolean,
    "int": pl.Int64,
    "float": pl.Float64,
    "string": pl.String,
}


def _dtype(output: Output) -> pl.DataType | type[pl.DataType]:
    return pl.Enum(list(output.values)) if output.kind == "enum" else _DTYPES[output.kind]
