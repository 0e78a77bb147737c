"""A PostgreSQL server of the tests' own: on loopback, in a directory that is removed at the end, not as root."""

from __future__ import annotations

import os
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.support.services import missing

PASSWORD = "sesame-open"
# Where Debian puts the programs, which are not on everybody's path there.
_DEBIAN = Path("/usr/lib/postgresql")


@dataclass(frozen=True, slots=True)
class Server:
    """A running server; `ml` is the only user, with PASSWORD."""

    port: int

    @property
    def url(self) -> str:
        return f"postgresql://ml:{PASSWORD}@127.0.0.1:{self.port}/postgres"

    def execute(self, *statements: str) -> list[tuple[Any, ...]]:
        """Run statements in a transaction each; the rows of the last."""
        import adbc_driver_postgresql.dbapi as driver

        rows: list[tuple[Any, ...]] = []
        with driver.connect(self.url, autocommit=True) as connection, connection.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)
                rows = cursor.fetchall() if cursor.description else []
        return rows


@contextmanager
def server(connections: int = 20) -> Iterator[Server]:
    """Start one; where it cannot be, skip the test, and fail it in continuous integration."""
    programs = _programs()
    folder = Path(tempfile.mkdtemp(prefix="mldsl-postgres-"))
    options: dict[str, Any] = {"cwd": folder, "env": {"PATH": os.environ["PATH"], "LC_ALL": "C.UTF-8"}}
    if os.geteuid() == 0:  # which PostgreSQL refuses
        options |= {"user": "nobody", "group": folder.stat().st_gid, "extra_groups": []}
    (folder / "password").write_text(PASSWORD)
    if os.geteuid() == 0:
        for path in (folder, folder / "password"):
            shutil.chown(path, "nobody")
    process = None
    try:
        initdb = [programs / "initdb", "-D", folder / "data", "-U", "ml", "-A", "scram-sha-256", "-E", "UTF8"]
        subprocess.run(
            [*initdb, "--pwfile", folder / "password", "--no-sync"], check=True, capture_output=True, **options
        )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        settings = [
            "listen_addresses=127.0.0.1",
            f"unix_socket_directories={folder}",
            "fsync=off",
            f"max_connections={connections}",
        ]
        words = [word for setting in settings for word in ("-c", setting)]
        process = subprocess.Popen(
            [programs / "postgres", "-D", folder / "data", "-p", str(port), *words],
            stdout=subprocess.DEVNULL,
            stderr=(folder / "log").open("w"),
            start_new_session=True,
            **options,
        )
        found = Server(port)
        _wait(found, process, folder / "log")
        yield found
    finally:
        if process is not None:
            process.terminate()
            process.wait(30)
        shutil.rmtree(folder, ignore_errors=True)


def _programs() -> Path:
    """The directory with `postgres` and `initdb`, the newest that there is."""
    on_path = shutil.which("postgres")
    if on_path is not None:
        return Path(on_path).resolve().parent
    found = sorted(_DEBIAN.glob("*/bin/postgres"), key=lambda path: int(path.parts[-3]))
    if not found:
        missing("PostgreSQL's server")
    return found[-1].parent


def _wait(server: Server, process: subprocess.Popen[bytes], log: Path) -> None:
    try:
        import adbc_driver_postgresql.dbapi as driver
    except ImportError:
        missing("the extra `postgres`")
    for _ in range(300):
        try:
            server.execute("select 1")
        except driver.Error:
            assert process.poll() is None, log.read_text()
            time.sleep(0.1)
        else:
            return
    raise AssertionError(log.read_text())
