"""What happened to a deployment: events, each of which says how things stand after it."""

from __future__ import annotations

import json
from dataclasses import field, replace
from typing import Any, Literal, TypeAlias

from mldsl.records import record

EventKind: TypeAlias = Literal[
    "registered",
    "promoted",
    "rollout",
    "stage",
    "taken_out",
    "rolled_back",
    "approved",
    "certified",
    "batch",
    "monitor",
    "breach",
    "action",
    "retrained",
]
"""What can happen: a candidate gets its first share (`rollout`) or its next (`stage`); what was proved of a version's
program (`certified`); a monitor found nothing (`monitor`) or a `breach`, and did something about it (`action`).
The details of an approval have the `team`, those of a certificate and of a batch where it is in the store."""


@record
class State:
    """How a deployment stands. Numbers are those of versions.

    `champion` is in production; `previous` are earlier champions that can be gone back to, the last one last.
    `candidate` gets a share of the requests: that of the rollout's stage number `stage` (from 0), since `stage_since`
    (ISO 8601, UTC).
    """

    champion: int | None = None
    candidate: int | None = None
    previous: tuple[int, ...] = ()
    stage: int | None = None
    stage_since: str | None = None

    def promoted(self, number: int) -> State:
        """With another champion. A candidate of that number is none any more."""
        earlier = tuple(item for item in self.previous if item != number)
        if self.champion is not None and self.champion != number:
            earlier += (self.champion,)
        kept = self.without_candidate() if self.candidate == number else self
        return replace(kept, champion=number, previous=earlier)

    def with_candidate(self, number: int, stage: int, since: str) -> State:
        """With a candidate at a stage of its rollout."""
        return replace(self, candidate=number, stage=stage, stage_since=since)

    def without_candidate(self) -> State:
        """With the champion alone."""
        return replace(self, candidate=None, stage=None, stage_since=None)

    def back(self, number: int) -> State:
        """With an earlier champion in production again, and no candidate."""
        earlier = self.previous[: self.previous.index(number)] if number in self.previous else self.previous
        return replace(self.without_candidate(), champion=number, previous=earlier)

    def document(self) -> dict[str, Any]:
        """As plain JSON."""
        found: dict[str, Any] = {name: getattr(self, name) for name in self.__match_args__}
        return found | {"previous": list(self.previous)}


@record
class Event:
    """One thing that happened; `number` counts from 1.

    `version` is the one it is about, `by` who did it, `state` how things stand since.
    """

    number: int
    time: str
    kind: EventKind
    version: int | None
    by: str
    reason: str | None
    details: dict[str, Any] = field(default_factory=dict)
    state: State = field(default_factory=State)

    def document(self) -> dict[str, Any]:
        """As plain JSON."""
        return {name: getattr(self, name) for name in self.__match_args__} | {"state": self.state.document()}

    def to_json(self) -> bytes:
        """As a JSON document."""
        return json.dumps(self.document(), ensure_ascii=False, allow_nan=False, sort_keys=True).encode("utf-8")


def event_from_json(data: bytes) -> Event:
    """The event in a document. Raises ValueError, KeyError or TypeError for one that is damaged."""
    document = json.loads(data)
    state = document.pop("state")
    return Event(**document, state=State(**state | {"previous": tuple(state["previous"])}))
