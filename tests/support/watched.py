"""A deployment that is watched: customers of the churn example, some to train on, some of today."""

from __future__ import annotations

import io
import json
import os
import threading
from collections.abc import Iterator
from contextlib import chdir, contextmanager, redirect_stderr, redirect_stdout
from dataclasses import dataclass
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any
from unittest import mock

import polars as pl

from mldsl.cli.main import main
from tests.support.cli import ROOT

COLUMNS = """\
  id: int key from "rownames"
  female: bool sensitive
  tenure: int
  internet: enum("No", "DSL", "Fiber optic") from "internet_service"
  contract: string
  monthly: float? from "monthly_charges"
"""
PROGRAM = """\
pipeline leaving {{ seed: 3 }}

source customers = csv("customers.csv") {{
{columns}  churned: bool from "churn"
}}
source today = csv("today.csv") {{
{columns}}}
source outcomes = csv("outcomes.csv") {{
  id: int key
  churned: bool?
}}

check customers {{ expect rows() >= 100 }}
check today {{ expect rows() >= 1 }}
check outcomes {{ expect unique(id) }}

split data = customers {{ train: 70%; test: 30% }}

model leaver = predict churned from data {{ algorithm logistic_regression }}

evaluate leaver on data.test {{ expect roc_auc >= 0.7 }}

deploy nightly = leaver to {target} {{
  require evaluation
{deploy}
}}

monitor watch = nightly {{
  every: 1d
  labels: outcomes
{expectations}
  on breach {{
{actions}
  }}
}}
"""


def customers() -> pl.DataFrame:
    """All customers, in a random order that is always the same."""
    return pl.read_csv(ROOT / "examples" / "churn" / "data" / "customers.csv", null_values=[""]).sample(
        fraction=1, shuffle=True, seed=5
    )


def write(
    folder: Path,
    *expectations: str,
    actions: tuple[str, ...] = (),
    target: str = "batch(today)",
    deploy: str = '  write: parquet("scores/{run_date}.parquet")\n  columns: id, churned_probability',
) -> Path:
    """The program, with what its monitor expects."""
    path = folder / "leaving.ml"
    text = PROGRAM.format(
        columns=COLUMNS,
        target=target,
        deploy=deploy,
        expectations="\n".join(f"  expect {item}" for item in expectations),
        actions="\n".join(f"    {item}" for item in actions),
    )
    path.write_text(text if actions else text.replace("  on breach {\n\n  }\n", ""), encoding="utf-8")
    return path


def provide(folder: Path, today: pl.DataFrame, known: pl.DataFrame | None = None, training: int = 4_000) -> None:
    """The data: the first customers to train on, those of today, and of which the outcome is known."""
    customers().head(training).write_csv(folder / "customers.csv")
    today.write_csv(folder / "today.csv")
    outcomes = (today.head(0) if known is None else known).select(id="rownames", churned="churn")
    outcomes.write_csv(folder / "outcomes.csv")


def later(count: int) -> pl.DataFrame:
    """Customers like those of the training."""
    return customers().slice(4_000, count)


def others(count: int) -> pl.DataFrame:
    """Customers of whom more have fast lines than in the training."""
    return customers().slice(4_000).filter(pl.col("internet_service") == "Fiber optic").head(count)


@contextmanager
def webhook(status: int = 200) -> Iterator[tuple[str, list[dict[str, Any]]]]:
    """An address on this machine, and what was posted there."""
    received: list[dict[str, Any]] = []

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            received.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
            self.send_response(status)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    server = HTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_port}/hooks/s3cret-path", received
    finally:
        server.shutdown()
        server.server_close()


@dataclass(frozen=True)
class Done:
    """How a command ended, and what it printed."""

    status: int
    stdout: str
    stderr: str


def mldsl(*words: str, folder: Path, env: dict[str, str] | None = None) -> Done:
    """Run `mldsl WORDS…` in a folder, in this process, the steps too: to start others takes most of the time."""
    out, err = io.StringIO(), io.StringIO()
    alone = mock.patch("mldsl_local.setting.needs_process", return_value=False)
    with alone, chdir(folder), mock.patch.dict(os.environ, env or {}), redirect_stdout(out), redirect_stderr(err):
        status = main(words)
    return Done(status, out.getvalue(), err.getvalue())
