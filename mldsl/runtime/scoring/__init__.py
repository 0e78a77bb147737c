"""Scoring: from a raw row of a source to a model's answer, by the transforms that it was trained behind.

`scorer(version, store)` is what serving uses, `prepare` what the registration of a version calls, `snapshots` what it
stores of other tables.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from mldsl.plan.expressions import Json
from mldsl.plan.requests import NotOfOneRow
from mldsl.runtime.scoring.held_back import held_back
from mldsl.runtime.scoring.opened import Version, opened
from mldsl.runtime.scoring.reference import ReferenceScorer
from mldsl.runtime.scoring.served import Field, Scorer, Served
from mldsl.runtime.scoring.snapshots import snapshots
from mldsl.runtime.store import Store

if TYPE_CHECKING:
    import polars as pl

    from mldsl.runtime.work import Work

__all__ = [
    "Field",
    "ReferenceScorer",
    "Scorer",
    "Served",
    "Version",
    "prepare",
    "prepare_in",
    "reference_scorer",
    "scorer",
    "snapshots",
]


def scorer(version: Version, store: Store) -> Scorer:
    """What answers requests for a version: by the row path where `prepare` found it sound, else by the reference path.

    Raises StoreError for a file that is missing or was altered, StepFailed for a model that cannot be read, and
    NotOfOneRow for a model whose features need more than one row.
    """
    reference = reference_scorer(version, store)
    if not (version.row_path or {}).get("prepared"):
        return reference
    from mldsl.runtime.scoring.prepared import PreparedScorer
    from mldsl.runtime.scoring.rows.beyond import Beyond

    try:
        return PreparedScorer(reference)
    except Beyond:  # libraries of other versions may have other insides
        return reference


def reference_scorer(version: Version, store: Store) -> ReferenceScorer:
    """What answers by the plan's own transforms. Raises as `scorer`."""
    return ReferenceScorer(opened(version, store))


def prepare(version: Version, store: Store, rows: pl.DataFrame) -> dict[str, Json]:
    """What is to be said of a version's row path (`row_path`), held against the reference path on these raw rows.

    See `mldsl.runtime.scoring.judge`. A model that no request can be made for has none. Raises as `scorer`.
    """
    from mldsl.runtime.scoring.judge import judge

    return judge(reference_scorer(version, store), rows)


def prepare_in(work: Work, version: Version) -> dict[str, Json]:
    """As `prepare`, on rows that the split held back; `work` is that of a step behind the model."""
    from mldsl.runtime.scoring.judge import judge, refused

    try:
        reference = reference_scorer(version, work.store)
    except NotOfOneRow as error:
        return refused(error.message)
    return judge(reference, held_back(work, reference))
