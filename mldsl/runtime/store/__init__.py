"""The artifact store: content-addressed objects, and records of the steps that made them."""

from __future__ import annotations

from mldsl.runtime.store.records import Record, Stored
from mldsl.runtime.store.store import Store, open_store

__all__ = ["Record", "Store", "Stored", "open_store"]
