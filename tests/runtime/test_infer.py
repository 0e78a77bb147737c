"""What the data itself says of its schema."""

from __future__ import annotations

import json
import subprocess
import sys
from datetime import date, datetime
from pathlib import Path

import polars as pl
import pytest

from mldsl.errors import MldslError
from mldsl.runtime.infer import answer, infer


def types(folder: Path, text: str, **options: object) -> dict[str, str]:
    (folder / "a.csv").write_text(text, encoding="utf-8")
    return {name: str(type_) for name, type_ in infer("csv", {"path": "a.csv", **options}, folder)}


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        (["1", "-2", "+3"], "int"),
        (["1", ""], "int?"),
        (["1", "2.5"], "float"),
        (["1", "NaN"], "float?"),
        (["1e3", ".5"], "float"),
        (["00123", "04567"], "string"),
        (["0", "10"], "int"),
        (["0.5", "00.5"], "string"),
        (["9223372036854775807"], "int"),
        (["9223372036854775808"], "float"),
        (["true", "FALSE"], "bool"),
        (["yes", "no", ""], "bool?"),
        (["true", "no"], "string"),
        (["1", "0"], "int"),
        (["2024-02-29"], "date"),
        (["2024-02-29", "2024-02-29T10:00:00"], "datetime"),
        (["2024-02-29T10:00:00Z", ""], "datetime?"),
        (["2024-02-30"], "string"),
        (["a", "1"], "string"),
        (["", ""], "string?"),
        (["é"], "string"),
    ],
)
def test_csv(tmp_path: Path, values: list[str], expected: str) -> None:
    text = "a,b\n" + "".join(f"{value},x\n" for value in values)
    assert types(tmp_path, text) == {"a": expected, "b": "string"}


def test_every_row_is_looked_at(tmp_path: Path) -> None:
    assert types(tmp_path, "a\n" + "1\n" * 50_000 + "x\n") == {"a": "string"}
    assert types(tmp_path, "a,b\n" + "1,2\n" * 50_000 + ",2\n") == {"a": "int?", "b": "int"}


def test_csv_options(tmp_path: Path) -> None:
    text = "a;b;c\n1,5;n/a;31.01.2024\n2,25;3;01.02.2024\n"
    options = {"delimiter": ";", "decimal": ",", "null_values": "n/a", "format": "%d.%m.%Y"}
    assert types(tmp_path, text, **options) == {"a": "float", "b": "int?", "c": "date"}


def test_names_stay_as_they_are(tmp_path: Path) -> None:
    assert list(types(tmp_path, "Customer ID,größe,a.b\n1,2,3\n")) == ["Customer ID", "größe", "a.b"]


def test_a_header_alone(tmp_path: Path) -> None:
    assert types(tmp_path, "a,b\n") == {"a": "string?", "b": "string?"}


def test_parquet(tmp_path: Path) -> None:
    pl.DataFrame(
        {
            "n": pl.Series([1, None], dtype=pl.Int16),
            "x": pl.Series([1.0, float("nan")]),
            "y": pl.Series([1.0, 2.0], dtype=pl.Float32),
            "s": pl.Series(["1", "a"]),
            "c": pl.Series(["a", "b"], dtype=pl.Categorical),
            "ok": [True, False],
            "d": [date(2024, 1, 1), None],
            "t": [datetime(2024, 1, 1), datetime(2024, 1, 2)],
            "u": pl.Series([None, None]),
        }
    ).write_parquet(tmp_path / "a.parquet")
    found = {name: str(type_) for name, type_ in infer("parquet", {"path": "a.parquet"}, tmp_path)}
    assert found == {
        "n": "int?", "x": "float?", "y": "float", "s": "string", "c": "string", "ok": "bool", "d": "date?",
        "t": "datetime", "u": "string?",
    }  # fmt: skip


