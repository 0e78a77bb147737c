"""PostgreSQL, through Arrow's driver: rows come in batches, as they are, in a transaction that reads only.

The server casts every column to a type that Arrow has exactly; which one depends on the column's type and on what the
schema wants of it. What cannot be cast exactly makes the server say so, instead of giving something near.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import polars as pl
import pyarrow as pa

from mldsl.catalog.types import Type
from mldsl.runtime.engine.polars.text import parse_duration
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.sources.batches import batched
from mldsl.runtime.sources.databases import Database, quoted
from mldsl.runtime.sources.parts import Part, Reading

# Seconds until a server that does not answer counts as gone, unless the URL says otherwise.
_CONNECT = 30
# One order of rows for one table: no scan that joins another one halfway, no rows from several workers as they come.
_SETTINGS = (
    "set default_transaction_read_only = on",
    "set synchronize_seqscans = off",
    "set max_parallel_workers_per_gather = 0",
    "set extra_float_digits = 1",
    "set timezone = 'UTC'",
    "set datestyle = 'ISO'",
)
_TYPE_KEYS = (b"POSTGRESQL:type", b"ADBC:postgresql:typname")


def read(reading: Reading, database: Database) -> list[Part]:
    """All rows, put batch by batch into a file in the reading's scratch directory."""
    driver = load_driver(f"`{database.source}` cannot be read")
    with explained(database), driver.connect(address(database.url)) as connection, connection.cursor() as cursor:
        for setting in _SETTINGS:
            cursor.execute(setting)
        connection.commit()
        query = database.select()
        given = cursor.adbc_execute_schema(query)
        wanted = reading.names(given.names, f"the result of `{reading.name}`'s query")
        columns = [_column(given.field(name), reading.type_of(name), reading.columns is None) for name in wanted]
        cursor.execute(_statement(query, columns, reading.rows))
        batches = cursor.fetch_record_batch()
        frame = batched(batches, _plain(batches.schema), reading.scratch / "rows.parquet")
    return [Part(None, frame.with_columns(_marked(columns)))]


# --- columns ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class _Column:
    """A column as it is asked for. `inferred` is its type in PostgreSQL where a schema is worked out from it."""

    name: str
    cast: str
    inferred: str | None = None


def _text(value: str, wanted: Type | None) -> str:
    return f"{value}::text"


def _as(type_: str) -> Callable[[str, Type | None], str]:
    return lambda value, wanted: f"{value}::{type_}"


def _same(value: str, wanted: Type | None) -> str:
    return value


def _decimal(value: str, wanted: Type | None) -> str:
    """Digits as they are, without trailing zeros where a whole number may be wanted; a float to the nearest one."""
    return (
        f"{value}::float8" if wanted is not None and wanted.kind in ("float", "bool") else f"trim_scale({value})::text"
    )


def _finite(type_: str) -> Callable[[str, Type | None], str]:
    """A moment; the server refuses `infinity`, which is none."""
    return lambda value, wanted: (
        f"case when isfinite({value}) then {value} else ('no moment: ' || {value}::text)::{type_} end"
    )


def _interval(value: str, wanted: Type | None) -> str:
    """A length in microseconds as the language writes it; months have none, so that they stay words that do not fit."""
    months = f"extract(year from {value}) * 12 + extract(month from {value})"
    micros = f"(extract(epoch from {value}) * 1000000)::numeric(38, 0)::text || 'us'"
    return f"case when {months} = 0 then {micros} else {value}::text end"


def _array(value: str, wanted: Type | None) -> str:
    """Numbers in one dimension; the server refuses more of them."""
    refused = f"('an array of ' || array_ndims({value}) || ' dimensions')::float8[]"
    return f"case when array_ndims({value}) > 1 then {refused} else {value}::float8[] end"


