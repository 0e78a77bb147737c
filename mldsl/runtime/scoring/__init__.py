"""Scoring: from a raw row of a source to a model's answer, by the transforms that it was trained behind.

`scorer(version, store)` is what serving uses, `prepare` what the registration of a version calls, `snapshots` what it
stores of other tables.
"""

from __future__ import annotations

from mldsl.runtime.scoring.opened import Version, opened
from mldsl.runtime.scoring.reference import ReferenceScorer
from mldsl.runtime.scoring.served import Field, Scorer, Served
from mldsl.runtime.scoring.snapshots import snapshots
from mldsl.runtime.store import Store

__all__ = [
    "Field",
    "ReferenceScorer",
    "Scorer",
    "Served",
    "Version",
    "opened",
    "reference_scorer",
    "scorer",
    "snapshots",
]


def scorer(version: Version, store: Store) -> Scorer:
    """What answers requests for a version. Raises StoreError for a file that was altered, StepFailed for a model that
    cannot be read.
    """
    return reference_scorer(version, store)


def reference_scorer(version: Version, store: Store) -> ReferenceScorer:
    """What answers by the plan's own transforms. Raises as `scorer`."""
    return ReferenceScorer(opened(version, store))
