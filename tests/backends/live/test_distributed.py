"""The same results where tasks run on several workers: Celery, PostgreSQL, Redis, and a store behind an S3 API."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest

from tests.backends.live.conftest import named
from tests.support.live import celery, faults
from tests.support.live.airflow import serve
from tests.support.live.airflow_runs import AirflowRuns
from tests.support.live.backends import Local, assert_equal, plan_of
from tests.support.live.faults import Fault
from tests.support.live.pipelines import SECRET, shop_database
from tests.support.services import s3

pytestmark = pytest.mark.slow
NAMES = ("penguins", "code", "tuned", "warehouse")


@dataclass
class Cluster:
    local: Local
    runs: AirflowRuns
    lost: Fault
    relative: Fault


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    folder = tmp_path_factory.mktemp("cluster")
    url = shop_database(folder / "shop.db")
    with s3() as environment, pytest.MonkeyPatch.context() as patch, celery.distributed(environment) as server:
        for name, value in environment.items():
            patch.setenv(name, value)
        runs = AirflowRuns(server, folder / "airflow", "s3://bucket/{name}")
        for name in NAMES:
            runs.prepare(named(name))
        lost = faults.prepare(runs, "killed", "s3://bucket/killed")
        relative = faults.prepare(runs, "flaky")
        serve(server)
        celery.start_workers(server)
        server.variable(SECRET, url)
        lost.begin()
        for name in NAMES:
            runs.begin(named(name))
        local = Local(folder / "local")
        yield Cluster(local, runs, lost, relative)


@pytest.mark.parametrize("name", NAMES)
def test_artifacts_are_those_of_a_local_run(cluster: Cluster, name: str) -> None:
    expected, found = cluster.local.end(named(name)), cluster.runs.end(named(name))
    assert expected.passed and found.passed, found.said
    plan = plan_of(cluster.local.program(named(name)), named(name))
    assert assert_equal(plan, expected.store, found.store) == len(plan.steps)


def test_a_store_of_one_machine_is_refused(cluster: Cluster) -> None:
    fault = cluster.relative
    fault.begin()
    assert fault.end() == "failed"
    assert "and the tasks of CeleryExecutor run on several [ML602]" in fault.said


def test_a_run_goes_on_where_a_worker_is_lost(cluster: Cluster) -> None:
    fault, server = cluster.lost, cluster.runs.server
    until = time.monotonic() + 300
    while not (fault.folder / "pid").exists():
        assert time.monotonic() < until, fault.tasks()
        time.sleep(0.2)
    (fault.folder / "slow").unlink()
    celery.lose(server, celery.worker_of(server, int((fault.folder / "pid").read_text())))
    assert fault.end() == "success", fault.said
    assert fault.tasks()["made.source"]["try_number"] == 2
