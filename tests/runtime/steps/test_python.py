"""Transforms by a user's Python function."""

from __future__ import annotations

import sys
from datetime import date, datetime
from pathlib import Path
from typing import Any

import pytest

from mldsl.catalog.types import BOOL, DATE, DATETIME, FLOAT, INT, STRING, Type
from mldsl.plan.nodes import PythonArgument, PythonCode, PythonForm, TransformBody
from mldsl.runtime.execute import StepOutcome
from tests.support.expressions import enum, frame, nullable
from tests.support.steps import PARAMS, Bench, specs

ROWS = frame(
    {
        "id": (INT, [1, 2, 3, 4]),
        "x": (nullable(FLOAT), [0.5, None, 1.5, 2.5]),
        "n": (nullable(INT), [1, None, 3, 4]),
        "ok": (nullable(BOOL), [True, False, None, True]),
        "day": (DATE, [date(2024, 2, 29)] * 4),
        "t": (DATETIME, [datetime(2024, 2, 29, 12)] * 4),
        "e": (enum("a", "b"), ["b", "a", "b", "a"]),
    }
)


def run(
    folder: Path, code: str, columns: dict[str, Type], *more: PythonArgument, rowwise: bool = False, **params: object
) -> tuple[Bench, StepOutcome]:
    (folder / "features.py").write_text("import pandas as pd\n" + code)
    bench = Bench(folder)
    bench.table("rows", ROWS)
    arguments = (PythonArgument(kind="table", value="rows"), *more)
    form = PythonForm(function=PythonCode(path="features.py", name="f"), arguments=arguments, rowwise=rowwise)
    body = TransformBody(action=form, columns=specs(columns))
    return bench, bench.run(body, "features", params={**PARAMS, **params})


def message(*arguments: Any, **options: Any) -> str:
    _, outcome = run(*arguments, **options)
    assert outcome.error is not None, outcome
    assert (
        outcome.error.traceback is None
        or "of `features.py` failed" in outcome.error.message
        or "cannot be imported" in outcome.error.message
    )
    return outcome.error.message


def test_a_frame_goes_in_and_a_frame_comes_out(tmp_path: Path) -> None:
    code = """
def f(rows):
    assert isinstance(rows, pd.DataFrame)
    assert str(rows.dtypes["n"]) == "Int64" and str(rows.dtypes["id"]) == "int64"
    assert str(rows.dtypes["ok"]) == "boolean" and str(rows.dtypes["x"]) == "float64"
    assert str(rows.dtypes["t"]).endswith("UTC]") and str(rows.dtypes["day"]).startswith("datetime64")
    assert list(rows["e"].cat.categories) == ["a", "b"]
    return rows.assign(y=rows["x"] * 2)[["y", "n", "ok", "day", "t", "e", "id"]]
"""
    columns = {
        "id": INT,
        "y": nullable(FLOAT),
        "n": nullable(INT),
        "ok": nullable(BOOL),
        "day": DATE,
        "t": DATETIME,
        "e": enum("a", "b"),
    }
    bench, outcome = run(tmp_path, code, columns)
    found = bench.output(outcome)
    assert found.columns == list(columns)
    assert found["y"].to_list() == [1.0, None, 3.0, 5.0]
    assert found.drop("y").equals(ROWS.drop("x").select("id", "n", "ok", "day", "t", "e"))


def test_parameters_and_constants(tmp_path: Path) -> None:
    code = "def f(rows, day, factor):\n    return pd.DataFrame({'d': [day], 'k': [factor]})\n"
    more = (PythonArgument(kind="param", value="run_date"), PythonArgument(kind="value", value=3))
    bench, outcome = run(tmp_path, code, {"d": DATE, "k": INT}, *more)
    assert bench.output(outcome).rows() == [(date(2025, 6, 1), 3)]


def test_the_function_cannot_change_its_inputs(tmp_path: Path) -> None:
    code = "def f(rows):\n    rows['x'] = rows['x'].fillna(0)\n    return rows[['id', 'x']]\n"
    bench, outcome = run(tmp_path, code, {"id": INT, "x": FLOAT}, rowwise=True)
    assert bench.output(outcome)["x"].to_list() == [0.5, 0.0, 1.5, 2.5]


