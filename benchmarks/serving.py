"""How fast an endpoint answers: `mldsl serve` beside `mlflow models serve`, for the same model on the same rows.

Both serve 80 rounds of histogram gradient boosting on the customers of examples/churn: mldsl a program with its
transforms and checks of every request, MLflow scikit-learn's pipeline (imputing, scaling, one-hot) on prepared columns.
In one run, in turns: the median time of a request at one client, and requests a second at eight. Before that, without
any server: one row through the prepared path, through the pipeline as a table of pandas, and through the bare model as
a row of NumPy that is there already.

Run from a checkout: `python benchmarks/serving.py`. MLflow gets a virtual environment of its own, made beside the other
files in a temporary folder unless `--mlflow` names the Python of one that has it.
"""

from __future__ import annotations

import argparse
import asyncio
import csv
import json
import os
import signal
import socket
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DATA = ROOT / "examples" / "churn" / "data" / "customers.csv"
P50_SHARE = 1 / 5
"""A request at one client may take this share of MLflow's time."""
THROUGHPUT = 10
"""At eight clients there are to be this many times as many requests a second."""
REQUESTS = 20_000
"""So many requests without an error."""
CLIENTS = 8
_MLFLOW_REQUESTS = 1_500
_ROUNDS = 2

PROGRAM = """
pipeline bench { seed: 1 }

source customers = csv("customers.csv") {
  id:         int     key from "rownames"
  partner:    bool
  dependents: bool
  tenure:     int
  lines:      enum("No phone service", "No", "Yes") from "multiple_lines"
  internet:   enum("No", "DSL", "Fiber optic") from "internet_service"
  contract:   enum("Month-to-month", "One year", "Two year")
  paperless:  bool    from "paperless_billing"
  payment:    string  from "payment_method"
  monthly:    float   from "monthly_charges"
  total:      float?  from "total_charges"
  churned:    bool    from "churn"
}
check customers { expect rows() > 0 }
transform features = customers {
  derive {
    per_month = total / tenure
    is_new    = tenure < 6
    automatic = payment in ("Bank transfer (automatic)", "Credit card (automatic)")
    household = partner or dependents
  }
  derive rise = monthly - per_month
}
split data = features { train: 70%; test: 30% }
model churn = predict churned from data {
  prepare { numeric: impute(median) | scale(standard); categorical: encode(onehot) }
  algorithm gradient_boosting { max_iter: 80; learning_rate: 0.1 }
}
evaluate churn on data.test { expect roc_auc > 0.7 }
deploy api = churn to endpoint("churn") { require evaluation }
"""

