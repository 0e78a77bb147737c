"""A table of SQLite: one transaction, through Python's own module. What SQLite has no type for is a text."""

from __future__ import annotations

import sqlite3
from contextlib import closing

import polars as pl

from mldsl.catalog.connectors import RUN_DATE
from mldsl.runtime.batch.tables import Table
from mldsl.runtime.batch.values import as_texts
from mldsl.runtime.sources.databases import quoted
from mldsl.runtime.sources.sqlite import PATIENCE, failure, place
from mldsl.runtime.tables import pieces

_TYPES: dict[type[pl.DataType], str] = {
    pl.Int64: "INTEGER",
    pl.Boolean: "INTEGER",
    pl.Float64: "REAL",
    pl.Binary: "BLOB",
}


def replace(table: Table, rows: pl.LazyFrame) -> None:
    """Write the rows in place of those of the run's date; the file, its folder and the table are made if need be."""
    path = place(table.folder, table.database)
    rows = as_texts(rows)
    schema = rows.collect_schema()
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        with closing(sqlite3.connect(path, timeout=PATIENCE, isolation_level=None)) as connection:
            connection.execute("begin immediate")
            _open(connection, table, schema)
            connection.execute(
                f"delete from {table.database.name} where {quoted(RUN_DATE)} = ?",  # noqa: S608 - names are quoted
                [table.day.isoformat()],
            )
            _fill(connection, table, rows, schema.names())
            connection.execute("commit")
    except (sqlite3.Error, sqlite3.Warning, OSError) as error:
        raise failure(table.database, error) from error


def _open(connection: sqlite3.Connection, table: Table, schema: pl.Schema) -> None:
    """The table, made if it is not there."""
    columns = ", ".join(f"{quoted(name)} {_TYPES.get(type(dtype), 'TEXT')}" for name, dtype in schema.items())
    connection.execute(f"create table if not exists {table.database.name} ({columns})")
    there = connection.execute(f"select * from {table.database.name} limit 0")  # noqa: S608
    table.fits([item[0] for item in there.description], schema.names())


def _fill(connection: sqlite3.Connection, table: Table, rows: pl.LazyFrame, names: list[str]) -> None:
    listed, marks = ", ".join(map(quoted, names)), ", ".join("?" for _ in names)
    statement = f"insert into {table.database.name} ({listed}) values ({marks})"  # noqa: S608
    for part in pieces(rows):
        connection.executemany(statement, part.iter_rows())
