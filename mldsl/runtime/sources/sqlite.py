"""SQLite, through Python's own module: rows come in batches, from a file that is opened for reading only.

SQLite types values and not columns, so all values are taken as text that is read as the schema says.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import closing
from pathlib import Path

import pyarrow as pa

from mldsl.catalog.types import Type
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.sources.batches import batched
from mldsl.runtime.sources.databases import Database, quoted
from mldsl.runtime.sources.parts import Part, Reading

_BATCH = 10_000
PATIENCE = 5.0
"""Seconds to wait for a program that is writing to the file."""


def read(reading: Reading, database: Database) -> list[Part]:
    """All rows, put batch by batch into a file in the reading's scratch directory."""
    path = place(reading.folder, database)
    if not path.is_file():
        raise StepFailed(
            f"the database of `{database.source}` does not exist",
            f"relative paths start at `{reading.folder.absolute()}`",
        )
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True, timeout=PATIENCE)) as connection:
            connection.text_factory = _decoded
            given = _names(connection, database)
            wanted = reading.names(given, f"the result of `{reading.name}`'s query")
            types = [reading.type_of(name) for name in wanted]
            cursor = connection.execute(_statement(database, wanted, reading.rows))
            schema = pa.schema([(name, _arrow(type_)) for name, type_ in zip(wanted, types, strict=True)])
            return [Part(None, batched(_batches(cursor, schema, types), schema, reading.scratch / "rows.parquet"))]
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise failure(database, error) from error


def failure(database: Database, error: Exception) -> StepFailed:
    """What SQLite says, for people."""
    help = "another program is writing to it; try again when that is done" if "locked" in str(error) else None
    return database.failure(str(error), help)


def place(folder: Path, database: Database) -> Path:
    """The file of `sqlite:///relative.db` or `sqlite:////absolute.db`, as SQLAlchemy has them."""
    rest = database.url.partition("://")[2]
    if not rest.startswith("/") or rest == "/":
        raise StepFailed(
            f"`{database.source}` names no file of SQLite", "write `sqlite:///file.db`, with three slashes"
        )
    return (folder / rest[1:].partition("?")[0]).absolute()


def _names(connection: sqlite3.Connection, database: Database) -> list[str]:
    """The result's columns; a query may have columns of one name, which only its description tells."""
    cursor = connection.execute(database.select())
    return [item[0] for item in cursor.description or ()]


def _statement(database: Database, wanted: Sequence[str], rows: int | None) -> str:
    listed = ", ".join(map(quoted, wanted))
    limit = "" if rows is None else f" limit {rows}"
    return f"select {listed} from ({database.select()}\n) as source{limit}"  # noqa: S608 - the query is the user's


def _arrow(wanted: Type | None) -> pa.DataType:
    return pa.large_binary() if wanted is not None and wanted.kind == "image" else pa.large_string()


def _decoded(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise sqlite3.DataError(f"a text is not UTF-8 (byte 0x{data[error.start]:02x}): {data[:20]!r}") from None


def _batches(cursor: sqlite3.Cursor, schema: pa.Schema, types: Sequence[Type | None]) -> Iterator[pa.RecordBatch]:
    while rows := cursor.fetchmany(_BATCH):
        columns = [
            pa.array([_plain(row[index], name, type_) for row in rows], schema.field(name).type)
            for index, (name, type_) in enumerate(zip(schema.names, types, strict=True))
        ]
        yield pa.RecordBatch.from_arrays(columns, schema=schema)


def _plain(value: object, name: str, wanted: Type | None) -> object:
    """A value as text; of a number that is whole the digits alone, where an int is wanted."""
    image = wanted is not None and wanted.kind == "image"
    if isinstance(value, bytes) != image and value is not None:
        held = "bytes (a BLOB)" if isinstance(value, bytes) else "no bytes"
        raise StepFailed(f"`{name}` holds {held}, which cannot be read as `{wanted or 'a value'}`", None, "ML212")
    if value is None or image:
        return value
    if isinstance(value, float) and value.is_integer() and wanted is not None and wanted.kind in ("int", "bool"):
        return str(int(value))
    return repr(value) if isinstance(value, float) else str(value)
