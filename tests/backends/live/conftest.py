"""One Airflow for all of its tests: all is compiled, then all runs are begun, then each test waits for its own."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.live import faults
from tests.support.live.airflow import airflow, serve
from tests.support.live.airflow_runs import AirflowRuns
from tests.support.live.backends import Engine, Local, run_locally
from tests.support.live.faults import Fault
from tests.support.live.pipelines import PIPELINES, SECRET, Pipeline, shop_database
from tests.support.live.webhook import Webhook, webhook

# Of this one there is a local run over the same store before Airflow's.
RUN_BEFORE = "segments"
# Too large to be run twice here; Airflow only reads its DAG.
COMPILED = Pipeline("flights", example=True)


@dataclass
class Suite:
    """The local backend, the others by name, and what goes wrong on Airflow."""

    local: Local
    engines: dict[str, Engine]
    faults: dict[str, Fault]
    secret: str
    webhook: Webhook


@pytest.fixture(scope="session")
def suite(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Suite]:
    folder: Path = tmp_path_factory.mktemp("suite")
    url = shop_database(folder / "shop.db")
    environment = {SECRET: url}
    with airflow() as server, webhook() as told:
        runs = AirflowRuns(server, folder / "airflow")
        for pipeline in (*PIPELINES, COMPILED):
            runs.prepare(pipeline)
        broken = {name: faults.prepare(runs, name) for name in faults.PROGRAMS}
        serve(server)
        server.variable(SECRET, url)
        server.variable(faults.WEBHOOK, told.url)
        for fault in broken.values():
            fault.begin()
        before = named(RUN_BEFORE)
        run_locally(runs.folder / before.name / f"{before.name}.ml", before, environment)
        for pipeline in PIPELINES:
            runs.begin(pipeline)
        local = Local(folder / "local", environment)
        for pipeline in PIPELINES:
            local.begin(pipeline)
        yield Suite(local, {"airflow": runs}, broken, url, told)


def named(name: str) -> Pipeline:
    return next(pipeline for pipeline in PIPELINES if pipeline.name == name)


@pytest.fixture(scope="session")
def runs(suite: Suite) -> AirflowRuns:
    found = suite.engines["airflow"]
    assert isinstance(found, AirflowRuns)
    return found
