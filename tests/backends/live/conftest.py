"""The engines of the suite. Of each there is one for all of its tests: all is compiled, then all runs are begun.

Then each test waits for its own. The local runs that all are held against are shared by the tests' processes.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.support.live import faults
from tests.support.live.airflow import airflow, serve
from tests.support.live.airflow_runs import AirflowRuns
from tests.support.live.backends import Engine, Local, run_locally
from tests.support.live.faults import Fault
from tests.support.live.kubeflow import KubeflowRuns
from tests.support.live.pipelines import PIPELINES, SECRET, Pipeline, shop_database
from tests.support.live.webhook import Webhook, webhook

# Of this one there is a local run over the same store before Airflow's.
RUN_BEFORE = "segments"
# Too large to be run twice here; Airflow only reads its DAG.
COMPILED = Pipeline("flights", example=True)


@dataclass
class OnAirflow:
    """What runs on Airflow, and what goes wrong there."""

    runs: AirflowRuns
    faults: dict[str, Fault]
    webhook: Webhook


@dataclass
class OnKubeflow:
    """What Kubeflow's local runner runs, and who is told of what went wrong."""

    runs: KubeflowRuns
    webhook: Webhook


@pytest.fixture(scope="session")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder that all processes of a test run share."""
    base = tmp_path_factory.getbasetemp()
    return base.parent if "PYTEST_XDIST_WORKER" in os.environ else base


@pytest.fixture(scope="session")
def secret(tmp_path_factory: pytest.TempPathFactory) -> str:
    """The address of the database that programs know as a secret."""
    return shop_database(tmp_path_factory.mktemp("shop") / "shop.db")


@pytest.fixture(scope="session")
def local(shared: Path, tmp_path_factory: pytest.TempPathFactory) -> Local:
    """The local runs; their database is one of their own, with the same rows."""
    return Local(shared / "live-local")


@pytest.fixture(scope="session")
def on_airflow(tmp_path_factory: pytest.TempPathFactory, secret: str) -> Iterator[OnAirflow]:
    folder: Path = tmp_path_factory.mktemp("airflow")
    with airflow() as server, webhook() as told:
        runs = AirflowRuns(server, folder / "programs")
        for pipeline in (*PIPELINES, COMPILED):
            runs.prepare(pipeline)
        broken = {name: faults.prepare(runs, name) for name in faults.PROGRAMS}
        serve(server)
        server.variable(SECRET, secret)
        server.variable(faults.WEBHOOK, told.url)
        for fault in broken.values():
            fault.begin()
        before = named(RUN_BEFORE)
        run_locally(runs.folder / before.name / f"{before.name}.ml", before, {SECRET: secret})
        for pipeline in PIPELINES:
            runs.begin(pipeline)
        yield OnAirflow(runs, broken, told)


@pytest.fixture(scope="session")
def on_kubeflow(tmp_path_factory: pytest.TempPathFactory, secret: str) -> Iterator[OnKubeflow]:
    with webhook() as told:
        runs = KubeflowRuns(tmp_path_factory.mktemp("kubeflow"), {SECRET: secret, faults.WEBHOOK: told.url})
        yield OnKubeflow(runs, told)


@pytest.fixture
def runs(on_airflow: OnAirflow) -> AirflowRuns:
    """Airflow's."""
    return on_airflow.runs


@pytest.fixture
def kubeflow(on_kubeflow: OnKubeflow) -> KubeflowRuns:
    """Kubeflow's."""
    return on_kubeflow.runs


@pytest.fixture
def engine(request: pytest.FixtureRequest) -> Engine:
    """The engine that a test is parametrized with, by name."""
    found: Engine = request.getfixturevalue(f"on_{request.param}").runs
    return found


def named(name: str) -> Pipeline:
    return next(pipeline for pipeline in PIPELINES if pipeline.name == name)
