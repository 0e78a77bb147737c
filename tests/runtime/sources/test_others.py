"""The other connectors: JSON lines, scikit-learn's data sets, Python functions, SQLite; and those for later."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from mldsl.catalog.types import BOOL, DATE, FLOAT, INT, STRING, Type
from mldsl.plan.nodes import Argument, PythonCode, SourceBody
from mldsl.runtime.execute import StepOutcome
from tests.support.expressions import enum, nullable
from tests.support.steps import Bench, specs


def run(
    folder: Path, connector: str, arguments: dict[str, Argument], columns: dict[str, Type]
) -> tuple[Bench, StepOutcome]:
    bench = Bench(folder)
    return bench, bench.run(SourceBody(connector=connector, arguments=arguments, columns=specs(columns)), "events")


def rows(
    folder: Path, connector: str, arguments: dict[str, Argument], columns: dict[str, Type]
) -> list[tuple[object, ...]]:
    bench, outcome = run(folder, connector, arguments, columns)
    return bench.output(outcome).rows()


def message(folder: Path, connector: str, arguments: dict[str, Argument], columns: dict[str, Type]) -> str:
    _, outcome = run(folder, connector, arguments, columns)
    assert outcome.error is not None
    assert outcome.error.traceback is None or "` failed: " in outcome.error.message
    return outcome.error.message


def test_json_lines(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text(
        '{"n": 1, "s": "x", "d": "2024-02-29", "ok": true}\n{"s": null, "n": 2.0, "d": "2024-03-01"}\n'
    )
    columns = {"n": INT, "s": nullable(STRING), "d": DATE, "ok": nullable(BOOL)}
    assert rows(tmp_path, "json", {"path": "a.json"}, columns) == [
        (1, "x", date(2024, 2, 29), True), (2, None, date(2024, 3, 1), None),
    ]  # fmt: skip


def test_json_that_is_none(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"n": 1}\n{"n": \n')
    assert "`a.json` is not a file of JSON lines" in message(tmp_path, "json", {"path": "a.json"}, {"n": INT})


def test_scikit_learns_data_sets(tmp_path: Path) -> None:
    columns = {"sepal length (cm)": FLOAT, "target": enum("setosa", "versicolor", "virginica")}
    found = rows(tmp_path, "sklearn", {"name": "iris"}, columns)
    assert len(found) == 150 and found[0] == (5.1, "setosa") and found[-1][1] == "virginica"
    assert rows(tmp_path, "sklearn", {"name": "iris"}, {"target": INT})[-1] == (2,)
    assert len(rows(tmp_path, "sklearn", {"name": "diabetes"}, {"bmi": FLOAT, "target": FLOAT})) == 442
    assert len(rows(tmp_path, "sklearn", {"name": "linnerud"}, {"Weight": FLOAT, "target": FLOAT})) == 20


CODE = """
import pandas as pd
from helper import numbers

def table():
    return pd.DataFrame({"n": numbers(), "s": ["a", None]})

def lazy():
    import polars as pl
    return pl.LazyFrame({"n": [1, 2], "s": ["a", None]})

def arrow():
    import pyarrow as pa
    return pa.table({"n": [1, 2], "s": ["a", None]})

def late():
    import polars as pl
    return pl.LazyFrame({"n": [1]}).select("gone")

def number():
    return 7

def other():
    return pd.DataFrame({"m": [1]})

def wrong():
    return pd.DataFrame({"n": ["x", "1"]})

def nothing():
    return None

def broken():
    return 1 / 0
"""


def test_python_functions(tmp_path: Path) -> None:
    (tmp_path / "load.py").write_text(CODE)
    (tmp_path / "helper.py").write_text("def numbers():\n    return [1, 2]\n")
    columns = {"n": INT, "s": nullable(STRING)}
    assert rows(tmp_path, "python", {"function": PythonCode(path="load.py", name="table")}, columns) == [
        (1, "a"),
        (2, None),
    ]
    for name in ("lazy", "arrow"):
        assert rows(tmp_path, "python", {"function": PythonCode(path="load.py", name=name)}, columns)[1] == (2, None)
    (tmp_path / "helper.py").write_text("def numbers():\n    return [3, 4]\n")
    found = rows(tmp_path, "python", {"function": PythonCode(path="load.py", name="table")}, columns)
    assert found == [(3, "a"), (4, None)]  # what a function reads cannot be seen, so it runs every time


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("nothing", "`nothing` returns nothing"),
        ("broken", "`broken` of `load.py` failed: ZeroDivisionError: division by zero (load.py, line 33)"),
        ("gone", "`load.py` has no function `gone`"),
        ("late", "`late` returns a frame that cannot be computed: "),
        ("number", "`number` returns a `int`"),
        ("other", "what `other` returns has no column `n`"),
        ("wrong", '`n` is not an int in 1 of 2 rows: row 1 ("x")'),
    ],
)
def test_python_functions_that_fail(tmp_path: Path, name: str, shown: str) -> None:
    (tmp_path / "load.py").write_text(CODE)
    (tmp_path / "helper.py").write_text("def numbers():\n    return [1, 2]\n")
    assert shown in message(tmp_path, "python", {"function": PythonCode(path="load.py", name=name)}, {"n": INT})