# From PostgreSQL's types to what is asked for; every other type comes as text.
_CASTS: dict[str, Callable[[str, Type | None], str]] = {
    "bool": _same,
    "int2": _as("int8"),
    "int4": _as("int8"),
    "int8": _same,
    "float4": _as("float8"),
    "float8": _same,
    "numeric": _decimal,
    "date": _finite("date"),
    "timestamp": _finite("timestamp"),
    "timestamptz": _finite("timestamptz"),
    "interval": _interval,
    "bytea": _same,
} | dict.fromkeys(("_int2", "_int4", "_int8", "_float4", "_float8", "_numeric"), _array)
_ARRAYS = tuple(name for name, cast in _CASTS.items() if cast is _array)


def _column(field: pa.Field, wanted: Type | None, inferring: bool) -> _Column:
    metadata = field.metadata or {}
    given = next((metadata[key].decode() for key in _TYPE_KEYS if key in metadata), "")
    value = quoted(field.name)
    as_text = wanted is not None and wanted.is_stringlike and given not in ("bytea", *_ARRAYS)
    cast = _text if as_text else _CASTS.get(given, _text)
    return _Column(field.name, cast(value, wanted), given if inferring else None)


def _marked(columns: Sequence[_Column]) -> Iterator[pl.Expr]:
    """To work a schema out, columns that came as text and are none, or are not to be looked at for numbers."""
    for column in columns:
        if column.inferred == "interval":
            yield parse_duration(pl.col(column.name)).alias(column.name)
        elif column.inferred is not None and column.inferred not in _CASTS:
            yield pl.col(column.name).cast(pl.Categorical)


def _statement(query: str, columns: Sequence[_Column], rows: int | None) -> str:
    """The query's rows with the columns cast; the line's end before `)` is for a query that ends in a comment."""
    listed = ", ".join(f"{column.cast} as {quoted(column.name)}" for column in columns)
    limit = "" if rows is None else f" limit {rows}"
    return f"select {listed} from ({query}\n) as source{limit}"  # noqa: S608 - the query is the user's, the rest quoted


def _plain(schema: pa.Schema) -> pa.Schema:
    """Without the driver's notes on types."""
    return schema.remove_metadata()


# --- the server ------------------------------------------------------------------------------------------------------


def load_driver(failed: str) -> Any:  # noqa: ANN401 - a module without types
    """The driver. Raises StepFailed, which begins with `failed`, where it is not installed."""
    try:
        import adbc_driver_postgresql.dbapi as driver
    except ImportError as error:
        raise StepFailed(f"{failed}: the extra `postgres` is not installed", "pip install 'mldsl[postgres]'") from error
    return driver


def address(url: str) -> str:
    """The URL for libpq: without the driver's name that SQLAlchemy's have, with a limit to waiting."""
    scheme, _, rest = url.partition("://")
    if "connect_timeout=" not in rest:
        rest += ("&" if "?" in rest else "?") + f"connect_timeout={_CONNECT}"
    return f"{scheme.partition('+')[0]}://{rest}"


@contextmanager
def explained(database: Database) -> Iterator[None]:
    """Turns the driver's errors into one sentence each; the connection may break in any call."""
    try:
        yield
    except StepFailed:
        raise
    except Exception as error:
        if not _is_drivers(error):
            raise
        raise database.failure(_said(error), _help(error)) from None


def _is_drivers(error: Exception) -> bool:
    return type(error).__module__.startswith("adbc_driver") or isinstance(error, OSError | pa.ArrowException)


def _said(error: Exception) -> str:
    """The database's own words, without those of the layers that they came through."""
    details = dict(getattr(error, "details", None) or ())
    primary = details.get("PG_DIAG_MESSAGE_PRIMARY", details.get(b"PG_DIAG_MESSAGE_PRIMARY"))
    if isinstance(primary, bytes):
        return primary.decode("utf-8", "replace")
    text = str(error).partition("\n")[0]
    for mark in ("FATAL:", "ERROR:", "failed: ", "to connect: "):
        text = text.rpartition(mark)[2] if mark in text else text
    return text.strip()


def _help(error: Exception) -> str | None:
    if "failed to connect" in str(error).lower():
        return "look at the URL's user, password, host, port and database, and whether the server lets this machine in"
    return None
