"""Airflow on several machines: its tables in PostgreSQL, Redis between its scheduler and Celery's workers."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from pathlib import Path

from tests.support import postgres
from tests.support.live.airflow import Airflow, airflow, needs_airflow
from tests.support.services import missing

WORKERS = ("first", "second")


@contextmanager
def distributed(more: Mapping[str, str]) -> Iterator[Airflow]:
    """An Airflow for `serve` whose tasks go to workers; `more` goes into everybody's environment."""
    needs_airflow()
    with postgres.server(connections=90) as database, redis() as broker:
        address = f"ml:{postgres.PASSWORD}@127.0.0.1:{database.port}/postgres"
        settings = {
            "DATABASE__SQL_ALCHEMY_CONN": f"postgresql+psycopg2://{address}",
            "CELERY__RESULT_BACKEND": f"db+postgresql://{address}",
            "CELERY__BROKER_URL": broker,
            "CELERY__WORKER_CONCURRENCY": "2",
            "CORE__PARALLELISM": "4",
            # Seconds after which a task whose worker is silent counts as lost, and between two looks.
            "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT": "60",
            "SCHEDULER__TASK_INSTANCE_HEARTBEAT_TIMEOUT_DETECTION_INTERVAL": "5",
        }
        with airflow("CeleryExecutor", **settings) as server:
            server.environment |= {**more, "C_FORCE_ROOT": "1"}
            yield server


def start_workers(server: Airflow) -> None:
    """Start the workers, each as if on a machine of its own."""
    everybody = server.environment
    for name in WORKERS:
        # Where it keeps what it has fetched: they share no disk but that of the data.
        server.environment = {**everybody, "XDG_CACHE_HOME": str(server.home / f"cache-{name}")}
        words = ["--skip-serve-logs", "--celery-hostname", name, "--pid", str(server.home / f"{name}.pid")]
        server.start(name, "celery", "worker", *words)
    server.environment = everybody


def worker_of(server: Airflow, process: int) -> str:
    """The worker that a process belongs to."""
    return next(name for name in WORKERS if process in _processes(server, name))


def lose(server: Airflow, name: str) -> None:
    """Kill all processes of a worker, as when its machine is gone."""
    for process in _processes(server, name):
        with suppress(ProcessLookupError):
            os.kill(process, signal.SIGKILL)
    server.processes.pop(name).wait(30)


@contextmanager
def redis() -> Iterator[str]:
    """A Redis server; its URL."""
    program = shutil.which("redis-server")
    if program is None:
        missing("Redis's server")
        raise AssertionError
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["--port", str(port), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
    process = subprocess.Popen([program, *words], stdout=subprocess.DEVNULL, start_new_session=True)
    try:
        yield f"redis://127.0.0.1:{port}/0"
    finally:
        process.terminate()
        process.wait(30)


def _processes(server: Airflow, name: str) -> list[int]:
    """The worker's process and all that it started, directly or not."""
    parents = {}
    for stat in Path("/proc").glob("[0-9]*/stat"):
        with suppress(OSError):  # it has ended meanwhile
            # `pid (name) state parent …`; the name may hold anything
            parents[int(stat.parent.name)] = int(stat.read_text().rpartition(")")[2].split()[1])
    found = [server.processes[name].pid]
    for process in found:
        found += [child for child, parent in parents.items() if parent == process]
    return found
