"""The log of predictions: Parquet files in the store, written by a thread of its own.

A request only leaves what was said where the thread finds it. Where the store cannot be written for long, the oldest
are kept and new ones are dropped and counted: no request waits, and none fails.
"""

from __future__ import annotations

import io
import threading
import time
from collections import defaultdict, deque
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, date, datetime
from random import random
from typing import Any
from uuid import uuid4

import polars as pl

from mldsl.catalog.types import STRING, Type
from mldsl.records import record
from mldsl.runtime.engine.dtypes import polars_type
from mldsl.runtime.masking import masked, salt_of
from mldsl.runtime.predictions import log_folder, own_columns
from mldsl.runtime.store import Store
from mldsl.serving.loaded import Loaded
from mldsl.serving.log import Log, where
from mldsl.serving.reader import Field, Row

# Written are so many rows at once, or what there is after so many seconds; more rows than that do not wait.
_ROWS = 2_000
_SECONDS = 5.0
_MOST = 100_000
_RETRY = 5.0


class Entry:
    """What was answered to one request."""

    __slots__ = ("beside", "predictions", "request", "rows", "time", "version")

    def __init__(
        self,
        version: Loaded,
        request: str,
        rows: Sequence[Row],
        beside: Sequence[Row],
        predictions: Sequence[Mapping[str, object]],
    ) -> None:
        self.time = time.time()
        self.version = version
        self.request = request
        self.rows = rows
        self.beside = beside
        self.predictions = predictions


@record
class Kept:
    """What is logged: of which share of the requests, and whether columns are kept that are masked otherwise."""

    sample: float = 1.0
    sensitive: bool = False
    keys: bool = False


class PredictionLog:
    """Entries on their way into the store; `name` is the endpoint's."""

    def __init__(self, store: Store, name: str, kept: Kept, log: Log) -> None:
        self._store = store
        self._name = name
        self._kept = kept
        self._log = log
        self._server = uuid4().hex[:8]
        self._files = 0
        self._waiting: deque[Entry] = deque()
        # Rows that were ever taken in and that were ever dealt with: each is counted by one thread alone.
        self._taken = 0
        self._settled = 0
        self._salt: bytes | None = None
        self._ending = threading.Event()
        self._full = threading.Event()
        self.written = 0
        self.dropped = 0
        self._thread = threading.Thread(target=self._work, name="predictions", daemon=True)
        self._thread.start()

    def add(self, entry: Entry) -> None:
        """Take what was answered; never waits."""
        if self._kept.sample < 1.0 and random() >= self._kept.sample:
            return
        waiting = self._taken - self._settled
        if waiting >= _MOST:
            self.dropped += len(entry.rows)
            return
        self._waiting.append(entry)
        self._taken += len(entry.rows)
        if waiting >= _ROWS:
            self._full.set()

    def close(self) -> None:
        """Write what is left."""
        self._ending.set()
        self._full.set()
        self._thread.join(timeout=30)

    def _work(self) -> None:
        while not self._ending.is_set():
            self._full.wait(_SECONDS)
            self._full.clear()
            if not self._write():
                self._ending.wait(_RETRY)
        if not self._write():
            self._log.say("error", "predictions lost", {"rows": self._taken - self._settled})

    def _write(self) -> bool:
        """Write what waits; whether that went well. What could not be written waits on."""
        entries = [self._waiting.popleft() for _ in range(len(self._waiting))]
        groups: dict[tuple[int, date], list[Entry]] = defaultdict(list)
        for entry in entries:
            groups[id(entry.version), datetime.fromtimestamp(entry.time, UTC).date()].append(entry)
        left: list[Entry] = []
        for (_, day), group in groups.items():
            try:
                self._write_file(day, group)
                self._settled += sum(len(entry.rows) for entry in group)
            except Exception as error:  # a log must not end the server, whatever is the matter
                left += group
                self._log.say("error", "predictions cannot be written", where(error) | {"message": str(error)})
        self._waiting.extendleft(reversed(left))
        return not left

    def _write_file(self, day: date, entries: Sequence[Entry]) -> None:
        if self._salt is None:
            self._salt = salt_of(self._store)
        table = frame(entries, self._kept, self._salt)
        buffer = io.BytesIO()
        table.write_parquet(buffer)
        self._files += 1
        moment = datetime.fromtimestamp(entries[0].time, UTC).strftime("%H%M%S")
        file = f"{moment}-{self._server}-{self._files:06}.parquet"
        self._store.files.secure(f"{log_folder(self._name, day)}/{file}", buffer.getvalue())
        self.written += table.height


def frame(entries: Sequence[Entry], kept: Kept, salt: bytes) -> pl.DataFrame:
    """The rows of entries of one version as they are logged."""
    version = entries[0].version
    fields = (*version.reader.fields, *version.reader.extras)
    taken = {field.column for field in fields} | {output.name for output in version.outputs}
    own = own_columns(taken)
    times = [datetime.fromtimestamp(entry.time, UTC) for entry in entries for _ in entry.rows]
    columns = [
        pl.Series(own.time, times, pl.Datetime("us", "UTC")),
        pl.Series(own.version, [version.number] * len(times), pl.Int64()),
        pl.Series(own.request, [entry.request for entry in entries for _ in entry.rows], pl.String()),
    ]
    for field in version.reader.fields:
        values = [row[field.column] for entry in entries for row in entry.rows]
        columns.append(_masked(field, values, kept, salt))
    for field in version.reader.extras:
        values = [row.get(field.column) for entry in entries for row in entry.beside]
        columns.append(_masked(field, values, kept, salt))
    for output in version.outputs:
        values = [row[output.name] for entry in entries for row in entry.predictions]
        columns.append(_series(output.name, values, output.type))
    return pl.DataFrame(columns)


def _masked(field: Field, values: Sequence[object], kept: Kept, salt: bytes) -> pl.Series:
    """A column: null where it is sensitive, what stands for its values where it is a key."""
    if "sensitive" in field.roles and not kept.sensitive:
        return _series(field.column, [None] * len(values), field.type)
    if "key" in field.roles and not kept.keys:
        return _series(field.column, [masked(value, salt) for value in values], STRING)
    return _series(field.column, values, field.type)


def _series(name: str, values: Iterable[Any], type_: Type) -> pl.Series:
    if type_.kind == "datetime":  # without a zone, in UTC
        return pl.Series(name, values, pl.Datetime("us")).dt.replace_time_zone("UTC")
    return pl.Series(name, values, polars_type(type_))
