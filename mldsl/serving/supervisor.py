"""What goes on beside the requests: the registry is followed, and the candidate is watched.

Several servers may serve one endpoint. Each watches what it sees itself. What one of them decides becomes an event of
the registry, which only one can create: the others find it there at their next look, within half a second.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from contextlib import suppress
from datetime import UTC, datetime
from time import monotonic
from typing import Protocol, TypeAlias

from mldsl.errors import MldslError
from mldsl.runtime.registry import Event, RegistryError, State
from mldsl.serving.endpoint import Endpoint, Live
from mldsl.serving.loaded import Loaded, Parts
from mldsl.serving.reader import Reader, misfit
from mldsl.serving.rollout import FEWEST, Stage, Verdict, judge, share_at
from mldsl.serving.warming import warmed
from mldsl.serving.window import Window

# Seconds between two looks at the candidate, at the registry, and between two tries at what did not work.
_WATCH = 0.1
_POLL = 0.5
_AGAIN = 10.0

Load: TypeAlias = Callable[[int], Parts]


class Registry(Protocol):
    """What is needed of a registry."""

    def last(self) -> Event | None:
        """The newest event."""

    def advance(
        self, *, by: str, stages: int, reason: str | None = None, details: dict[str, object] | None = None, seen: State
    ) -> Event:
        """The candidate's next stage; beyond the last it is the champion."""

    def take_out(
        self,
        *,
        by: str,
        reason: str | None = None,
        details: dict[str, object] | None = None,
        seen: State | None = None,
    ) -> Event:
        """The candidate gets no requests any more."""


