"""A transform in SQL, by DuckDB over the stored tables."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import polars as pl

from mldsl.catalog.placeholders import placeholders, replaced
from mldsl.plan.nodes import Columns, SqlForm
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.returned import returned
from mldsl.runtime.work import Work


def run_sql(work: Work, form: SqlForm, columns: Columns) -> pl.LazyFrame:
    """The query's rows, with exactly `columns`; on one thread, so that their order is always the same."""
    names = dict.fromkeys(name for name, _ in placeholders(form.text))
    tables = {name: (work.path(name), work.table(name).collect_schema()) for name in names}
    return query(work.step.name, form, columns, tables)


def query(step: str, form: SqlForm, columns: Columns, tables: Mapping[str, tuple[Path, pl.Schema]]) -> pl.LazyFrame:
    """As `run_sql`; `tables` are Parquet files by the names that the query has for them."""
    duckdb = _duckdb(step)
    with duckdb.connect(":memory:", config={"threads": 1}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set enable_progress_bar = false")  # it would be written to standard output
        for name, (path, schema) in tables.items():
            _make_view(connection, name, path, schema)
        try:
            found = connection.sql(replaced(form.text, _quoted))
            frame = pl.DataFrame(pl.from_arrow(found.project(_with_lengths(found)).to_arrow_table()))
        except duckdb.Error as error:
            text = " ".join(str(error).split("\n\n")[0].split())
            raise StepFailed(f"the SQL of `{step}` fails: {text}") from error
        lengths = [name for name, type_ in zip(found.columns, found.types, strict=True) if type_ == "INTERVAL"]
    frame = frame.with_columns(pl.col(lengths).cast(pl.Duration("us")))
    return returned(frame.lazy(), columns, f"the SQL of `{step}`")


def _duckdb(step: str) -> Any:  # noqa: ANN401 - a module
    try:
        import duckdb
    except ImportError:
        raise StepFailed(f"`{step}` needs DuckDB, which is not installed", "run `pip install 'mldsl[sql]'`") from None
    return duckdb


def _make_view(connection: Any, name: str, path: Path, schema: pl.Schema) -> None:  # noqa: ANN401
    """A table under its name. Parquet has no durations: they lie there as microseconds. Enums keep their order."""
    casts, hidden = [], []
    for column, dtype in schema.items():
        if column.startswith("\x1f"):  # the plan's own, not the program's
            hidden.append(_quoted(column))
        if isinstance(dtype, pl.Duration):
            casts.append(f"to_microseconds({_quoted(column)}) as {_quoted(column)}")
        if isinstance(dtype, pl.Enum):
            values = ", ".join(_text(value) for value in dtype.categories)
            casts.append(f"{_quoted(column)}::enum({values}) as {_quoted(column)}")
    replaced = f" replace ({', '.join(casts)})" if casts else ""
    without = f" exclude ({', '.join(hidden)})" if hidden else ""
    rows = f"select *{without}{replaced} from read_parquet({_text(str(path))})"  # noqa: S608 - all names and texts are quoted
    connection.execute(f"create view {_quoted(name)} as {rows}")


def _with_lengths(found: Any) -> str:  # noqa: ANN401
    """A result's columns, intervals as microseconds."""
    columns = zip(found.columns, found.types, strict=True)
    return ", ".join(
        f"epoch_us({_quoted(name)}) as {_quoted(name)}" if type_ == "INTERVAL" else _quoted(name)
        for name, type_ in columns
    )


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _text(value: str) -> str:
    return "'" + value.replace("'", "''") + "'"
