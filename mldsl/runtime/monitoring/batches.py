"""The batches that a deployment wrote, as a monitor looks at them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta

import polars as pl

from mldsl.runtime.monitoring.gather import Deployed, Rows, sampled, wanted_columns
from mldsl.runtime.monitoring.labels import Answered
from mldsl.runtime.registry import Event, Registry
from mldsl.runtime.store import Stored
from mldsl.runtime.tables import scan_table, visible


def batches(registry: Registry) -> list[Event]:
    """What was written, oldest first; of each `run_date` what was written last."""
    found: dict[object, Event] = {}
    for event in registry.events():
        if event.kind == "batch":
            found.pop(event.details.get("run_date"), None)
            found[event.details.get("run_date")] = event
    return list(found.values())


def batch_rows(deployed: Deployed, events: Sequence[Event]) -> Rows:
    """The rows of the last batch; labels are looked for in all that the same version wrote."""
    last = events[-1]
    stored = _stored(last)
    table = scan_table(deployed.work.store.local(stored))
    there = visible(table)
    outputs = [name for name in deployed.outputs if name in there]
    names = [name for name in wanted_columns(deployed.body) if name in there]
    rows = stored.rows if stored.rows is not None else table.select(pl.len()).collect().item()
    frame = sampled(table.select(list(dict.fromkeys([*names, *outputs]))), int(rows), deployed.work.seed)

    def answered(period: int) -> Answered:
        since, store = deployed.now - timedelta(microseconds=period), deployed.work.store
        mine = [item for item in events if item.version == deployed.version.number and written(item) >= since]
        kept = [item for item in map(_stored, mine) if store.has(item)]  # `mldsl clean` keeps those of three months
        return Answered([scan_table(store.local(item)) for item in kept])

    return Rows(frame.select(names), frame.select(outputs), outputs, stored.digest[:16], written(last), {}, answered)


def written(event: Event) -> datetime:
    """When the batch was written, in UTC."""
    return datetime.fromisoformat(event.time)


def _stored(event: Event) -> Stored:
    """The scored rows with their features."""
    return Stored(**event.details["table"])