class Supervisor:
    """Keeps an endpoint as its registry has it, and moves the rollout on. `by` is who it is in the history."""

    def __init__(
        self, endpoint: Endpoint, registry: Registry, load: Load, state: State, *, by: str, fewest: int = FEWEST
    ) -> None:
        self._endpoint = endpoint
        self._registry = registry
        self._load = load
        self._by = by
        self._fewest = fewest
        self._state = state
        # Versions that could not be loaded, and when that is tried again.
        self._broken: dict[int, float] = {}
        # The state in which a candidate was taken out here, until the registry has it.
        self._out: State | None = None
        self._not_before = 0.0
        # How many requests the candidate had had when its stage began.
        self._before = 0

    async def run(self) -> None:
        """Until it is cancelled."""
        await self._safely(self._serve)
        polled = monotonic()
        while True:
            if monotonic() - polled >= _POLL:
                await self._safely(self.follow)
                polled = monotonic()
            await self._safely(self.watch)
            await asyncio.sleep(_WATCH)

    async def _safely(self, work: Callable[[], Awaitable[None]]) -> None:
        """Whatever is the matter with the registry, requests are answered."""
        try:
            await work()
        except Exception as error:
            message = error.message if isinstance(error, MldslError) else f"{type(error).__name__}: {error}"
            self._endpoint.log.say("error", "the registry cannot be followed", {"message": message})
            await asyncio.sleep(_POLL)

    # --- following the registry ---

    async def follow(self) -> None:
        """Serve what the registry says, if that has changed."""
        last = await asyncio.to_thread(self._registry.last)
        if last is None:
            return
        if last.state == self._state and not self._due():
            return
        restarted = last.state.candidate is not None and last.state.stage == 0 and last.state != self._state
        self._state = last.state
        if self._out is not None and self._out != self._state:
            self._out = None
        if restarted:
            self._forget_candidate()
        await self._serve()

    def _due(self) -> bool:
        """Whether a champion that could not be loaded is to be tried again."""
        again = self._broken.get(self._state.champion or 0)
        return again is not None and monotonic() >= again

    def _forget_candidate(self) -> None:
        """A rollout that begins anew is judged by what comes from now on."""
        candidate = self._endpoint.live.candidate
        if candidate is not None:
            candidate.window = Window()

    async def _serve(self) -> None:
        """Load what is to be served, then put it in the place of what is, all at once."""
        state, live = self._state, self._endpoint.live
        champion = live.champion
        if state.champion is not None and state.champion != champion.number:
            champion = await self._loaded(state.champion) or champion
        candidate: Loaded | None = None
        if state.candidate is not None and state.candidate != champion.number and self._out is None:
            candidate = await self._candidate(state, champion)
        share = share_at(candidate.parts.release, state.stage) if candidate is not None else 0.0
        reader = None
        if candidate is not None:
            others = candidate.reader.others | champion.reader.known.keys() | champion.reader.others
            reader = Reader(candidate.parts.scorer.fields, others)
        changed = (live.champion, live.candidate, live.share) != (champion, candidate, share)
        if live.champion is not champion and (change := misfit(live.champion.reader, champion.reader)):
            about: dict[str, object] = {"version": champion.number, "change": change}
            self._endpoint.log.say("warning", "requests have to be different", about)
        self._before = candidate.window.count if candidate is not None else 0
        self._endpoint.live = Live(champion, candidate, share, reader)
        if changed:
            self._say(candidate)

    async def _candidate(self, state: State, champion: Loaded) -> Loaded | None:
        """The candidate; taken out where it cannot answer the champion's requests."""
        assert state.candidate is not None
        candidate = await self._loaded(state.candidate)
        if candidate is None:
            await self._take_out(state, f"version {state.candidate} cannot be loaded", {})
            return None
        change = misfit(champion.reader, candidate.reader)
        if change is None:
            return candidate
        reason = f"what is asked of version {champion.number} does not suit version {candidate.number}: {change}"
        await self._take_out(state, reason, {})
        return None

    async def _loaded(self, number: int) -> Loaded | None:
        """The version, from what is served already or from the store; None where it cannot be loaded."""
        for item in self._endpoint.versions():
            if item.number == number:
                return item
        if self._broken.get(number, 0.0) > monotonic():
            return None
        try:
            found = await asyncio.to_thread(lambda: warmed(self._load(number)))
        except Exception as error:
            self._broken[number] = monotonic() + _AGAIN
            message = error.message if isinstance(error, MldslError) else f"{type(error).__name__}: {error}"
            self._endpoint.log.say("error", "a version cannot be loaded", {"version": number, "message": message})
            return None
        self._broken.pop(number, None)
        return found

    # --- watching the candidate ---

    async def watch(self) -> None:
        """Judge the candidate, and do what follows from it."""
        if self._out is not None:
            if monotonic() >= self._not_before:
                await self._record_out()
            return
        state, candidate = self._state, self._endpoint.live.candidate
        if candidate is None or candidate.number != state.candidate:
            return
        measured = candidate.window.measured(monotonic())
        now = datetime.now(UTC)
        stage = Stage(state.stage or 0, state.stage_since, candidate.window.count - self._before)
        verdict = judge(candidate.parts.release, stage, measured, now, self._fewest)
        if verdict.fate == "is taken out":
            text = candidate.parts.release.text
            await self._take_out(state, f"rollback when {text}" if text else None, self._numbers(verdict))
        elif verdict.fate == "goes on":
            await self._go_on(state, candidate, verdict)

    async def _take_out(self, state: State, reason: str | None, details: dict[str, object]) -> None:
        """At once here, then in the registry, which is tried until it has it."""
        live = self._endpoint.live
        self._endpoint.live = Live(live.champion)
        self._out, self._why = state, (reason, details)
        about: dict[str, object] = {"version": state.candidate, "reason": reason, **details}
        self._endpoint.log.say("warning", "candidate taken out", about)
        await self._record_out()

    async def _record_out(self) -> None:
        assert self._out is not None
        reason, details = self._why
        self._not_before = monotonic() + _POLL
        seen = self._out
        try:
            event = await asyncio.to_thread(
                lambda: self._registry.take_out(by=self._by, reason=reason, details=details, seen=seen)
            )
        except RegistryError:  # somebody else was quicker: the next look shows what they did
            self._out = None
            return
        self._out = None
        self._state = event.state

    async def _go_on(self, state: State, candidate: Loaded, verdict: Verdict) -> None:
        stages = len(candidate.parts.release.stages)
        details = self._numbers(verdict)
        with suppress(RegistryError):  # somebody else was quicker
            await asyncio.to_thread(
                lambda: self._registry.advance(
                    by=self._by, stages=stages, reason="the stage is over", details=details, seen=state
                )
            )
        await self.follow()

    def _numbers(self, verdict: Verdict) -> dict[str, object]:
        champion = self._endpoint.live.champion
        return {
            "measured": verdict.measured.document(),
            "champion": {"version": champion.number, **champion.window.measured(monotonic()).document()},
        }

    def _say(self, candidate: Loaded | None) -> None:
        about: dict[str, object] = {"version": self._endpoint.live.champion.number}
        if candidate is not None:
            about |= {"candidate": candidate.number, "share": self._endpoint.live.share}
        self._endpoint.log.say("info", "serving", about)
