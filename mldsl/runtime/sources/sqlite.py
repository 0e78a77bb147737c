"""Databases: a query's rows or a table's. This version knows SQLite, through Python's own module."""

from __future__ import annotations

import os
import sqlite3
from pathlib import Path
from typing import Any

import polars as pl

from mldsl.plan.nodes import Secret
from mldsl.runtime.errors import StepFailed
from mldsl.runtime.sources.parts import Part, Reading

_SCHEME = "sqlite:///"


def read(reading: Reading) -> list[Part]:
    """All rows, in memory."""
    path = _database(reading)
    query = reading.text("query")
    if query is None:
        table = ".".join(_quoted(part) for part in (reading.text("name") or "").split("."))
        query = f"select * from {table}"  # noqa: S608 - the names are quoted
    try:
        connection = sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)
        try:
            cursor = connection.execute(query)
            names = [item[0] for item in cursor.description or ()]
            rows = cursor.fetchall() if reading.rows is None else cursor.fetchmany(reading.rows)
        finally:
            connection.close()
    except sqlite3.Error as error:
        raise StepFailed(f"`{reading.name}`: the database says: {error}", None) from error
    wanted = reading.names(names, f"the result of `{reading.name}`'s query")
    columns = [_column(name, [row[names.index(name)] for row in rows]) for name in wanted]
    return [Part(None, pl.DataFrame(columns).lazy())]


def _database(reading: Reading) -> Path:
    given = reading.arguments.get("connection")
    if isinstance(given, Secret):
        value = os.environ.get(given.secret)
        if not value:
            raise StepFailed(f"the secret `{given.secret}` is not set", f"set the environment variable {given.secret}")
    else:
        value = str(given)
    if not value.startswith(_SCHEME):
        scheme = value.split(":")[0] if ":" in value else "…"
        raise StepFailed(
            f"`{reading.name}` cannot be read: databases of the kind `{scheme}` are not carried out by this version",
            "this version reads `sqlite:///file.db`",
        )
    path = reading.folder / value.removeprefix(_SCHEME)
    if not path.is_file():
        raise StepFailed(
            f"the database of `{reading.name}` does not exist", f"relative paths start at `{reading.folder}`"
        )
    return path.absolute()


def _column(name: str, values: list[Any]) -> pl.Series:
    """SQLite types values, not columns: mixed ones are text."""
    kinds = {type(value) for value in values} - {type(None)}
    if kinds <= {int}:
        return pl.Series(name, values, dtype=pl.Int64 if kinds else pl.Null)
    if kinds <= {int, float}:
        return pl.Series(name, [None if value is None else float(value) for value in values], dtype=pl.Float64)
    if kinds == {bytes}:
        return pl.Series(name, values, dtype=pl.Binary)
    return pl.Series(name, [None if value is None else str(value) for value in values], dtype=pl.String)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
