"""The engine Polars: lazy frames, computed by all cores."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import polars as pl

from mldsl.plan.nodes import Columns, Verb
from mldsl.runtime.engine.engine import Answers, Inputs, Question, Room
from mldsl.runtime.engine.polars import in_place
from mldsl.runtime.engine.polars.asking import ask
from mldsl.runtime.engine.polars.lowering import Env
from mldsl.runtime.engine.polars.risks import explained
from mldsl.runtime.engine.polars.verbs import apply, finish
from mldsl.runtime.tables import scan_table, sink_table


class PolarsEngine:
    """Follows the protocol `Engine`; its tables are lazy frames."""

    name = "polars"

    def __init__(self, room: Room) -> None:
        self.env = Env(room.params)

    def scan(self, path: Path) -> pl.LazyFrame:
        """See `Engine`."""
        return scan_table(path)

    def fits(self, paths: Sequence[Path], columns: Columns) -> int | None:
        """See `Engine`."""
        return in_place.fits(paths, columns)

    def read(self, paths: Sequence[Path], columns: Columns) -> pl.LazyFrame | None:
        """See `Engine`."""
        return in_place.read(paths, columns)

    def adopt(self, frame: pl.LazyFrame) -> pl.LazyFrame:
        """See `Engine`."""
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

    def collect(self, table: pl.LazyFrame) -> pl.DataFrame:
        """See `Engine`."""
        with explained(self.env.risks):
            return table.collect()

    def ask(
        self, table: pl.LazyFrame, questions: Sequence[Question], inputs: Inputs[pl.LazyFrame]
    ) -> Answers[pl.LazyFrame]:
        """See `Engine`."""
        return ask(table, questions, self.env, inputs)

    def close(self) -> None:
        """See `Engine`."""
