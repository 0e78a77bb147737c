"""Folds: how training rows are divided to compare models, always as the outer split divides its table.

By time a fold's training rows are all before its validation rows, and rows of one moment stay together. By group, no
value of the group's column is on both sides. Else rows are dealt out at random, for a classifier so that every fold has
the classes in about the same shares.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import polars as pl

from mldsl.plan.nodes import Folds
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.models.features import Ints

Fold = tuple[Ints, Ints]
"""The numbers of the training rows and of the validation rows, both ascending."""


@dataclass(frozen=True, slots=True, eq=False)
class Divider:
    """What the folds of some rows depend on; arrays have an entry for each row, None where the split has no such thing.

    `strata` are the classes, or the values of the column that the split is stratified by. `classes` names the classes
    where a fold needs all of them. `reach` is the latest time that a row's target is made of, on the scale of `times`.
    `lost` are columns that the split goes by and that the rows have no longer: then there can be no folds.
    """

    rows: int
    strata: Ints | None = None
    groups: Ints | None = None
    times: Ints | None = None
    classes: tuple[str, ...] = ()
    reach: Ints | None = None
    lost: tuple[str, ...] = ()

    @property
    def at_random(self) -> bool:
        """Whether the split deals rows out at random, each on its own."""
        return self.groups is None and self.times is None and not self.lost

    def take(self, rows: Ints) -> Divider:
        """The same for these rows only."""
        strata, groups, times, reach = (
            None if given is None else given[rows] for given in (self.strata, self.groups, self.times, self.reach)
        )
        return Divider(len(rows), strata, groups, times, self.classes, reach, self.lost)

    def folds(self, count: int, seed: int) -> list[Fold]:
        """So many folds. Raises StepFailed where the rows do not suffice for them, or do not say where they belong."""
        if self.lost:
            raise _unknown(self.lost[0])
        if self.times is not None:
            return _by_time(self.times, self.reach, self.groups, count)
        if self.groups is not None:
            return _by_group(self.groups, self.strata, count, seed)
        return _at_random(self, count, seed)

    def folds_up_to(self, count: int, seed: int) -> list[Fold]:
        """So many folds, or as many as the rows suffice for: for what learns well from fewer, and names no number.

        No fold has to have all classes. Raises StepFailed where there are not even two.
        """
        divider = replace(self, classes=())
        for fewer in range(count, 2, -1):
            try:
                return divider.folds(fewer, seed)
            except StepFailed:
                continue
        return divider.folds(2, seed)


def make_divider(folds: Folds, frame: pl.DataFrame, target: Ints | None, classes: Sequence[str]) -> Divider:
    """The divider of a table; `target` has the classes' numbers of a classifier (None for another model)."""
    strata = target
    if folds.stratify is not None:
        strata = _codes(frame[folds.stratify])
    return Divider(
        frame.height,
        strata,
        None if folds.group is None else _codes(frame[folds.group]),
        None if folds.time is None else _codes(frame[folds.time]),
        tuple(classes) if strata is target and target is not None else (),
        None if folds.time is None or not folds.reach else _reach(frame, folds.time, folds.reach),
        folds.lost,
    )


def _unknown(lost: str) -> StepFailed:
    split, _, column = lost.partition(".")
    return StepFailed(
        f"the training rows cannot be divided as the split `{split}` divides its table: they have lost its `{column}`",
        f"keep `{column}` in the transforms that the model is fitted on, and name the others as its `features:`",
    )


def _reach(frame: pl.DataFrame, time: str, names: Sequence[str]) -> Ints:
    """How far each row's target reaches, as the number of its moment as `_codes` counts them; 0 where not beyond."""
    moments = frame[time].unique().sort()
    latest = frame.select(pl.max_horizontal(names)).to_series().cast(moments.dtype)
    places = moments.search_sorted(latest.fill_null(moments[0]), side="left") + 1
    return np.where(latest.is_null().to_numpy(), 0, places.to_numpy()).astype(np.int64)


def _codes(column: pl.Series) -> Ints:
    """Numbers in the order of the values; missing values are one value of their own, before all others."""
    return np.asarray(column.rank("dense").fill_null(0).cast(pl.Int64).to_numpy(), np.int64)


def _by_time(times: Ints, reach: Ints | None, groups: Ints | None, count: int) -> list[Fold]:
    """An expanding window: the rows in count + 1 stretches of about the same length, each judged by those before it.

    Rows whose target is made of later ones than their fold's training rows are not among these.
    """
    ends = np.searchsorted(np.sort(times), np.unique(times), side="right")
    aims = len(times) * np.arange(1, count + 1) / (count + 1)
    cuts = np.unique(times)[[int(np.argmin(np.abs(ends - aim))) for aim in aims]]
    bounds = [*cuts, times.max()]
    if len(set(bounds)) < count + 1:
        raise StepFailed(
            f"{count} folds by time need {count + 1} stretches of time, and the training rows lie too close together",
            f"they have {len(ends):,} different moments: lower `cv:`",
        )
    folds = []
    for before, until in pairwise(bounds):
        training, judged = times <= before, (times > before) & (times <= until)
        if reach is not None:
            training &= reach <= before
            if not training.any():
                raise StepFailed(
                    f"one of {count} folds by time has no training rows: all reach into the rows that it judges",
                    "lower `cv:`, or make the target of nearer rows",
                )
        if groups is not None:
            training &= ~np.isin(groups, groups[judged])
        folds.append((np.flatnonzero(training), np.flatnonzero(judged)))
    return folds


def _by_group(groups: Ints, strata: Ints | None, count: int, seed: int) -> list[Fold]:
    from sklearn.model_selection import GroupKFold, StratifiedGroupKFold

    there = len(np.unique(groups))
    if there < count:
        raise StepFailed(f"{count} folds by group need {count} groups, and the training rows have {there}")
    if strata is not None:
        splitter = StratifiedGroupKFold(count, shuffle=True, random_state=seed)
        return _sorted(splitter.split(groups, strata, groups))
    order = np.random.default_rng(seed).permutation(groups.max() + 1)  # ties of size fall differently for each seed
    return _sorted(GroupKFold(count).split(groups, None, order[groups]))


def _at_random(divider: Divider, count: int, seed: int) -> list[Fold]:
    from sklearn.model_selection import KFold, StratifiedKFold

    rows = np.zeros(divider.rows)
    if divider.rows < count:
        raise StepFailed(f"{count} folds need {count} training rows, and there are {divider.rows}")
    if divider.strata is None:
        return _sorted(KFold(count, shuffle=True, random_state=seed).split(rows))
    numbers, sizes = np.unique(divider.strata, return_counts=True)
    if divider.classes and sizes.min() < count:
        rare = int(np.argmin(sizes))
        members = f"{sizes[rare]} training row{'' if sizes[rare] == 1 else 's'}"
        raise StepFailed(
            f"the class `{divider.classes[numbers[rare]]}` has {members}, too few for {count} folds",
            "lower `cv:`, gather more rows of it, or put rare classes together in a `transform`",
        )
    rare_ones = np.isin(divider.strata, numbers[sizes < count])  # of a stratifying column: dealt out as one value
    strata = np.where(rare_ones, -1, divider.strata)
    if np.unique(strata, return_counts=True)[1].min() < count:
        return _sorted(KFold(count, shuffle=True, random_state=seed).split(rows))
    return _sorted(StratifiedKFold(count, shuffle=True, random_state=seed).split(rows, strata))


def _sorted(pairs: object) -> list[Fold]:
    return [(np.sort(training), np.sort(judged)) for training, judged in pairs]  # type: ignore[attr-defined]