def test_helper_modules_are_found_and_leave_no_trace(tmp_path: Path) -> None:
    (tmp_path / "helping.py").write_text("def double(x):\n    from inner import TWO\n    return x * TWO\n")
    (tmp_path / "inner.py").write_text("TWO = 2\n")
    code = "from helping import double\ndef f(rows):\n    return pd.DataFrame({'x': double(rows['id'])})\n"
    before = list(sys.path)
    bench, outcome = run(tmp_path, code, {"x": INT})
    assert bench.output(outcome)["x"].to_list() == [2, 4, 6, 8]
    assert sys.path == before
    assert not {"helping", "inner"} & set(sys.modules)


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        ("def f(rows):\n    return rows[['x']]\n", "`f` returns no column `id`, which its schema has"),
        (
            "def f(rows):\n    return rows[['id', 'x', 'n']]\n",
            "`f` returns a column `n`, which its schema does not have",
        ),
        ("def f(rows):\n    return 7\n", "`f` returns a `int`"),
        ("def f(rows):\n    pass\n", "`f` returns nothing"),
        (
            "def f(rows):\n    return rows[['id', 'x']].assign(id='a')\n",
            '`f` returns what does not fit its schema: `id` is not an int in 4 of 4 rows: row 1 ("a")',
        ),
        (
            "def f(rows):\n    return rows[['id', 'x']].assign(id=rows['n'])\n",
            "`id` is null in 1 of 4 rows, and is not nullable: row 2",
        ),
        (
            "def f(rows):\n    return pd.concat([rows[['id', 'x']], rows[['x']]], axis=1)\n",
            "`f` returns the column `x` 2 times",
        ),
    ],
)
def test_what_comes_back_is_held_against_the_schema(tmp_path: Path, code: str, shown: str) -> None:
    _, outcome = run(tmp_path, code, {"id": INT, "x": nullable(FLOAT)})
    assert outcome.error is not None and outcome.error.code == "ML213"
    assert shown in outcome.error.message


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        (
            "def f(rows):\n    return rows['gone']\n",
            "`f` of `features.py` failed: KeyError: 'gone' (features.py, line 3)",
        ),
        ("def f(rows:\n", "`features.py` is not valid Python: '(' was never closed (line 2)"),
        (
            "import not_there\n",
            "`features.py` cannot be imported: ModuleNotFoundError: No module named 'not_there' (features.py, line 2)",
        ),
        ("g = 1\n", "`features.py` has no function `f`"),
        (
            "def f():\n    pass\n",
            "`f` of `features.py` failed: TypeError: f() takes 0 positional arguments but 1 was given",
        ),
    ],
)
def test_functions_that_fail_name_the_line(tmp_path: Path, code: str, shown: str) -> None:
    assert shown in message(tmp_path, code, {"id": INT})


def test_a_missing_file(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.table("rows", ROWS)
    form = PythonForm(function=PythonCode(path="gone.py", name="f"))
    outcome = bench.run(TransformBody(action=form, columns=specs({"id": INT})), "features")
    assert outcome.error is not None and outcome.error.message == "the Python file `gone.py` does not exist"


def test_rowwise_is_tested(tmp_path: Path) -> None:
    good = "def f(rows):\n    return pd.DataFrame({'y': rows['x'] * 2, 's': rows['e'].astype(str)})\n"
    _, outcome = run(tmp_path, good, {"y": nullable(FLOAT), "s": STRING}, rowwise=True)
    assert outcome.state == "done"
    mean = "def f(rows):\n    return pd.DataFrame({'y': rows['x'] - rows['x'].mean()})\n"
    assert "`f` is not row-wise: in row " in message(tmp_path, mean, {"y": nullable(FLOAT)}, rowwise=True)
    position = "def f(rows):\n    return pd.DataFrame({'y': range(len(rows))})\n"
    assert "`f` is not row-wise: in row " in message(tmp_path, position, {"y": INT}, rowwise=True)
    fewer = "def f(rows):\n    return rows[rows['x'] > 1][['id']]\n"
    assert message(tmp_path, fewer, {"id": INT}, rowwise=True) == "`f` is not row-wise: it gives 2 rows for 4"
    assert run(tmp_path, mean, {"y": nullable(FLOAT)})[1].state == "done"
