"""The index of runs: an SQLite database beside their directories, which can always be made anew from them."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from mldsl.records import record

FILE = "runs.db"
_WAIT = 10.0  # seconds for another process to finish its writing
_SCHEMA = """
create table if not exists runs (
  id text primary key,
  pipeline text not null,
  profile text,
  program text,
  started text not null,
  status text not null,
  exit_status integer,
  seconds real
) without rowid
"""


@record
class Row:
    """A run as the index has it, `program` as it was given; `exit_status` and `seconds` are None until it has ended."""

    id: str
    pipeline: str
    profile: str | None
    program: str | None
    started: str
    status: str
    exit_status: int | None = None
    seconds: float | None = None


def note_start(root: Path, row: Row) -> None:
    """Add a run that has just begun.

    An index that cannot be written is no reason to fail: it is mended when runs are listed.
    """
    with suppress(sqlite3.Error), _open(root) as database:
        _insert(database, [row])


def note_finish(root: Path, id_: str, status: str, exit_status: int, seconds: float) -> None:
    """Note how a run ended."""
    with suppress(sqlite3.Error), _open(root) as database:
        database.execute(
            "update runs set status = ?, exit_status = ?, seconds = ? where id = ?", (status, exit_status, seconds, id_)
        )


def rows(root: Path) -> dict[str, Row]:
    """All runs that the index knows, by id; none where there is no index, or where it is damaged."""
    if not (root / FILE).is_file():
        return {}
    try:
        with _open(root) as database:
            found = database.execute("select * from runs")
            return {row[0]: Row(*row) for row in found}
    except sqlite3.DatabaseError:
        return {}


def put(root: Path, found: Iterable[Row], gone: Iterable[str]) -> None:
    """Bring the index up to date; a damaged one is made anew."""
    found, gone = list(found), list(gone)
    if not found and not gone:
        return
    with suppress(OSError, sqlite3.Error):
        try:
            _update(root, found, gone)
        except sqlite3.OperationalError:
            raise
        except sqlite3.DatabaseError:
            (root / FILE).unlink()
            _update(root, found, gone)


def _update(root: Path, found: list[Row], gone: list[str]) -> None:
    with _open(root) as database:
        _insert(database, found)
        database.executemany("delete from runs where id = ?", [(id_,) for id_ in gone])


def _insert(database: sqlite3.Connection, found: Iterable[Row]) -> None:
    values = [tuple(getattr(row, name) for name in Row.__match_args__) for row in found]
    database.executemany("insert or replace into runs values (?, ?, ?, ?, ?, ?, ?, ?)", values)


@contextmanager
def _open(root: Path) -> Iterator[sqlite3.Connection]:
    """The database, with its one table; what is done in it is kept as a whole or not at all."""
    with closing(sqlite3.connect(root / FILE, timeout=_WAIT)) as database, database:
        database.execute(_SCHEMA)
        yield database
