"""Tables of databases that a deployment writes: the rows of this run's date are replaced in one transaction.

`run_date` is a column of the table, beside those that are written: it tells whose rows a rerun replaces.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from importlib import import_module
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import polars as pl

from mldsl.catalog.connectors import RUN_DATE
from mldsl.plan.nodes import Secret
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.sources.databases import Database, Kind, kind_of, parts_of, url_of
from mldsl.runtime.work import Work

# The module that writes a kind of database: `replace(table, rows)`.
_WRITERS: Mapping[Kind, str] = {
    "sqlite": "mldsl.runtime.batch.sqlite",
    "postgres": "mldsl.runtime.batch.postgres",
}


class Table:
    """A table to write: where it is, the run's date, and the program's folder."""

    __slots__ = ("database", "day", "folder")

    def __init__(self, database: Database, day: date, folder: Path) -> None:
        self.database = database
        self.day = day
        self.folder = folder

    def fits(self, there: Sequence[str], wanted: Sequence[str]) -> None:
        """Raises StepFailed unless a table that is `there` has all columns that are `wanted`."""
        missing = [name for name in wanted if name not in there]
        if missing:
            listed = ", ".join(f"`{name}`" for name in missing)
            message = f"the table `{'.'.join(self.database.table)}` of `{self.database.source}` has no column {listed}"
            has = ", ".join(f"`{name}`" for name in there)
            raise StepFailed(message, f"it has {has}; add what it lacks, or write to a table that is not there yet")


def write_table(work: Work, arguments: Mapping[str, Any], rows: pl.LazyFrame) -> str:
    """Replace the rows of this run's date by these; the table's name for people. Raises StepFailed."""
    connection = arguments["connection"]
    url = url_of(connection)
    kind = kind_of(url, f"`{work.step.name}` cannot be written")
    name = str(arguments["name"])
    day = work.params["run_date"]
    assert isinstance(day, date)
    replace: Callable[[Table, pl.LazyFrame], None] = import_module(_WRITERS[kind]).replace
    replace(Table(Database(work.step.name, url, None, parts_of(name)), day, work.folder), dated(rows, day))
    return f"{name} in {_shown(connection, url)}"


def dated(rows: pl.LazyFrame, day: date) -> pl.LazyFrame:
    """The rows, and the run's date in each."""
    return rows.with_columns(pl.lit(day, dtype=pl.Date()).alias(RUN_DATE))


def _shown(connection: object, url: str) -> str:
    """A database, without what is secret of it."""
    if isinstance(connection, Secret):
        return f'secret("{connection.secret}")'
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.hostname or ''}{parts.path}"
