"""What a monitor judges: rows that a version of a model answered, beside the rows that it was trained and judged on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import polars as pl

from mldsl.runtime.evaluation.judged import Judged


@dataclass(frozen=True, slots=True, eq=False)
class Labelled:
    """The predictions of a time: of so many `predictions` the truth of so many is `known`, and these are `judged`.

    `seen` of the known ones are rows that the version was trained on: they are left out. `reason` says why none can be
    known.
    """

    judged: Judged | None
    predictions: int
    known: int
    seen: int = 0
    reason: str | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Evidence:
    """What the expectations of one monitor are judged on.

    `training` has the features of training rows, `expected` the predictions that were to be expected: those for the
    rows on which the version was judged. `batch` has the features of what production asked, `answers` the predictions,
    whose names are `outputs`. `hidden` says of columns that cannot be compared why. `labelled` has, by period in
    microseconds, the predictions whose truth is known. `data` names the rows: equal for the same ones; `until` is when
    the newest was answered.
    """

    training: pl.DataFrame
    expected: pl.DataFrame
    batch: pl.DataFrame
    answers: pl.DataFrame
    outputs: Sequence[str]
    data: str
    until: datetime
    labelled: Mapping[int, Labelled] = field(default_factory=dict)
    hidden: Mapping[str, str] = field(default_factory=dict)
    params: Mapping[str, object] = field(default_factory=dict)
    seed: int = 0
