"""Starts Airflow's servers and talks to them as its users do: over the public API, and in the logs of tasks."""

from __future__ import annotations

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
import uuid
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.support.cli import ROOT
from tests.support.services import missing

# Seconds until the servers answer and a DAG file is known, and until a run has ended; on a machine that is busy.
_START, _RUN = 600, 1200
ENDED = ("success", "failed")


def needs_airflow() -> None:
    """Skip the test where Airflow is not installed, and fail it in continuous integration."""
    from importlib.util import find_spec

    if find_spec("airflow") is None or find_spec("airflow.sdk") is None:
        missing("the extra `airflow`")


@dataclass
class Airflow:
    """Airflow's processes over one home; `dags` is the folder that it takes DAG files from."""

    home: Path
    port: int
    environment: dict[str, str]
    processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _token: str = ""

    @property
    def dags(self) -> Path:
        return self.home / "dags"

    def start(self, name: str, *words: str) -> None:
        """Start one of its processes; what it prints goes to `NAME.out` in the home."""
        self.processes[name] = subprocess.Popen(
            [sys.executable, "-m", "airflow", *words],
            stdin=subprocess.DEVNULL,
            stdout=(self.home / f"{name}.out").open("ab"),
            stderr=subprocess.STDOUT,
            env=self.environment,
            cwd=self.home,
            start_new_session=True,
        )

    def stop(self, name: str, number: int = signal.SIGTERM) -> None:
        """End a process, and all that it started."""
        process = self.processes.pop(name)
        for wanted in (number, signal.SIGKILL):
            try:
                os.killpg(process.pid, wanted)
                process.wait(20)
            except ProcessLookupError:
                return
            except subprocess.TimeoutExpired:
                continue

    def ask(self, method: str, path: str, body: Mapping[str, Any] | None = None) -> Any:
        """What the API answers."""
        if not self._token:
            self._token = "-"
            self._token = self.ask("GET", "/auth/token")["access_token"]
        request = urllib.request.Request(
            f"http://127.0.0.1:{self.port}{path}",
            None if body is None else json.dumps(body).encode(),
            {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"},
            method=method,
        )
        try:
            with urllib.request.urlopen(request, timeout=60) as answer:
                return json.loads(answer.read() or b"null")
        except urllib.error.HTTPError as error:
            if error.code < 500:
                error.add_note(error.read().decode(errors="replace"))
            raise

    def trigger(self, dag: str, params: Mapping[str, Any] | None = None, date: str | None = None) -> str:
        """Start a run of a DAG, with that logical date or moment, as soon as Airflow knows it; the run's id."""
        until = time.monotonic() + _START
        run = f"test__{uuid.uuid4()}"
        moment = date if date is None or "T" in date else f"{date}T00:00:00Z"
        body = {"dag_run_id": run, "logical_date": moment, "conf": dict(params or {})}
        while True:
            try:
                self.ask("POST", f"/api/v2/dags/{dag}/dagRuns", body)
                return run
            except OSError as error:
                code = getattr(error, "code", None)
                if code == 409 and self._has(dag, run):  # it was told before, and its answer came too late
                    return run
                if time.monotonic() > until or not (code == 404 or _may_pass(error)):
                    said = getattr(error, "__notes__", "")
                    raise AssertionError(f"{dag}: {error} {said}\n{self.import_errors()}") from error
                time.sleep(0.5)

    def runs(self, dag: str) -> list[str]:
        """The ids of a DAG's runs, the first one first."""
        found = self.ask("GET", f"/api/v2/dags/{dag}/dagRuns?limit=100&order_by=run_after")["dag_runs"]
        return [str(item["dag_run_id"]) for item in found]

    def answer(self, dag: str, run: str, task: str, choice: str) -> None:
        """Answer as somebody who is asked by a task, as soon as it waits.

        The scheduler has to have heard that its process is over: it would take that for the end of the task, and fail
        it, if the task went on before.
        """
        until = time.monotonic() + _RUN
        over = f"state success for task instance TaskInstanceKey(dag_id={dag!r}, task_id={task!r}, run_id={run!r}"
        while over not in (self.home / "scheduler.out").read_text(errors="replace"):
            assert time.monotonic() < until, self.tasks(dag, run)
            time.sleep(0.5)
        path = f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances/{task}/-1/hitlDetails"
        self.ask("PATCH", path, {"chosen_options": [choice]})

    def _has(self, dag: str, run: str) -> bool:
        try:
            return bool(self.ask("GET", f"/api/v2/dags/{dag}/dagRuns/{run}"))
        except urllib.error.HTTPError:
            return False

    def wait(self, dag: str, run: str, seconds: float = _RUN) -> str:
        """The state in which a run has ended."""
        until = time.monotonic() + seconds
        state = "unknown"
        while state not in ENDED:
            assert time.monotonic() < until, f"{dag} is still {state}: {self.tasks(dag, run)}"
            try:
                state = str(self.ask("GET", f"/api/v2/dags/{dag}/dagRuns/{run}")["state"])
            except OSError as error:
                if not _may_pass(error):
                    raise
            time.sleep(0.5)
        return state

    def tasks(self, dag: str, run: str) -> dict[str, dict[str, Any]]:
        """The tasks of a run by their ids (mapped ones with their number behind it)."""
        path = f"/api/v2/dags/{dag}/dagRuns/{run}/taskInstances?limit=1000"
        found = self.ask("GET", path)["task_instances"]
        return {f"{item['task_id']}{_mapped(item['map_index'])}": item for item in found}

    def log(self, dag: str, run: str, task: str = "*") -> str:
        """What the tasks of a run have logged, in all of their attempts: the messages, one a line."""
        folder = self.home / "logs" / f"dag_id={dag}" / f"run_id={run}"
        files = sorted(folder.glob(f"task_id={task}/**/*.log"), key=lambda path: path.stat().st_mtime)
        return "\n".join(_message(line) for file in files for line in file.read_text(errors="replace").splitlines())

    def import_errors(self) -> list[str]:
        """What is wrong with DAG files, as Airflow says."""
        return [item["stack_trace"] for item in self.ask("GET", "/api/v2/importErrors")["import_errors"]]

    def variable(self, name: str, value: str) -> None:
        """Set a variable."""
        self.ask("POST", "/api/v2/variables", {"key": name, "value": value})


@contextmanager
def airflow(executor: str = "LocalExecutor", **settings: str) -> Iterator[Airflow]:
    """An Airflow whose servers can be started: a home and a database, which are removed at the end.

    `settings` are those of its configuration, as `SECTION__NAME`. Put DAG files into `dags`, then `serve`.
    """
    needs_airflow()
    with tempfile.TemporaryDirectory(prefix="mldsl-airflow-", ignore_cleanup_errors=True) as folder:
        home = Path(folder)
        (home / "dags").mkdir()
        port = _free_port()
        found = Airflow(home, port, _environment(home, port, executor, settings))
        try:
            yield found
        finally:
            for name in list(found.processes):
                found.stop(name)


def serve(found: Airflow) -> None:
    """Make the database and start the servers; returns before they answer (`trigger` waits)."""
    done = subprocess.run(
        [sys.executable, "-m", "airflow", "db", "migrate"], env=found.environment, capture_output=True, cwd=found.home
    )
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()
    found.start("api-server", "api-server", "--port", str(found.port))
    found.start("dag-processor", "dag-processor")
    found.start("scheduler", "scheduler", "--skip-serve-logs")
    until = time.monotonic() + _START
    while True:
        try:
            found.ask("GET", "/execution/health")
            return
        except (urllib.error.URLError, ConnectionError, TimeoutError) as error:
            for name, process in found.processes.items():
                assert process.poll() is None, (found.home / f"{name}.out").read_text()
            assert time.monotonic() < until, error
            found._token = ""
            time.sleep(0.5)


def _environment(home: Path, port: int, executor: str, settings: Mapping[str, str]) -> dict[str, str]:
    given = {
        "CORE__EXECUTOR": executor,
        "CORE__DAGS_FOLDER": str(home / "dags"),
        "CORE__LOAD_EXAMPLES": "False",
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": "False",
        "CORE__PARALLELISM": "3",
        "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": "True",
        "CORE__EXECUTION_API_SERVER_URL": f"http://127.0.0.1:{port}/execution/",
        "CORE__FERNET_KEY": "",
        "API__BASE_URL": f"http://127.0.0.1:{port}",
        "API__HOST": "127.0.0.1",
        "API__WORKERS": "1",
        "API__SECRET_KEY": secrets.token_hex(32),
        "API_AUTH__JWT_SECRET": secrets.token_hex(32),
        "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "DAG_PROCESSOR__REFRESH_INTERVAL": "5",
        # Files that are new or changed are read at each refresh; the others once, not every 30 seconds.
        "DAG_PROCESSOR__MIN_FILE_PROCESS_INTERVAL": "3600",
        "SCHEDULER__USE_JOB_SCHEDULE": "False",
        "WORKERS__MIN_HEARTBEAT_INTERVAL": "1",
        **settings,
    }
    kept = {name: value for name, value in os.environ.items() if not name.startswith(("AIRFLOW", "PYTEST", "MLDSL"))}
    return {
        **kept,
        "PYTHONPATH": os.pathsep.join([str(ROOT), str(ROOT / "backends")]),
        "AIRFLOW_HOME": str(home),
        "NO_PROXY": "*",
        **{f"AIRFLOW__{name}": value for name, value in given.items()},
    }


def _free_port() -> int:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        return int(free.getsockname()[1])


def _may_pass(error: OSError) -> bool:
    """Whether a server that is busy may have said so: SQLite locks, and no answer in time."""
    return not isinstance(error, urllib.error.HTTPError) or error.code >= 500


def _mapped(index: int) -> str:
    return "" if index < 0 else f"[{index}]"


def _message(line: str) -> str:
    """The text of a line of a log, which is JSON; an error's comes with what it says."""
    try:
        found = json.loads(line)
    except ValueError:
        return line
    if not isinstance(found, dict):
        return line
    details = [f"{item.get('exc_type')}: {item.get('exc_value')}" for item in found.get("error_detail") or []]
    return "\n".join([str(found.get("event", line)), *details])
