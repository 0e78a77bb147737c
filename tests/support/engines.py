"""The engines, one a row: what runs on each of them imports the fixture into its conftest."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.support import steps

ENGINES = ("polars", "duckdb")


@pytest.fixture(params=ENGINES, autouse=True, scope="module")
def engine(request: pytest.FixtureRequest) -> Iterator[str]:
    """The engine that `evaluate`, `verbs` and `Bench` use."""
    with steps.using(request.param):
        yield request.param
