"""What a monitor judges: rows that a version of a model answered, beside the rows that it was trained and judged on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from mldsl.runtime.evaluation.judged import Judged


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """The predictions of a time whose labels have come: of `predictions` so many are `known`, `known_before` left out.

    `judged` is None where none are known. `seen` are labelled rows that the version was trained on: they do not count.
    """

    judged: Judged | None
    predictions: int
    known: int
    seen: int = 0
    reason: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What the expectations of one monitor are judged on.

    `training` has the features of training rows. `expected` has the predictions that were to be expected: those for
    the rows on which the version was judged. `batch` has features and predictions of what production asked; `outputs`
    are the names of the predictions. `hidden` says of columns that cannot be compared why. `labelled` has, by period in
    microseconds, the predictions whose truth is known. `data` names the batch's content: equal for the same rows.
    """

    training: pl.DataFrame
    expected: pl.DataFrame
    batch: pl.DataFrame
    outputs: Sequence[str]
    data: str
    until: datetime
    labelled: Mapping[int, Labelled] = field(default_factory=dict)
    hidden: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, object] = field(default_factory=dict)
    seed: int = 0
