"""A table of PostgreSQL: the rows go into a table of this transaction's own, and take the others' place at its end."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import polars as pl
import pyarrow as pa

from mldsl.catalog.connectors import RUN_DATE
from mldsl.runtime.batch.tables import Table
from mldsl.runtime.sources.databases import quoted
from mldsl.runtime.sources.postgres import address, explained, load_driver
from mldsl.runtime.tables import pieces

_STAGE = "mldsl_rows_of_this_run"
_TYPES: dict[type[pl.DataType], tuple[str, pa.DataType]] = {
    pl.Boolean: ("boolean", pa.bool_()),
    pl.Int64: ("bigint", pa.int64()),
    pl.Float64: ("double precision", pa.float64()),
    pl.Date: ("date", pa.date32()),
    pl.Datetime: ("timestamp with time zone", pa.timestamp("us", "UTC")),
    pl.Duration: ("interval", pa.duration("us")),
    pl.List: ("double precision[]", pa.list_(pa.float64())),
    pl.Binary: ("bytea", pa.binary()),
}
_TEXT = ("text", pa.string())


def replace(table: Table, rows: pl.LazyFrame) -> None:
    """Write the rows in place of those of the run's date; the table is made if need be."""
    driver = load_driver(f"`{table.database.source}` cannot be written")
    with explained(table.database), driver.connect(address(table.database.url)) as connection:
        with connection.cursor() as cursor:
            cursor.execute("set timezone = 'UTC'")
            _open(cursor, table, rows.collect_schema())
            cursor.adbc_ingest(_STAGE, _reader(rows), mode="create", temporary=True)
            _exchange(cursor, table, rows.collect_schema().names())
        connection.commit()


def _open(cursor: Any, table: Table, schema: pl.Schema) -> None:  # noqa: ANN401 - the driver has no types
    """The table, made if it is not there."""
    columns = ", ".join(f"{quoted(name)} {_of(dtype)[0]}" for name, dtype in schema.items())
    cursor.execute(f"create table if not exists {table.database.name} ({columns})")
    there = cursor.adbc_execute_schema(table.database.select())
    table.fits(there.names, schema.names())


def _exchange(cursor: Any, table: Table, names: list[str]) -> None:  # noqa: ANN401
    """Out with the rows of the run's date, in with the new ones; who else writes to the table waits for that."""
    listed, name = ", ".join(map(quoted, names)), table.database.name
    cursor.execute(f"lock table {name} in share row exclusive mode")
    cursor.execute(
        f"delete from {name} where {quoted(RUN_DATE)} = date '{table.day.isoformat()}'"  # noqa: S608 - names are quoted
    )
    cursor.execute(f"insert into {name} ({listed}) select {listed} from {_STAGE}")  # noqa: S608
    cursor.execute(f"drop table {_STAGE}")


def _reader(rows: pl.LazyFrame) -> pa.RecordBatchReader:
    schema = pa.schema([(name, _of(dtype)[1]) for name, dtype in rows.collect_schema().items()])
    return pa.RecordBatchReader.from_batches(schema, _batches(rows, schema))


def _batches(rows: pl.LazyFrame, schema: pa.Schema) -> Iterator[pa.RecordBatch]:
    texts = [pl.col(name).cast(pl.String) for name, dtype in rows.collect_schema().items() if dtype == pl.Enum]
    for part in pieces(rows.with_columns(texts)):
        yield from part.to_arrow().cast(schema).to_batches()


def _of(dtype: pl.DataType) -> tuple[str, pa.DataType]:
    """A column's type in PostgreSQL, and in Arrow."""
    return _TYPES.get(type(dtype), _TEXT)
