"""What in a store the deployments still need: what is live, what can be gone back to, what waits, recent batches."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

from mldsl.runtime.registry.registry import Registry, open_registry, registries
from mldsl.runtime.registry.versions import RegistryError
from mldsl.runtime.store import Store, Stored

# Monitors look at the batches of so long.
_RECENT = timedelta(days=90)


def needed(store: Store) -> Iterator[Stored]:
    """Everything that `mldsl clean` has to leave."""
    for name in registries(store):
        registry = open_registry(store, name)
        for number in _versions(registry):
            try:
                yield from registry.version(number).stored()
            except RegistryError:  # one that is damaged names nothing
                continue
        yield from _noted(registry)


def _versions(registry: Registry) -> set[int]:
    """The champion, the candidate, the champion before, and what is newer: it may wait for an approval."""
    state = registry.state()
    numbers = {state.champion, state.candidate, *state.previous[-1:]}
    live = {number for number in numbers if number is not None}
    newest = max(live, default=0)
    return live | {number for number in registry.numbers() if number > newest}


def _noted(registry: Registry) -> Iterator[Stored]:
    """What events point to: recent batches, and all certificates, which are small."""
    since = (datetime.now(UTC) - _RECENT).isoformat()
    for event in registry.events():
        if event.kind == "batch" and event.time > since and "table" in event.details:
            yield Stored(**event.details["table"])
        elif event.kind == "certified":
            yield Stored(**event.details["certificate"])
