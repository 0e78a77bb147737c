"""The engine DuckDB: SQL over the stored files, which spills to disk what memory does not hold."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mldsl.plan.nodes import Columns, Predict, Verb
from mldsl.runtime.engine.duckdb import in_place, stored
from mldsl.runtime.engine.duckdb.asking import ask
from mldsl.runtime.engine.duckdb.database import database, leave, session
from mldsl.runtime.engine.duckdb.frame import Frame
from mldsl.runtime.engine.duckdb.lowering import Env
from mldsl.runtime.engine.duckdb.risks import explain
from mldsl.runtime.engine.duckdb.stored import scanned
from mldsl.runtime.engine.duckdb.text import text
from mldsl.runtime.engine.duckdb.user import register
from mldsl.runtime.engine.duckdb.verbs import Around, apply, finish
from mldsl.runtime.engine.engine import Answers, Inputs, Question, Room
from mldsl.runtime.errors import StepFailed

if TYPE_CHECKING:
    import polars as pl

    from mldsl.runtime.store import Stored

# Rows in a row group: that of `mldsl.runtime.tables`.
_ROW_GROUP = 1 << 17


class DuckDBEngine:
    """Follows the protocol `Engine`; its tables are frames of SQL. It keeps a database in memory, for one step."""

    name = "duckdb"

    def __init__(self, room: Room) -> None:
        self._database = database()
        self._room = room
        self._files = 0
        self._spill = room.scratch() / "spilled"
        self._connection = session(self._spill)
        self.env = Env(self._connection, room.params)

    def scan(self, path: Path, stored: Stored | None = None) -> Frame:
        """See `Engine`."""
        return scanned(path, self.env.ids)

    def fits(self, paths: Sequence[Path], columns: Columns) -> int | None:
        """See `Engine`."""
        return in_place.fits(paths, columns, self._counted)

    def read(self, paths: Sequence[Path], columns: Columns) -> Frame | None:
        """See `Engine`."""
        return in_place.read(paths, columns, self.env.ids)

    def adopt(self, frame: pl.LazyFrame) -> Frame:
        """See `Engine`."""
        from mldsl.runtime.tables import sink_table

        path = self._file()
        sink_table(frame, path)
        return self.scan(path)

    def apply(self, table: Frame, verbs: Sequence[Verb], inputs: Inputs[Frame], follow: Sequence[Verb] = ()) -> Frame:
        """See `Engine`. Nothing is in order before the end, whatever follows."""

        def predicted(frame: Frame, verb: Predict) -> Frame:
            from mldsl.runtime.engine.polars.verbs import predict

            return self.adopt(predict(self._handed_on(frame), verb, inputs.model(verb.model)))

        return apply(table, verbs, Around(self.env, inputs, predicted))

    def finish(self, table: Frame, columns: Columns) -> Frame:
        """See `Engine`."""
        return finish(table, columns)

    def write(self, table: Frame, path: Path) -> int:
        """See `Engine`."""
        if len({name.lower() for name in table.columns}) < len(table.columns):
            return self._write_beside(table, path)
        items = [stored.written(name, column) for name, column in table.columns.items()]
        schema = stored.schema({name: column.type for name, column in table.columns.items()})
        options = (
            f"FORMAT parquet, COMPRESSION zstd, ROW_GROUP_SIZE {_ROW_GROUP}, "
            f"KV_METADATA {{{text('ARROW:schema')}: {text(schema)}}}"
        )
        found = self._run(f"COPY ({table.query(items, fixed=True)}) TO {text(str(path))} ({options})")
        return int(found[0][0])

    def packed(self, table: Frame) -> None:
        """See `Engine`; DuckDB writes files."""

    def collect(self, table: Frame) -> pl.DataFrame:
        """See `Engine`."""
        return self._handed_on(table).collect()

    def _handed_on(self, table: Frame) -> pl.LazyFrame:
        """The table for Polars, by way of a file, of which no more than needed is in memory at a time."""
        from mldsl.runtime.tables import scan_table

        path = self._file()
        self.write(table, path)
        return scan_table(path)

    def ask(self, table: Frame, questions: Sequence[Question], inputs: Inputs[Frame]) -> Answers[Frame]:
        """See `Engine`."""
        return ask(table, questions, self.env, inputs, lambda sql: self._run(sql)[0])

    def close(self) -> None:
        """See `Engine`."""
        leave(self._connection, self._spill)

    def _write_beside(self, table: Frame, path: Path) -> int:
        """Columns whose names differ in their case alone have one name in DuckDB's files: by way of other names."""
        from mldsl.runtime.tables import scan_table, sink_table

        plain = {f"c{index}": column for index, column in enumerate(table.columns.values())}
        beside = self._file()
        self.write(table.with_columns(plain), beside)
        return sink_table(scan_table(beside).rename(dict(zip(plain, table.columns, strict=True))), path)

    def _counted(self, sql: str) -> int | None:
        """The number that a query over a user's files gives; None where they cannot be read."""
        try:
            return int(self._connection.execute(sql).fetchall()[0][0])
        except self._database.module.Error:
            return None

    def _run(self, sql: str) -> list[Any]:
        """A statement's rows. What fails in it is said in the words of the risk that came true."""
        register(self._connection, sql, self._database.functions)
        try:
            found: list[Any] = self._connection.execute(sql).fetchall()
            return found
        except self._database.module.Error as error:
            failure = explain(self._connection, self.env.risks, self._database.module.Error) or self._known_trouble(
                error
            )
            if failure is None:
                raise
            raise failure from error

    def _known_trouble(self, error: Exception) -> Exception | None:
        if isinstance(error, self._database.module.OutOfMemoryException):
            return StepFailed(
                "the table needs more memory than there is",
                "give the process more, or less at a time (`filter`, `select`)",
            )
        return None

    def _file(self) -> Path:
        self._files += 1
        return self._room.scratch() / f"engine-{self._files}.parquet"
