"""A real MLflow server on loopback, of an environment of its own: its libraries pin what ours do not."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.support.services import missing

PLACE = "MLDSL_MLFLOW"
"""The environment variable that names the program `mlflow`, where that is not on the path."""
_START = 180  # seconds


@contextmanager
def server(folder: Path) -> Iterator[str]:
    """The server's address; everything that it keeps is in `folder`."""
    program = os.environ.get(PLACE) or shutil.which("mlflow")
    if not program or not _is_server(program):
        missing(f"MLflow's server (name its program in {PLACE})")
    port = _free_port()
    command = [
        *(program, "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"),
        *("--backend-store-uri", f"sqlite:///{folder}/mlflow.db", "--artifacts-destination", str(folder / "artifacts")),
    ]
    log = folder / "server.log"
    environment = {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "PYTHONHOME")}
    environment["MLFLOW_SERVER_ENABLE_JOB_EXECUTION"] = "false"  # or it starts processes for jobs that nobody submits
    with log.open("wb") as said:
        process = subprocess.Popen(command, stdout=said, stderr=said, env=environment, start_new_session=True)
    try:
        uri = f"http://127.0.0.1:{port}"
        _wait(uri, process, log)
        yield uri
    finally:
        os.killpg(process.pid, signal.SIGKILL)  # it would wait for its clients, and nothing of it is kept
        process.wait(30)


def _is_server(program: str) -> bool:
    """Whether it is more than the client."""
    return (Path(program).parent.parent / "lib").is_dir() and any(
        (Path(program).resolve().parent.parent / "lib").glob("python*/site-packages/mlflow/server/js")
    )


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait(uri: str, process: subprocess.Popen[bytes], log: Path) -> None:
    end = time.monotonic() + _START
    while time.monotonic() < end:
        assert process.poll() is None, log.read_text("utf-8", "replace")
        try:
            with urllib.request.urlopen(f"{uri}/health", timeout=2) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.3)
    raise AssertionError(f"MLflow's server did not start: {log.read_text('utf-8', 'replace')}")
