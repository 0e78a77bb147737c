"""Tasks of one test process hand their workers on, as an orchestrator's cannot: each takes a second to start."""

from __future__ import annotations

import pytest

from mldsl.runtime.processes import Pool


@pytest.fixture(autouse=True)
def workers_are_used_again(monkeypatch: pytest.MonkeyPatch) -> None:
    close = Pool.close
    monkeypatch.setattr(Pool, "close", lambda self, *, spares=True: close(self))
