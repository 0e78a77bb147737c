"""The target as numbers: classes in their order, values as floats; and how much each row counts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import polars as pl

from mldsl.catalog.tasks import Task
from mldsl.plan.nodes import ModelBody
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.models.features import Floats, Ints

Class = bool | int | str


@dataclass(frozen=True, slots=True)
class Target:
    """What is predicted: a column and, for a classifier, its classes; of two, the second is the positive one."""

    name: str
    task: Task
    classes: tuple[Class, ...] = ()

    def encode(self, column: pl.Series) -> Floats | Ints:
        """The values, or the classes' numbers; classes that are not known get the numbers after the last.

        Raises StepFailed for missing values, and for what is no number where one is wanted.
        """
        if missing := column.null_count():
            rows = "row" if missing == 1 else "rows"
            message = f"the target `{self.name}` is missing in {missing:,} {rows}"
            raise StepFailed(message, f"take them out before: `filter {self.name} is not null`")
        if self.task == "regression":
            values = column.cast(pl.Float64).to_numpy()
            if not np.isfinite(values).all():
                raise StepFailed(f"the target `{self.name}` holds a value that is not finite")
            return values
        numbers: dict[Class, int] = {value: number for number, value in enumerate(self.classes)}
        for value in sorted(set(plain_values(column)) - set(numbers), key=str):
            numbers[value] = len(numbers)
        return np.fromiter((numbers[value] for value in plain_values(column)), np.int64, len(column))

    def names(self) -> tuple[str, ...]:
        """The classes as they are shown."""
        return tuple(shown(value) for value in self.classes)


def shown(value: Class) -> str:
    """A class in a message, a report or a column's name."""
    return str(value).lower() if isinstance(value, bool) else str(value)


def plain_values(column: pl.Series) -> list[Class]:
    """A column's values as Python has them: bools, ints, strings."""
    return (
        column.cast(pl.String) if not column.dtype.is_numeric() and column.dtype != pl.Boolean else column
    ).to_list()


def make_target(body: ModelBody, column: pl.Series) -> Target:
    """The target of a model; `column` has its training rows. Raises StepFailed where there is but one class."""
    assert body.target is not None
    if body.task == "regression":
        return Target(body.target.name, body.task)
    seen = {value for value in plain_values(column) if value is not None}
    classes: Sequence[Class] = body.classes or sorted(seen, key=lambda value: (str(type(value)), value))
    if body.task == "binary" and body.positive is not None:
        classes = sorted(classes, key=lambda value: value == body.positive)
    if len(seen) < 2:
        only = f"`{shown(next(iter(seen)))}`" if seen else "missing"
        many = f"always {only} in the {len(column):,} training rows"
        raise StepFailed(
            f"the target `{body.target.name}` is {many if len(column) > 1 else f'{only} in the only training row'}",
            "there is nothing to tell apart: check the rows' filter and the split",
        )
    return Target(body.target.name, body.task, tuple(classes))


def read_weights(name: str, column: pl.Series) -> Floats:
    """The weights of rows. Raises StepFailed for missing, negative or infinite ones, and where all are 0."""
    weights = column.cast(pl.Float64).fill_null(float("nan")).to_numpy()
    if not np.isfinite(weights).all():
        raise StepFailed(f"the weight `{name}` is missing or not finite in {_rows(~np.isfinite(weights))}")
    if (weights < 0).any():
        raise StepFailed(f"the weight `{name}` is negative in {_rows(weights < 0)}")
    if not weights.any():
        raise StepFailed(f"the weight `{name}` is 0 in every row")
    return weights


def _rows(which: npt.NDArray[np.bool_]) -> str:
    count = int(which.sum())
    return f"{count:,} row{'' if count == 1 else 's'}"
