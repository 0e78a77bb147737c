"""The hash of rows: its definition in plain Python, fixed values, and how evenly it falls."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mldsl.runtime.engine.hashing import below, hash_columns, hash_values, row_hash, threshold
from mldsl.runtime.errors import StepFailed
from tests.support.hashing import WORD, hash_row, hash_value

TYPES: dict[type | str, pl.DataType] = {
    bool: pl.Boolean(), int: pl.Int64(), float: pl.Float64(), str: pl.String(), date: pl.Date(),
    bytes: pl.Binary(), timedelta: pl.Duration("us"), "moment": pl.Datetime("us"), "vector": pl.List(pl.Float64()),
}  # fmt: skip
FLOATS = st.floats(allow_nan=False)
VALUES = {
    bool: st.booleans(),
    int: st.integers(-(2**63), 2**63 - 1),
    float: FLOATS,
    str: st.text(max_size=30),
    bytes: st.binary(max_size=30),
    date: st.dates(),
    timedelta: st.timedeltas(timedelta(days=-99999), timedelta(days=99999)),
    "moment": st.datetimes(datetime(1, 1, 1), datetime(9999, 1, 1)),
    "vector": st.lists(FLOATS, max_size=4),
}


@pytest.mark.parametrize("kind", list(TYPES))
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_as_defined(kind: type | str, data: st.DataObject) -> None:
    values = data.draw(st.lists(st.none() | VALUES[kind], max_size=12))
    found = hash_values(pl.Series(values, dtype=TYPES[kind]))
    assert found.tolist() == [hash_value(value) for value in values]


def test_these_values_never_change() -> None:
    table = pl.DataFrame({"b": ["x", "", None, "日本"], "a": [1, -1, 0, None]})
    found = row_hash(table.lazy(), ["b", "a"], 42, "h").collect()["h"].to_list()
    assert found == [hash_row([a, b], 42) for b, a in table.rows()]  # by name: a, then b
    assert found[0] == 3076896843947949120


def test_column_order_and_row_order_do_not_matter() -> None:
    table = pl.DataFrame({"a": range(100), "b": [str(i) for i in range(100)]})
    one = row_hash(table.lazy(), [], 0, "h").collect()
    other = row_hash(table.select("b", "a").reverse().lazy(), [], 0, "h").collect().reverse()
    assert one["h"].to_list() == other["h"].to_list()


def test_equal_values_have_equal_hashes_whatever_their_storage() -> None:
    texts = ["b", "a", None]
    as_enum = pl.Series(texts, dtype=pl.Enum(["a", "b"]))
    assert hash_values(as_enum).tolist() == hash_values(pl.Series(texts)).tolist()
    assert hash_values(pl.Series([-0.0])).tolist() == hash_values(pl.Series([0.0])).tolist()
    naive = pl.Series([datetime(2024, 1, 1)], dtype=pl.Datetime("us"))
    zoned = pl.Series([datetime(2024, 1, 1, tzinfo=UTC)], dtype=pl.Datetime("us", "UTC"))
    assert hash_values(naive).tolist() == hash_values(zoned).tolist()


def test_long_texts_and_many_rows_go_in_blocks() -> None:
    texts = ["y" * 3_000_000, "x", "", "y" * 2_500_000, "z"]
    short = hash_values(pl.Series(["x", "", "z"])).tolist()
    found = hash_values(pl.Series(texts)).tolist()
    assert [found[1], found[2], found[4]] == short


@pytest.mark.parametrize("keys", [range(20_000), [f"C-{i:06}" for i in range(20_000)], [i / 7 for i in range(20_000)]])
def test_evenly_spread(keys: object) -> None:
    hashes = hash_columns([pl.Series(keys)], 0, 20_000)  # type: ignore[arg-type]
    counts = [0] * 16
    for word in hashes.tolist():
        counts[word >> 60] += 1
    # Chi-squared with 15 degrees of freedom: 37.7 is exceeded once in a thousand.
    assert sum((count - 1250) ** 2 / 1250 for count in counts) < 37.7
    assert len(set(hashes.tolist())) == 20_000


def test_thresholds() -> None:
    words = pl.DataFrame({"h": pl.Series([0, 2**63 - 1, 2**63, WORD], dtype=pl.UInt64)})

    def kept(share: float) -> int:
        return words.filter(below(pl.col("h"), threshold(share))).height

    assert [kept(0.0), kept(0.5), kept(1.0)] == [0, 2, 4]


def test_what_cannot_be_hashed_is_a_clear_error() -> None:
    with pytest.raises(StepFailed, match="the column `s` cannot be hashed"):
        hash_values(pl.Series("s", [{"a": 1}]))


def test_an_empty_table() -> None:
    assert row_hash(pl.LazyFrame({"a": pl.Series([], dtype=pl.String)}), [], 0, "h").collect().height == 0