# The same by hand, saved as MLflow saves models; run by MLflow's Python.
BY_HAND = """
import json, sys
import pandas as pd
from sklearn.compose import make_column_transformer
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
data, place, row = sys.argv[1:]
raw = pd.read_csv(data)
table = raw[["partner", "dependents", "tenure", "multiple_lines", "internet_service", "contract", "paperless_billing",
             "payment_method", "monthly_charges", "total_charges"]].copy()
for name in ("partner", "dependents", "paperless_billing"):
    table[name] = table[name].astype(str)
table["per_month"] = table.total_charges / table.tenure.where(table.tenure > 0)
table["is_new"] = (table.tenure < 6).astype(str)
table["automatic"] = table.payment_method.str.contains("automatic").astype(str)
table["household"] = ((raw.partner.astype(str) != "False") | (raw.dependents.astype(str) != "False")).astype(str)
table["rise"] = table.monthly_charges - table.per_month
table["tenure"] = table.tenure.astype(float)
numeric = ["tenure", "monthly_charges", "total_charges", "per_month", "rise"]
categorical = [name for name in table if name not in numeric]
pipeline = make_pipeline(
    make_column_transformer(
        (make_pipeline(SimpleImputer(strategy="median"), StandardScaler()), numeric),
        (OneHotEncoder(handle_unknown="ignore", sparse_output=False), categorical),
    ),
    HistGradientBoostingClassifier(max_iter=80, learning_rate=0.1, early_stopping=False),
)
target = raw.churn.astype(str)
pipeline.fit(table, target)
with open(row, "w") as file:
    json.dump(json.loads(table.iloc[[0]].to_json(orient="records"))[0], file)
if place:
    import mlflow.sklearn
    mlflow.sklearn.save_model(pipeline, place, serialization_format="cloudpickle", input_example=table.head(3))
else:
    import statistics, time
    one = table.iloc[[0]]
    ready = pipeline[:-1].transform(one)
    def timed(ask):
        times = []
        for _ in range(300):
            start = time.perf_counter(); ask(); times.append(time.perf_counter() - start)
        return statistics.median(times) * 1e3
    print(json.dumps([timed(lambda: pipeline.predict_proba(one)), timed(lambda: pipeline[-1].predict_proba(ready))]))
"""


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--mlflow", metavar="PYTHON", help="the Python of an environment that has MLflow")
    parser.add_argument("--requests", type=int, default=REQUESTS, help=f"to mldsl, at eight clients; {REQUESTS:,}")
    parser.add_argument("--no-servers", action="store_true", help="time the paths of one row alone")
    parser.add_argument("--load", nargs=4, metavar=("PORT", "FILE", "CLIENTS", "REQUESTS"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.load:
        port, file, clients, requests = options.load
        print(json.dumps(asyncio.run(_load(int(port), Path(file).read_bytes(), int(clients), int(requests)))))
        return 0
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        _train(folder)
        _paths(folder)
        return 0 if options.no_servers else _servers(folder, options.mlflow, options.requests)


# --- one row, without a server ---------------------------------------------------------------------------------------


def _train(folder: Path) -> None:
    (folder / "bench.ml").write_text(PROGRAM, encoding="utf-8")
    (folder / "customers.csv").write_bytes(DATA.read_bytes())
    _run(sys.executable, "-m", "mldsl", "run", folder / "bench.ml")


def _paths(folder: Path) -> None:
    """Times one row, and keeps it as a request has it in `raw.json`."""
    from mldsl.runtime.registry import open_registry
    from mldsl.runtime.scoring import reference_scorer, scorer
    from mldsl.runtime.store import open_store

    store = open_store(".mldsl", folder)
    version = open_registry(store, "churn").versions()[-1]
    quick, reference = scorer(version, store), reference_scorer(version, store)
    if type(quick) is type(reference):
        raise SystemExit(f"the row path was not prepared: {version.row_path}")
    with DATA.open(encoding="utf-8", newline="") as file:
        raw = next(csv.DictReader(file))
    row = {field.column: _value(raw[field.name], field.type.kind) for field in quick.fields}
    (folder / "raw.json").write_text(json.dumps({field.name: row[field.column] for field in quick.fields}))
    prepared = _median(lambda: quick.score([row]))
    slow = _median(lambda: reference.score([row]), 50)
    frame, ready = json.loads(_run(sys.executable, "-c", BY_HAND, folder / "customers.csv", "", folder / "unused.json"))
    print("one row, in milliseconds (medians)")
    print(f"  the prepared path, from raw values   {prepared:7.3f}")
    print(f"  the reference path, from raw values  {slow:7.3f}")
    print(f"  scikit-learn, a table of pandas      {frame:7.3f}")
    print(f"  scikit-learn, a row of NumPy ready   {ready:7.3f}")


def _value(text: str, kind: str) -> object:
    match kind:
        case "bool":
            return text.lower() in ("true", "1", "yes")
        case "int" | "float":
            return float(text) if kind == "float" else int(text)
        case _:
            return text


def _median(ask: Callable[[], object], times: int = 2_000) -> float:
    """Milliseconds."""
    found = []
    for _ in range(times):
        start = time.perf_counter()
        ask()
        found.append(time.perf_counter() - start)
    return statistics.median(found) * 1e3


# --- servers ---------------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Server:
    """One that answers: where, and the bytes of a request."""

    name: str
    port: int
    request: Path


def _servers(folder: Path, python: str | None, requests: int) -> int:
    python = python or _environment(folder)
    _run(python, "-c", BY_HAND, folder / "customers.csv", folder / "model", folder / "row.json")
    with _mldsl(folder) as ours, _mlflow(folder, python) as theirs:
        p50: dict[str, list[float]] = {"mldsl": [], "mlflow": []}
        rates: dict[str, list[float]] = {"mldsl": [], "mlflow": []}
        errors = 0
        for _ in range(_ROUNDS):
            for server in (ours, theirs):
                p50[server.name].append(_ask(server, 1, 400)["p50"])
                count = requests // _ROUNDS if server is ours else _MLFLOW_REQUESTS // _ROUNDS
                found = _ask(server, CLIENTS, count)
                rates[server.name].append(found["rate"])
                errors += int(found["errors"]) if server is ours else 0
    share = min(p50["mldsl"]) / min(p50["mlflow"])
    times = max(rates["mldsl"]) / max(rates["mlflow"])
    for name in ("mldsl", "mlflow"):
        print(f"{name:7} p50 at one client {min(p50[name]):6.2f} ms, {max(rates[name]):7.0f} requests/s at {CLIENTS}")
    print(f"p50: {share:.3f} of MLflow's (at most {P50_SHARE})")
    print(f"requests a second: {times:.1f} times MLflow's (at least {THROUGHPUT})")
    print(f"errors in {requests:,} requests at {CLIENTS} clients: {errors}")
    return 0 if share <= P50_SHARE and times >= THROUGHPUT and not errors else 1


def _environment(folder: Path) -> str:
    import sklearn

    place = folder / "mlflow"
    print("making an environment with MLflow …", file=sys.stderr)
    _run(sys.executable, "-m", "venv", place)
    python = str(place / "bin" / "python")
    _run(python, "-m", "pip", "install", "-q", "mlflow", f"scikit-learn=={sklearn.__version__}")
    return python


@contextmanager
def _mldsl(folder: Path) -> Iterator[Server]:
    port = _free_port()
    words = ("-m", "mldsl", "serve", "churn", "--port", port, "--no-log", "--no-access-log")
    body = (folder / "raw.json").read_text()
    request = _request(folder / "mldsl.http", "/predict", body, port)
    with _running([sys.executable, *map(str, words)], port, "/v2/health/ready", folder, folder / "mldsl.log"):
        yield Server("mldsl", port, request)


@contextmanager
def _mlflow(folder: Path, python: str) -> Iterator[Server]:
    port = _free_port()
    words = ("-m", "mlflow", "models", "serve", "-m", folder / "model", "-p", port, "--env-manager", "local")
    body = json.dumps({"dataframe_records": [json.loads((folder / "row.json").read_text())]})
    request = _request(folder / "mlflow.http", "/invocations", body, port)
    with _running([python, *map(str, words)], port, "/ping", folder, folder / "mlflow.log"):
        yield Server("mlflow", port, request)


def _request(path: Path, route: str, body: str, port: int) -> Path:
    head = f"POST {route} HTTP/1.1\r\nHost: 127.0.0.1:{port}\r\nContent-Type: application/json\r\n"
    path.write_bytes(f"{head}Content-Length: {len(body)}\r\n\r\n{body}".encode())
    return path


@contextmanager
def _running(words: list[str], port: int, health: str, folder: Path, log: Path) -> Iterator[None]:
    with log.open("wb") as output:
        process = subprocess.Popen(
            words, cwd=folder, env=_environ(words[0]), stdout=output, stderr=output, start_new_session=True
        )
        try:
            _wait(process, f"http://127.0.0.1:{port}{health}", log)
            yield
        finally:
            if process.poll() is None:
                os.killpg(process.pid, signal.SIGTERM)
                process.wait(30)


def _wait(process: subprocess.Popen[bytes], url: str, log: Path) -> None:
    end = time.monotonic() + 120
    while time.monotonic() < end and process.poll() is None:
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.3)
    raise SystemExit(f"the server did not come up:\n{log.read_text(errors='replace')[-3000:]}")


def _free_port() -> int:
    with socket.socket() as found:
        found.bind(("127.0.0.1", 0))
        return int(found.getsockname()[1])


# --- load, from a process of its own ---------------------------------------------------------------------------------


def _ask(server: Server, clients: int, requests: int) -> dict[str, float]:
    words = ("--load", server.port, server.request, clients, requests)
    found: dict[str, float] = json.loads(_run(sys.executable, __file__, *words))
    return found


class _Client(asyncio.Protocol):
    """Asks again and again over one connection, with the same bytes."""

    def __init__(self, request: bytes, left: list[int], times: list[float], errors: list[str]) -> None:
        self.request, self.left, self.times, self.errors = request, left, times, errors
        self.done = asyncio.get_running_loop().create_future()
        self.buffer = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self._next()

    def data_received(self, data: bytes) -> None:
        self.buffer += data
        head, gap, body = self.buffer.partition(b"\r\n\r\n")
        if not gap:
            return
        length = next(
            (int(line[15:]) for line in head.lower().split(b"\r\n") if line.startswith(b"content-length:")), 0
        )
        if len(body) < length:
            return
        self.times.append(time.perf_counter() - self.started)
        if b" 200 " not in head[:16]:
            self.errors.append(f"{head[:40]!r} {body[:200]!r}")
        self.buffer = b""
        self._next()

    def connection_lost(self, error: Exception | None) -> None:
        if not self.done.done():
            self.errors.append(f"the connection was lost: {error}")
            self.done.set_result(None)

    def _next(self) -> None:
        if self.left[0] <= 0:
            self.done.set_result(None)
            self.transport.close()
            return
        self.left[0] -= 1
        self.started = time.perf_counter()
        self.transport.write(self.request)  # type: ignore[attr-defined]


async def _load(port: int, request: bytes, clients: int, requests: int) -> dict[str, float]:
    errors: list[str] = []
    await _round(port, request, clients, min(100, requests), errors)  # to warm up
    start = time.perf_counter()
    times = await _round(port, request, clients, requests, errors)
    took = time.perf_counter() - start
    if errors:
        print(errors[0], file=sys.stderr)
    return {"p50": statistics.median(times) * 1e3, "rate": len(times) / took, "errors": len(errors)}


async def _round(port: int, request: bytes, clients: int, requests: int, errors: list[str]) -> list[float]:
    """The seconds of each request."""
    loop, left = asyncio.get_running_loop(), [requests]
    times: list[float] = []
    made = [
        await loop.create_connection(lambda: _Client(request, left, times, errors), "127.0.0.1", port)
        for _ in range(clients)
    ]
    await asyncio.gather(*(client.done for _, client in made))
    return times


def _environ(python: object) -> dict[str, str]:
    """For mldsl the checkout; MLflow's Python gets nothing of it, and finds its own programs."""
    environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
    # More threads of OpenMP than one wait for each other over one row, which would hold scikit-learn and MLflow back.
    environment["OMP_NUM_THREADS"] = "1"
    if str(python) == sys.executable:
        environment["PYTHONPATH"] = f"{ROOT}{os.pathsep}{ROOT / 'backends'}"
    else:
        environment["PATH"] = f"{Path(str(python)).parent}{os.pathsep}{environment.get('PATH', '')}"
    return environment


def _run(*words: object) -> str:
    done = subprocess.run(list(map(str, words)), capture_output=True, text=True, env=_environ(words[0]))
    if done.returncode:
        raise SystemExit(done.stdout + done.stderr)
    if done.stderr and "--load" in words:
        print(done.stderr.strip(), file=sys.stderr)
    return done.stdout


if __name__ == "__main__":
    sys.exit(main())
