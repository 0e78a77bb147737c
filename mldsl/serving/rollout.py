"""What becomes of a candidate: it stays, gets its next share, or is taken out."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal

from mldsl.records import record
from mldsl.serving.loaded import Release
from mldsl.serving.window import Measured

Fate = Literal["stays", "goes on", "is taken out"]

FEWEST = 50
"""A condition does not judge a version of fewer requests: of a handful one slow one is the 99th percentile.

A stage does not end before it has had so many, either: a candidate that nobody has asked, or that is so slow that it
has hardly answered, is not one that is fine.
"""


@record
class Verdict:
    """What becomes of it, and what was measured."""

    fate: Fate
    measured: Measured


def share_at(release: Release, stage: int | None) -> float:
    """The candidate's share of the requests at a stage; a rollout without stages is at its end."""
    stages = release.stages
    return stages[min(stage or 0, len(stages) - 1)][0] if stages else 1.0


@record
class Stage:
    """A stage of a rollout: its number, when it began (ISO 8601), and how many requests the candidate has had in it."""

    number: int
    since: str | None
    requests: int


def judge(release: Release, stage: Stage, measured: Measured, now: datetime, fewest: int) -> Verdict:
    """What becomes of a candidate.

    Where its condition is true it does not go on, and is taken out as soon as there were enough requests to say so.
    Null is not true.
    """
    if release.rollback is not None and release.rollback(measured.values()) is True:
        return Verdict("is taken out" if measured.requests >= fewest else "stays", measured)
    return Verdict("goes on" if _is_over(release, stage, now, fewest) else "stays", measured)


def _is_over(release: Release, stage: Stage, now: datetime, fewest: int) -> bool:
    """Whether a stage has lasted as long as it is to. One without a duration is over at once: it is the last."""
    seconds = release.stages[stage.number][1] if stage.number < len(release.stages) else None
    if seconds is None or stage.since is None:
        return True
    if release.rollback is not None and stage.requests < fewest:
        return False
    started = datetime.fromisoformat(stage.since)
    started = started if started.tzinfo is not None else started.replace(tzinfo=UTC)
    return (now - started).total_seconds() >= seconds
