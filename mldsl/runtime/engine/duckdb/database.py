"""DuckDB's database in memory: one a process, since making it takes longer than a small step. A step has a session."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mldsl.runtime.errors import StepFailed

_SETTINGS = {
    "ieee_floating_point_ops": "true",
    # Nothing is fetched from elsewhere while a step runs.
    "autoinstall_known_extensions": "false",
    "autoload_known_extensions": "false",
}


@dataclass(slots=True)
class Database:
    """The database, the process that made it, and which of our functions it has."""

    module: Any
    connection: Any
    process: int
    functions: set[str] = field(default_factory=set)


_databases: list[Database] = []


def database() -> Database:
    """The process's database. Raises StepFailed where DuckDB is not installed."""
    if _databases and _databases[-1].process == os.getpid():
        return _databases[-1]
    duckdb = _imported()
    limit = _memory()
    settings = _SETTINGS if limit is None else {**_SETTINGS, "memory_limit": f"{limit // 2}B"}
    _databases[:] = [Database(duckdb, duckdb.connect(":memory:", config=settings), os.getpid())]
    return _databases[-1]


def session(spill: Path) -> Any:  # noqa: ANN401 - DuckDB has no types
    """A session for one step, which puts into `spill` what memory does not hold."""
    found = database().connection.cursor()
    found.execute("SET enable_progress_bar = false").fetchall()  # it would be written to standard output
    found.execute("SET TimeZone = 'UTC'")
    found.execute("SET temp_directory = '" + str(spill).replace("'", "''") + "'")
    return found


def leave(connection: Any, spill: Path) -> None:  # noqa: ANN401
    """End a session. A database that has spilled keeps its directory for good, and so the next step gets a new one."""
    connection.close()
    if spill.exists():
        _databases.pop().connection.close()


def _imported() -> Any:  # noqa: ANN401 - a module
    try:
        import duckdb
    except ImportError:
        help = "run `pip install 'mldsl[sql]'`"
        raise StepFailed("`engine: duckdb` needs DuckDB, which is not installed", help) from None
    return duckdb


def _memory() -> int | None:
    """The bytes that this process may have, where something less than the machine's memory limits it."""
    try:
        import resource
    except ImportError:
        return None
    limit, _ = resource.getrlimit(resource.RLIMIT_AS)
    return None if limit == resource.RLIM_INFINITY else limit
