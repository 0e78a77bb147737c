"""Tables as Parquet: every type of the language comes back as it went in."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from mldsl.catalog.types import BOOL, DATE, DATETIME, DURATION, FLOAT, INT, STRING, Type
from mldsl.errors import StoreError
from mldsl.runtime.tables import scan_table, sink_table
from tests.support.expressions import enum, frame, nullable

EVERYTHING = frame(
    {
        "b": (nullable(BOOL), [True, None]),
        "i": (nullable(INT), [-(2**63), None]),
        "f": (nullable(FLOAT), [0.1, None]),
        "s": (nullable(STRING), ["é", None]),
        "d": (nullable(DATE), [date(1, 1, 1), None]),
        "t": (nullable(DATETIME), [datetime(1969, 12, 31, 23, 59, 59, 999999), None]),
        "l": (nullable(DURATION), [timedelta(microseconds=-1), None]),
        "e": (nullable(enum("z", "a")), ["a", None]),
        "v": (nullable(Type("vector", size=2)), [[1.0, 2.0], None]),
    }
)


@pytest.mark.parametrize("rows", [EVERYTHING, EVERYTHING.clear(), EVERYTHING.lazy()])
def test_there_and_back(tmp_path: Path, rows: pl.DataFrame | pl.LazyFrame) -> None:
    count = sink_table(rows, tmp_path / "a.parquet")
    found = scan_table(tmp_path / "a.parquet").collect()
    expected = rows.lazy().collect()
    assert count == expected.height
    assert found.schema == expected.schema
    assert found.equals(expected)


def test_the_same_table_is_the_same_file(tmp_path: Path) -> None:
    rows = pl.DataFrame({"a": range(300_000), "s": [str(i % 7) for i in range(300_000)]})
    sink_table(rows, tmp_path / "1.parquet")
    sink_table(pl.concat([rows.slice(0, 100_001), rows.slice(100_001)], rechunk=False), tmp_path / "2.parquet")
    assert (tmp_path / "1.parquet").read_bytes() == (tmp_path / "2.parquet").read_bytes()


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs /dev/full")
def test_a_full_disk_is_a_clear_error() -> None:
    with pytest.raises(StoreError, match=r"cannot write to the artifact store .*: no space left on device"):
        sink_table(EVERYTHING, Path("/dev/full"))
