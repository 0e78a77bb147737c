"""What a comparison of two plans finds."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from mldsl.plan.diff.facts import Part
from mldsl.plan.nodes import Kind

State = Literal["added", "removed", "changed", "renamed"]


@dataclass(frozen=True, slots=True)
class Change:
    """One thing that a step says: `before` and `after` are None where it was or is not there.

    A `line` (of a transform, an expectation, a requirement) has no name; an option that is just there has no text.
    """

    part: Part
    name: str
    before: str | None
    after: str | None


@dataclass(frozen=True, slots=True)
class StepChange:
    """A step with what changed in it; `before` is its earlier name where it was renamed."""

    id: str
    kind: Kind
    name: str
    state: State
    changes: tuple[Change, ...] = ()
    before: str | None = None


@dataclass(frozen=True, slots=True)
class Effect:
    """A deployment, a monitor or the pipeline's schedule that is no longer as it was.

    `state` is None where it says what it said, and `why` names what comes from elsewhere: a model that is trained anew.
    """

    kind: str
    name: str
    state: State | None
    why: str | None


@dataclass(frozen=True, slots=True)
class Difference:
    """All that changed; `reruns` are the ids of the later plan's steps whose results cannot be taken over."""

    pipeline: tuple[Change, ...]
    steps: tuple[StepChange, ...]
    reruns: tuple[str, ...]
    production: tuple[Effect, ...]

    @property
    def same(self) -> bool:
        """Whether both mean the same."""
        return not (self.pipeline or self.steps or self.reruns or self.production)
