"""What checking may cost, in CPU time of the whole process."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from benchmarks.check_time import CHURN, LIMIT, cpu_seconds, long_program
from tests.support.cli import environment

CHECK = (sys.executable, "-m", "mldsl", "check")


@pytest.fixture(scope="module")
def compiled(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """An environment in which modules are compiled once, as they are when installed; everything is imported once."""
    env = environment(PYTHONPYCACHEPREFIX=str(tmp_path_factory.mktemp("compiled")))
    env.pop("PYTHONDONTWRITEBYTECODE", None)
    cpu_seconds(sys.executable, "-c", "import lark", repeat=1, env=env)
    cpu_seconds(*CHECK, str(CHURN), repeat=1, env=env)
    return env


def test_checking_churn_takes_at_most_three_times_as_long_as_importing_lark(compiled: dict[str, str]) -> None:
    lark = cpu_seconds(sys.executable, "-c", "import lark", repeat=5, env=compiled)
    assert cpu_seconds(*CHECK, str(CHURN), repeat=5, env=compiled) <= LIMIT * lark


def test_two_thousand_lines_take_less_than_a_second(compiled: dict[str, str], tmp_path: Path) -> None:
    path = tmp_path / "long.ml"
    path.write_text(long_program())
    assert path.read_text().count("\n") >= 2_000
    assert cpu_seconds(*CHECK, str(path), repeat=2, env=compiled) < 1
