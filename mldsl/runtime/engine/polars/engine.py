"""The engine Polars: lazy frames, computed by all cores."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from mldsl.plan.nodes import Columns, Verb
from mldsl.runtime.engine.engine import Answers, Inputs, Packed, Question, Room
from mldsl.runtime.engine.polars import in_place
from mldsl.runtime.engine.polars.asking import ask
from mldsl.runtime.engine.polars.lowering import Env
from mldsl.runtime.engine.polars.risks import explained
from mldsl.runtime.engine.polars.verbs import apply, finish
from mldsl.runtime.store import Stored
from mldsl.runtime.tables import is_small, pack_table, scan_table, sink_table, stored_table


class PolarsEngine:
    """Follows the protocol `Engine`; its tables are lazy frames."""

    name = "polars"

    def __init__(self, room: Room) -> None:
        self.env = Env(room.params)
        self._small = True

    def scan(self, path: Path, stored: Stored | None = None) -> pl.LazyFrame:
        """See `Engine`."""
        if stored is not None and is_small(stored):
            return stored_table(path, stored)
        self._small = False
        return scan_table(path)

    def fits(self, paths: Sequence[Path], columns: Columns) -> int | None:
        """See `Engine`."""
        return in_place.fits(paths, columns)

    def read(self, paths: Sequence[Path], columns: Columns) -> pl.LazyFrame | None:
        """See `Engine`."""
        self._small = False
        return in_place.read(paths, columns)

    def adopt(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """See `Engine`."""
        self._small = False
        return frame

    def apply(
        self, table: pl.LazyFrame, verbs: Sequence[Verb], inputs: Inputs[pl.LazyFrame], follow: Sequence[Verb] = ()
    ) -> pl.LazyFrame:
        """See `Engine`."""
        return apply(table, verbs, self.env, inputs, follow)

    def finish(self, table: pl.LazyFrame, columns: Columns) -> pl.LazyFrame:
        """See `Engine`."""
        return finish(table, columns)

    def write(self, table: pl.LazyFrame, path: Path) -> int:
        """See `Engine`."""
        with explained(self.env.risks):
            return sink_table(table, path)

    def packed(self, table: pl.LazyFrame) -> Packed | None:
        """See `Engine`. What is computed from small tables alone is computed in memory, without the streaming engine.

        That takes most of its time to start.
        """
        if not self._small:
            return None
        with explained(self.env.risks):
            frame = table.collect(engine="in-memory")
        return Packed(pack_table(frame), frame)

    def collect(self, table: pl.LazyFrame) -> pl.DataFrame:
        """See `Engine`."""
        with explained(self.env.risks):
            return table.collect()

    def ask(
        self, table: pl.LazyFrame, questions: Sequence[Question], inputs: Inputs[pl.LazyFrame]
    ) -> Answers[pl.LazyFrame]:
        """See `Engine`."""
        return ask(table, questions, self.env, inputs, self._small)

    def close(self) -> None:
        """See `Engine`."""
