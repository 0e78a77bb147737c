"""What a command imports: checking and formatting touch no data, and stay light."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.cli import ROOT, environment

DATA = {
    "polars",
    "pandas",
    "numpy",
    "sklearn",
    "scipy",
    "pyarrow",
    "duckdb",
    "optuna",
    "skops",
    "fsspec",
    "matplotlib",
}
HEAVY = {"pydantic", "networkx", "sqlglot", "rich", "lark", "yaml", "tempfile", "subprocess", "logging", "difflib"}
CHURN = ROOT / "examples" / "churn" / "churn.ml"

_RUN = """
import json, sys
from mldsl.cli.main import main
status = main(sys.argv[1:])
print(json.dumps([status, sorted({name.partition(".")[0] for name in sys.modules})]))
"""


def imported(*words: str | Path) -> set[str]:
    """The top-level names of all modules that are there after a command that must succeed."""
    done = subprocess.run(
        [sys.executable, "-c", _RUN, *map(str, words)], env=environment(), cwd=ROOT, capture_output=True, text=True
    )
    status, names = json.loads(done.stdout.splitlines()[-1])
    assert (done.returncode, status) == (0, 0), done.stderr
    return set(names)


@pytest.mark.parametrize("words", [("check", CHURN), ("fmt", "--check", CHURN), ("explain", "ML201"), ("--version",)])
def test_it_imports_no_data_library_and_nothing_heavy(words: tuple[str | Path, ...]) -> None:
    assert imported(*words) & (DATA | HEAVY) == set()


@pytest.mark.parametrize("target", ["airflow", "local"])
def test_compiling_imports_no_data_library_and_nothing_of_the_target(target: str, tmp_path: Path) -> None:
    """Whether Airflow is installed or not makes no difference then."""
    names = imported("compile", CHURN, "--target", target, "-o", tmp_path)
    assert (
        names & (DATA | {"airflow", "kfp", "kubernetes", "mldsl_local" if target == "airflow" else "mldsl_airflow"})
        == set()
    )


@pytest.mark.parametrize("words", [("check", CHURN, "--target", "local"), ("plan", CHURN, "--target", "airflow")])
def test_looking_at_a_target_imports_no_data_library(words: tuple[str | Path, ...]) -> None:
    assert imported(*words) & (DATA | {"airflow"}) == set()


def test_a_schema_that_is_read_from_the_data_is_read_in_another_process() -> None:
    assert imported("check", ROOT / "examples" / "penguins" / "penguins.ml") & DATA == set()


def test_a_run_of_transforms_and_checks_imports_polars_alone(tmp_path: Path) -> None:
    """Numpy, pandas and pyarrow take as long to import as many such steps to carry out."""
    import polars as pl

    pl.DataFrame({"id": [1, 2], "x": [0.5, 1.5]}).write_parquet(tmp_path / "t.parquet")
    (tmp_path / "t.ml").write_text(
        'pipeline p {}\nsource t = parquet("t.parquet") {\n  id: int key\n  x: float\n}\n'
        "check t { expect unique(id); expect x > 0.0 }\n"
        "transform u = t {\n  filter x > 0.1\n  group by id { s = sum(x) }\n}\ncheck u { expect rows() > 0 }\n"
    )
    assert imported("run", tmp_path / "t.ml", "--jobs", "1") & DATA == {"polars"}
