"""Parquet sources: whatever types the file has, as the schema wants them."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from decimal import Decimal
from pathlib import Path

import polars as pl
import pytest

from mldsl.catalog.types import BOOL, DATE, DATETIME, DURATION, FLOAT, INT, STRING, Type
from mldsl.plan.nodes import SourceBody
from tests.support.expressions import enum, nullable
from tests.support.steps import Bench, specs

MISSING = float("nan")


def source(columns: dict[str, Type], path: str = "data.parquet") -> SourceBody:
    return SourceBody(connector="parquet", arguments={"path": path}, columns=specs(columns))


def read(folder: Path, series: pl.Series, type_: Type) -> list[object]:
    pl.DataFrame({"a": series, "other": range(len(series))}).write_parquet(folder / "data.parquet")
    bench = Bench(folder)
    found = bench.output(bench.run(source({"a": type_}), "orders"))["a"]
    return (found.dt.replace_time_zone(None) if isinstance(found.dtype, pl.Datetime) else found).to_list()


def failure(folder: Path, series: pl.Series, type_: Type) -> str:
    pl.DataFrame({"a": series}).write_parquet(folder / "data.parquet")
    outcome = Bench(folder).run(source({"a": type_}), "orders")
    assert outcome.error is not None and outcome.error.code == "ML212", outcome
    return outcome.error.message


NOON = datetime(2024, 2, 29, 12)
EAST = pl.Series([NOON], dtype=pl.Datetime("ms")).dt.replace_time_zone("Europe/Berlin")


@pytest.mark.parametrize(
    ("series", "type_", "expected"),
    [
        (pl.Series([1, 2], dtype=pl.Int8), INT, [1, 2]),
        (pl.Series([2**63 - 1], dtype=pl.UInt64), INT, [2**63 - 1]),
        (pl.Series([1.0, -2.0], dtype=pl.Float32), INT, [1, -2]),
        (pl.Series([1.0, MISSING]), nullable(INT), [1, None]),
        (pl.Series([1.5, MISSING, float("inf"), None]), nullable(FLOAT), [1.5, None, None, None]),
        (pl.Series([1, 2]), FLOAT, [1.0, 2.0]),
        (pl.Series([Decimal("1.25")]), FLOAT, [1.25]),
        (pl.Series([True, None]), nullable(BOOL), [True, None]),
        (pl.Series([0, 1]), BOOL, [False, True]),
        (pl.Series(["yes", "0"]), BOOL, [True, False]),
        (pl.Series(["7"]), INT, [7]),
        (pl.Series([7, 8]), STRING, ["7", "8"]),
        (pl.Series(["b", "a"], dtype=pl.Categorical), STRING, ["b", "a"]),
        (pl.Series(["b", "a"], dtype=pl.Categorical), enum("a", "b"), ["b", "a"]),
        (pl.Series([date(2024, 2, 29)]), DATE, [date(2024, 2, 29)]),
        (pl.Series([date(2024, 2, 29)]), DATETIME, [datetime(2024, 2, 29)]),
        (pl.Series([NOON], dtype=pl.Datetime("ns")), DATETIME, [NOON]),
        (EAST, DATETIME, [datetime(2024, 2, 29, 11)]),
        (pl.Series([datetime(2024, 2, 29)]), DATE, [date(2024, 2, 29)]),
        (pl.Series(["2024-02-29"]), DATE, [date(2024, 2, 29)]),
        (pl.Series([timedelta(hours=1)], dtype=pl.Duration("ms")), DURATION, [timedelta(hours=1)]),
        (pl.Series([[1.0, 2.0]], dtype=pl.List(pl.Float32)), Type("vector", size=2), [[1.0, 2.0]]),
        (pl.Series([[1, 2]], dtype=pl.Array(pl.Int32, 2)), Type("vector", size=2), [[1.0, 2.0]]),
        (pl.Series([None, None]), nullable(DATE), [None, None]),
    ],
)
def test_types(tmp_path: Path, series: pl.Series, type_: Type, expected: list[object]) -> None:
    assert read(tmp_path, series, type_) == expected


@pytest.mark.parametrize(
    ("series", "type_", "shown"),
    [
        (pl.Series([2**63], dtype=pl.UInt64), INT, "in 1 of 1 rows of `data.parquet`: row 1 (9223372036854775808)"),
        (pl.Series([1.0, 2.5]), INT, "row 2 (2.5)"),
        (pl.Series([0, 2]), BOOL, "`a` is not a bool in 1 of 2 rows of `data.parquet`: row 2 (2)"),
        (pl.Series(["a", "c"]), enum("a", "b"), '`a` is not one of "a", "b" in 1 of 2 rows'),
        (pl.Series([NOON]), DATE, "row 1 (@2024-02-29T12:00:00)"),
        (pl.Series([[1.0]]), Type("vector", size=2), "`a` is not `vector(2)`"),
        (pl.Series([1.0, None]), FLOAT, "`a` is null in 1 of 2 rows of `data.parquet`, and is not nullable: row 2"),
        (pl.Series([1.0, MISSING]), FLOAT, "`a` is null in 1 of 2 rows"),
        (pl.Series([{"x": 1}]), STRING, "`a` holds records, which cannot be read as `string`"),
        (pl.Series([1]), DATE, "`a` holds ints, which cannot be read as `date`"),
        (pl.Series([True]), INT, "`a` holds booleans, which cannot be read as `int`"),
    ],
)  # fmt: skip
def test_what_does_not_fit(tmp_path: Path, series: pl.Series, type_: Type, shown: str) -> None:
    assert shown in failure(tmp_path, series, type_)


def test_files_of_a_glob_may_differ_in_order_and_types(tmp_path: Path) -> None:
    pl.DataFrame({"n": [1], "s": ["x"]}).write_parquet(tmp_path / "1.parquet")
    pl.DataFrame({"s": ["y"], "extra": [0], "n": [2.0]}).write_parquet(tmp_path / "2.parquet")
    bench = Bench(tmp_path)
    outcome = bench.run(source({"n": INT, "s": STRING}, "*.parquet"), "orders")
    assert bench.output(outcome).rows() == [(1, "x"), (2, "y")]


def test_a_dry_run_reads_the_first_rows(tmp_path: Path) -> None:
    pl.DataFrame({"n": [*range(100), None]}).write_parquet(tmp_path / "data.parquet")
    bench = Bench(tmp_path)
    assert bench.output(bench.run(source({"n": INT}), "orders", rows=3))["n"].to_list() == [0, 1, 2]


def test_not_a_parquet_file(tmp_path: Path) -> None:
    (tmp_path / "data.parquet").write_bytes(b"a,b\n1,2\n")
    outcome = Bench(tmp_path).run(source({"n": INT}), "orders")
    assert outcome.error is not None
    assert outcome.error.message.startswith("`data.parquet` is cut off, or is no Parquet file: ")


def test_an_empty_parquet_file(tmp_path: Path) -> None:
    (tmp_path / "data.parquet").write_bytes(b"")
    outcome = Bench(tmp_path).run(source({"n": INT}), "orders")
    assert outcome.error is not None and "is no Parquet file" in outcome.error.message


def test_a_missing_column(tmp_path: Path) -> None:
    pl.DataFrame({"amount": [1.0]}).write_parquet(tmp_path / "data.parquet")
    outcome = Bench(tmp_path).run(source({"amont": FLOAT}), "orders")
    assert outcome.error is not None
    assert outcome.error.message == "`data.parquet` has no column `amont`"
    assert outcome.error.help is not None and "did you mean `amount`?" in outcome.error.help