def test_several_files_agree_on_the_wider_type(tmp_path: Path) -> None:
    (tmp_path / "1.csv").write_text("a,b,c\n1,x,2024-01-01\n")
    (tmp_path / "2.csv").write_text("b,a,c\n2,2.5,x\n")
    found = {name: str(type_) for name, type_ in infer("csv", {"path": "*.csv"}, tmp_path)}
    assert found == {"a": "float", "b": "string", "c": "string"}


def test_json_and_scikit_learn(tmp_path: Path) -> None:
    (tmp_path / "a.json").write_text('{"n": 1, "d": "2024-01-01"}\n{"n": 2.5}\n')
    found = {name: str(type_) for name, type_ in infer("json", {"path": "a.json"}, tmp_path)}
    assert found == {"n": "float", "d": "date?"}
    iris = {name: str(type_) for name, type_ in infer("sklearn", {"name": "iris"}, tmp_path)}
    assert iris["sepal length (cm)"] == "float" and iris["target"] == 'enum("setosa", "versicolor", "virginica")'


def test_enums_of_a_parquet_file_keep_their_values(tmp_path: Path) -> None:
    """What another process reads has the values apart: a type with arguments would have to be parsed."""
    values = pl.Series("e", ["a", None], dtype=pl.Enum(['b"', "a"]))
    pl.DataFrame([values]).write_parquet(tmp_path / "e.parquet")
    assert [str(type_) for _, type_ in infer("parquet", {"path": "e.parquet"}, tmp_path)] == ['enum("b\\"", "a")?']
    asked = {"connector": "parquet", "arguments": {"path": "e.parquet"}, "folder": str(tmp_path)}
    columns = [{"name": "e", "type": "enum?", "raw": "e", "values": ('b"', "a")}]
    assert answer(asked) == {"columns": columns, "rows": 2}


def test_what_is_inferred_holds_in_a_run(tmp_path: Path) -> None:
    from mldsl.plan.nodes import ColumnSpec, SourceBody
    from tests.support.steps import Bench

    text = "id,x,when,flag\n1,1.5,2024-01-01T10:00:00,yes\n2,,2024-01-02T10:00:00,no\n"
    (tmp_path / "a.csv").write_text(text)
    columns = tuple(ColumnSpec(name=name, type=type_) for name, type_ in infer("csv", {"path": "a.csv"}, tmp_path))
    bench = Bench(tmp_path)
    outcome = bench.run(SourceBody(connector="csv", arguments={"path": "a.csv"}, columns=columns, declared=False), "a")
    assert bench.output(outcome).height == 2


def test_errors_are_clear(tmp_path: Path) -> None:
    with pytest.raises(MldslError, match=r"the file `gone\.csv` does not exist"):
        infer("csv", {"path": "gone.csv"}, tmp_path)
    assert "no Delta table" in answer({"connector": "delta", "arguments": {"path": "x"}})["error"]
    (tmp_path / "a.csv").write_bytes("a\né\n".encode("latin-1"))
    found = answer({"connector": "csv", "arguments": {"path": "a.csv"}, "folder": str(tmp_path)})
    assert "is not written in utf-8" in found["error"]


def test_as_a_process(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("Customer ID,x\n1,\n")
    request = json.dumps({"connector": "csv", "arguments": {"path": "a.csv"}})
    done = subprocess.run(
        [sys.executable, "-m", "mldsl.runtime.infer"],
        input=request, capture_output=True, text=True, cwd=tmp_path, check=True,
        env={"PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip
    assert json.loads(done.stdout) == {
        "columns": [
            {"name": "Customer ID", "type": "int", "raw": "Customer ID"},
            {"name": "x", "type": "string?", "raw": "x"},
        ],
        "rows": 1,
    }


@pytest.mark.parametrize(
    ("last", "expected"), [("2", "int"), ("2.5", "float"), ("x", "string"), ("", "int?"), ("NaN", "float?")]
)
def test_every_row_counts_however_late_it_comes(tmp_path: Path, last: str, expected: str) -> None:
    """The first rows only rule types out."""
    assert types(tmp_path, "id,a\n" + "1,1\n" * 1500 + f"2,{last}\n") == {"id": "int", "a": expected}
