"""Settings of all tests: what hypothesis tries in continuous integration, and which tests one process runs together."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest
from hypothesis import settings

if TYPE_CHECKING:
    from xdist.remote import Producer
    from xdist.scheduler import LoadScopeScheduling

# These share one engine, and whoever runs one of them runs all; the others go to whoever is free.
_TOGETHER = "tests/backends/live/"
_APART = "kubeflow"  # in the name of those that do not share Airflow

# A run that lands or not must not depend on luck; at a developer's desk every run tries something new.
settings.register_profile("ci", derandomize=True, database=None, deadline=None)
if os.environ.get("CI"):
    settings.load_profile("ci")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Producer) -> LoadScopeScheduling:
    """How `-n` shares the tests out. The mark `xdist_group` says it, too, but not with pytest 9.2."""
    from xdist.scheduler import LoadScopeScheduling

    class Scheduling(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            if not nodeid.startswith(_TOGETHER):
                return nodeid
            return f"{_TOGETHER}{_APART if _APART in nodeid else ''}"

    return Scheduling(config, log)
