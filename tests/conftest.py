"""Settings of all tests: what hypothesis tries in continuous integration, and which tests one process runs together."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadScopeScheduling

# These share one engine, and whoever runs one of them runs all. Of the others those of one file are run together: they
# share what it makes once.
_TOGETHER = "tests/backends/live/"
_APART = "kubeflow"  # in the name of those that do not share Airflow
# What takes longest comes first, so that nobody waits for it at the end.
_LONG = (
    _TOGETHER,
    "tests/runtime/worker/",
    "tests/runtime/monitoring/test_simulated",
    "tests/backends/",
    "tests/examples/",
    "tests/serving/",
    "tests/runtime/registry/",
    "tests/runtime/tracking/",
    "tests/packaging/",
    "tests/runtime/",
)

# A run that lands or not must not depend on luck; at a developer's desk every run tries something new.
settings.register_profile("ci", derandomize=True, database=None, deadline=None)
if os.environ.get("CI"):
    settings.load_profile("ci")

# OpenMP's threads wait for each other by computing. Where several processes share the cores, each so keeps from running
# what another waits for: a fit of 0.7 s takes up to 70.
os.environ.setdefault("OMP_WAIT_POLICY", "PASSIVE")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """How `-n` shares the tests out. The mark `xdist_group` says it, too, but not with pytest 9.2."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            if nodeid.startswith(_TOGETHER):
                return f"{_TOGETHER}{_APART if _APART in nodeid else ''}"
            return nodeid.partition("::")[0]

    config.option.loadscopereorder = False  # by how many they are; see below
    return Scheduling(config, log)


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """The order in which `-n` gives the tests out."""
    if hasattr(config, "workerinput"):
        items.sort(key=lambda item: _place(item.nodeid))


def _place(nodeid: str) -> int:
    return next((place for place, start in enumerate(_LONG) if nodeid.startswith(start)), len(_LONG))
