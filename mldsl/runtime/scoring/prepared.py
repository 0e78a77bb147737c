"""The prepared scorer: the row path, and the reference path for what that leaves to it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

import polars as pl

from mldsl.runtime.scoring.reference import ReferenceScorer
from mldsl.runtime.scoring.rows.beyond import Beyond
from mldsl.runtime.scoring.rows.expressions import Compiler, moment_name
from mldsl.runtime.scoring.rows.expressions import Row as OwnRow
from mldsl.runtime.scoring.rows.model import RowModel
from mldsl.runtime.scoring.rows.values import reader
from mldsl.runtime.scoring.rows.verbs import Making
from mldsl.runtime.scoring.served import Answer, Row, Served

_DEEPEST = "an expression is nested too deeply"


class RowPath:
    """A way's verbs and its model, for one row at a time."""

    def __init__(self, served: Served) -> None:
        compiler = Compiler(served.params)
        columns = served.path.columns
        making = Making(served, compiler, {spec.name: spec.type for spec in columns})
        self._readers = [(spec.name, reader(spec.type)) for spec in columns]
        try:
            self._steps = [step for stage in served.path.stages for step in making.stage(stage)]
        except RecursionError:
            raise Beyond(_DEEPEST) from None
        self.model = RowModel(served.model)
        self._moments = tuple(compiler.used)
        self._served = served

    def answers(self, rows: Sequence[Row], at: datetime | None) -> list[Answer | None]:
        """The answers; None for a row that is dropped. Raises whatever it may where there is none."""
        moments = self._values_at(at)
        made = [self._made(row, moments) for row in rows]
        kept = [row for row in made if row is not None]
        found = iter(self.model.answers(kept) if kept else ())
        return [None if row is None else next(found) for row in made]

    def _made(self, row: Row, moments: OwnRow) -> OwnRow | None:
        made: OwnRow | None = dict(moments)
        assert made is not None
        for name, read in self._readers:
            value = row.get(name)
            made[name] = None if value is None else read(value)
        for step in self._steps:
            made = step(made)
            if made is None:
                return None
        return made

    def _values_at(self, at: datetime | None) -> OwnRow:
        if not self._moments:
            return {}
        values = self._served.values_at(at)
        return {moment_name(name): values[name] for name in self._moments}


class PreparedScorer:
    """Follows the protocol `Scorer`. What the row path does not answer, errors included, the reference path does."""

    def __init__(self, reference: ReferenceScorer, path: RowPath | None = None) -> None:
        self.reference = reference
        self.path = RowPath(reference.served) if path is None else path
        self.fields = reference.fields
        self.outputs = reference.outputs

    def score(self, rows: Sequence[Row], at: datetime | None = None) -> list[Answer]:
        """See `Scorer`."""
        at = datetime.now(UTC) if at is None else at
        try:
            found = self.path.answers(rows, at)
        except Exception:  # whatever it is, the reference path has an answer to it, or the words for it
            return self.reference.score(rows, at)
        return [self._nothing() if answer is None else answer for answer in found]

    def features(self, rows: pl.DataFrame, at: datetime | None = None) -> pl.DataFrame:
        """See `Scorer`."""
        return self.reference.features(rows, at)

    def _nothing(self) -> Answer:
        return {output.name: None for output in self.outputs}
