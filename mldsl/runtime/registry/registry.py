"""The registry of one deployment, in the artifact store: nothing in it is ever changed, things are only added.

`registry/NAME/versions/000001.json` and `registry/NAME/events/0000001.json` are created exclusively: of two who do
something at the same moment one finds the number taken, and nothing is half done. The last event says how things stand.
"""

from __future__ import annotations

import getpass
import hashlib
import socket
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any
from urllib.parse import quote, unquote

from mldsl.records import record
from mldsl.runtime.registry.events import Event, EventKind, State, event_from_json
from mldsl.runtime.registry.versions import RegistryError, Version, version_from_json
from mldsl.runtime.store import Store, Stored

_FOLDER = "registry"
_TRIES = 100


@record
class Registry:
    """The versions and the history of one deployment. Whoever writes says in `by` who it is."""

    store: Store
    name: str

    # --- reading ---

    def state(self) -> State:
        """How things stand now."""
        last = self.last()
        return State() if last is None else last.state

    def last(self) -> Event | None:
        """The newest event; None where nothing has happened yet."""
        numbers = self._numbers("events")
        return self._event(numbers[-1]) if numbers else None

    def events(self, after: int = 0) -> list[Event]:
        """What happened, oldest first; `after` leaves out those up to that number."""
        return [self._event(number) for number in self._numbers("events") if number > after]

    def version(self, number: int) -> Version:
        """The version of that number. Raises RegistryError where there is none."""
        data = self.store.files.read(self._version_path(number))
        if data is None:
            known = ", ".join(map(str, self.numbers())) or "none yet"
            raise RegistryError(f"`{self.name}` has no version {number}", f"its versions: {known}")
        try:
            return version_from_json(data)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            message = f"version {number} of `{self.name}` cannot be read: its entry in the registry is damaged"
            raise RegistryError(message, "promote another one") from error

    def numbers(self) -> list[int]:
        """The numbers of all versions, oldest first."""
        return self._numbers("versions")

    def versions(self) -> list[Version]:
        """All versions, oldest first."""
        return [self.version(number) for number in self.numbers()]

    def champion(self) -> Version | None:
        """The version in production, if there is one."""
        number = self.state().champion
        return None if number is None else self.version(number)

    def read(self, version: Version, stored: Stored) -> bytes:
        """The bytes of something that a version needs, held against its hash before anything reads them.

        Raises RegistryError where they were altered or are gone.
        """
        path = self.store.files.local(stored.path) if self.store.files.size(stored.path) is not None else None
        try:
            data = path.read_bytes() if path is not None else None
        except OSError:
            data = None
        if data is None or hashlib.sha256(data).hexdigest() != stored.digest:
            what = "is gone" if data is None else "was altered: its hash is not the one that was registered"
            message = f"`{stored.path}`, which version {version.number} of `{self.name}` needs, {what}"
            raise RegistryError(message, f"train it again, or go back: `mldsl rollback {self.name}`")
        return data

    # --- writing ---

    def register(self, draft: Version) -> Version:
        """Add a version; gives it with its number. Raises RegistryError where the name is another deployment's."""
        self.check_owner(draft.pipeline, draft.deployment)
        for _ in range(_TRIES):
            number = max(self.numbers(), default=0) + 1
            version = replace(draft, number=number, name=self.name, created=draft.created or now())
            if self.store.files.create(self._version_path(number), version.to_json()):
                self.note("registered", version=number, by=draft.by, details={"run": draft.run})
                return version
        raise self._crowded()

    def check_owner(self, pipeline: str, deployment: str) -> None:
        """Raises RegistryError where another deployment has this name already."""
        numbers = self.numbers()
        if not numbers:
            return
        owner = self.version(numbers[-1])
        if (owner.pipeline, owner.deployment) != (pipeline, deployment):
            raise RegistryError(
                f"`{self.name}` is taken: it belongs to `{owner.deployment}` of the pipeline `{owner.pipeline}`",
                "give the deployment another name",
            )

    def promote(self, number: int, *, by: str, reason: str | None = None, seen: State | None = None) -> Event:
        """Put a version into production."""
        self._usable(number)
        return self._append("promoted", number, by, reason, {}, lambda state: state.promoted(number), seen)

    def start_rollout(self, number: int, *, by: str, reason: str | None = None, seen: State | None = None) -> Event:
        """Make a version the candidate, at the first stage of its rollout; one that was there before is gone."""
        self._usable(number)
        return self._append(
            "rollout", number, by, reason, {}, lambda state: state.with_candidate(number, 0, now()), seen
        )

    def advance(
        self, *, by: str, stages: int, reason: str | None = None, details: dict[str, Any] | None = None, seen: State
    ) -> Event:
        """The candidate's next stage; beyond the last of so many `stages` it is the champion."""
        number, stage = self._candidate(seen)
        if stage + 1 < stages:
            return self._append("stage", number, by, reason, details or {}, _at_stage(number, stage + 1), seen)
        return self._append("promoted", number, by, reason, details or {}, lambda state: state.promoted(number), seen)

    def take_out(
        self, *, by: str, reason: str | None = None, details: dict[str, Any] | None = None, seen: State | None = None
    ) -> Event:
        """The candidate gets no requests any more."""
        seen = seen or self.state()
        number, _ = self._candidate(seen)
        return self._append("taken_out", number, by, reason, details or {}, State.without_candidate, seen)

    def rollback(
        self, *, by: str, reason: str | None = None, to: int | None = None, seen: State | None = None
    ) -> Event:
        """Go back to the champion before, or `to` another version. Raises RegistryError where there is none."""
        seen = seen or self.state()
        number = to if to is not None else seen.previous[-1] if seen.previous else None
        if number is None:
            raise RegistryError(f"`{self.name}` has no earlier champion to go back to", "see `mldsl models`")
        self._usable(number)
        details = {"from": seen.champion}
        return self._append("rolled_back", number, by, reason, details, lambda state: state.back(number), seen)

    def note(
        self,
        kind: EventKind,
        *,
        version: int | None,
        by: str,
        reason: str | None = None,
        details: dict[str, Any] | None = None,
    ) -> Event:
        """Add to the history what changes nothing."""
        return self._append(kind, version, by, reason, details or {}, lambda state: state, None)

    # --- inside ---

    def _append(
        self,
        kind: EventKind,
        version: int | None,
        by: str,
        reason: str | None,
        details: dict[str, Any],
        change: Callable[[State], State],
        seen: State | None,
    ) -> Event:
        """Create the next event. What changes how things stand needs them to stand as they were seen.

        Raises RegistryError where they do not any more: somebody else was quicker.
        """
        expected = seen
        for _ in range(_TRIES):
            last = self.last()
            state = State() if last is None else last.state
            if expected is not None and state != expected:
                raise RegistryError(
                    f"`{self.name}` was changed by somebody else meanwhile: {_said(last)}",
                    f"nothing was done; look at `mldsl models {self.name}`, and try again",
                )
            changed = change(state)
            expected = state if changed != state else expected
            number = 1 if last is None else last.number + 1
            event = Event(number, now(), kind, version, by, reason, details, changed)
            if self.store.files.create(self._event_path(number), event.to_json()):
                return event
        raise self._crowded()

    def _candidate(self, state: State) -> tuple[int, int]:
        if state.candidate is None:
            raise RegistryError(f"`{self.name}` has no candidate", "see `mldsl models`")
        return state.candidate, state.stage or 0

    def _usable(self, number: int) -> None:
        """Raises RegistryError unless the version's model is there and whole."""
        version = self.version(number)
        self.read(version, version.model)

    def _event(self, number: int) -> Event:
        data = self.store.files.read(self._event_path(number))
        try:
            if data is None:
                raise ValueError("it is gone")
            return event_from_json(data)
        except (ValueError, KeyError, TypeError, RecursionError) as error:
            message = f"the history of `{self.name}` cannot be read: its event {number} is damaged"
            raise RegistryError(message, f"restore `{self._event_path(number)}` in `{self.store}`") from error

    def _numbers(self, folder: str) -> list[int]:
        names = self.store.files.names(f"{self._folder}/{folder}")
        found = [name.removesuffix(".json") for name in names if name.endswith(".json")]
        return sorted(int(name) for name in found if name.isdecimal())

    @property
    def _folder(self) -> str:
        return f"{_FOLDER}/{_written(self.name)}"

    def _version_path(self, number: int) -> str:
        return f"{self._folder}/versions/{number:06}.json"

    def _event_path(self, number: int) -> str:
        return f"{self._folder}/events/{number:08}.json"

    def _crowded(self) -> RegistryError:
        return RegistryError(f"too many write into the registry of `{self.name}` at once", "try again")


def open_registry(store: Store, name: str) -> Registry:
    """The registry of a deployment; it comes into being with its first version."""
    return Registry(store, name)


def registries(store: Store) -> list[str]:
    """The names of all deployments that have a registry in a store, sorted."""
    return sorted(unquote(name) for name in store.files.names(_FOLDER))


def whoami() -> str:
    """Who is at work here, for the history: `user@host`."""
    try:
        user = getpass.getuser()
    except (KeyError, OSError):  # a container's user without a name
        user = "unknown"
    return f"{user}@{socket.gethostname()}"


def now() -> str:
    """The time in UTC, ISO 8601 with milliseconds."""
    return datetime.now(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _at_stage(number: int, stage: int) -> Callable[[State], State]:
    since = now()
    return lambda state: state.with_candidate(number, stage, since)


def _written(name: str) -> str:
    """A name as a folder's; not one that means another folder."""
    quoted = quote(name, safe="")
    return quoted.replace(".", "%2E") if not quoted.strip(".") else quoted


def _said(last: Event | None) -> str:
    if last is None:
        return "its history is gone"
    about = f" version {last.version}" if last.version is not None else ""
    return f"`{last.kind}`{about}, by {last.by}"
