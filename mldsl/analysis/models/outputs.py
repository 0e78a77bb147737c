"""The columns that a model's predictions come in."""

from __future__ import annotations

from mldsl.analysis.models.target import Classes
from mldsl.analysis.program import Task
from mldsl.analysis.typed import Column
from mldsl.catalog.types import BOOL, FLOAT, INT


def outputs_of(task: Task, target: Column | None, classes: Classes, *, probabilities: bool) -> tuple[Column, ...]:
    """What `predict with` adds: the prediction, and a classifier's probabilities.

    The classes of a `string` target are known from the data alone, so that their probabilities have no columns.
    """
    if task == "cluster":
        return (Column("cluster", INT),)
    if task == "anomaly":
        return (Column("anomaly", BOOL), Column("anomaly_score", FLOAT))
    if target is None:
        return ()
    predicted = Column(f"{target.name}_predicted", FLOAT if task == "regression" else target.type.with_null(False))
    if not probabilities or task == "regression":
        return (predicted,)
    if task == "binary":
        return (predicted, Column(f"{target.name}_probability", FLOAT))
    return (predicted, *(Column(f"{target.name}_probability_{value}", FLOAT) for value in classes.values))
