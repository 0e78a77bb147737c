"""The checker stays light: nothing heavy is imported, sqlglot only for a SQL block."""

from __future__ import annotations

import subprocess
import sys

import pytest

from tests.support.checking import PRELUDE

HEAVY = (
    "sqlglot",
    "polars",
    "pandas",
    "numpy",
    "sklearn",
    "pydantic",
    "networkx",
    "rich",
    "optuna",
    "subprocess",
)
SCRIPT = """
import sys
from tests.support.checking import check_text
check_text(sys.stdin.read())
print([name for name in {names} if name in sys.modules])
"""


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("transform t = people { derive x = age + 1 }", []),
        ('transform t = sql("select id from {people}")', ["sqlglot"]),
    ],
)
def test_only_what_is_needed_is_imported(body: str, expected: list[str]) -> None:
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT.replace("{names}", str(HEAVY))],
        input=f"{PRELUDE}{body}\n",
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stdout.strip() == str(expected)
