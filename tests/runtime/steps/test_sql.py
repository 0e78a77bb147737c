"""Transforms in SQL."""

from __future__ import annotations

import sys
from datetime import date, datetime, timedelta
from pathlib import Path

import pytest

from mldsl.catalog.types import DATE, DATETIME, DURATION, FLOAT, INT, STRING, Type
from mldsl.plan.nodes import SqlForm, TransformBody
from mldsl.runtime.execute import StepOutcome
from tests.support.expressions import enum, frame, nullable
from tests.support.steps import Bench, specs

CUSTOMERS = frame(
    {
        "id": (INT, [1, 2, 3]),
        "plan": (enum("team", "basic"), ["basic", "team", "basic"]),
        "signup": (DATE, [date(2024, 1, day) for day in (1, 2, 3)]),
        "seen": (DATETIME, [datetime(2024, 2, 29, 12)] * 3),
        "stay": (nullable(DURATION), [timedelta(hours=1), None, timedelta(days=2)]),
    }
)
ORDERS = frame({"customer": (INT, [1, 1, 3]), "amount": (FLOAT, [1.5, 2.5, 4.0])})


def run(folder: Path, text: str, columns: dict[str, Type]) -> tuple[Bench, StepOutcome]:
    bench = Bench(folder)
    bench.table("customers", CUSTOMERS)
    bench.table("orders", ORDERS)
    return bench, bench.run(TransformBody(action=SqlForm(text=text), columns=specs(columns)), "spend")


def test_a_query_over_tables(tmp_path: Path) -> None:
    text = """select c.id, sum(o.amount) as total, count(o.amount) as n
    from {customers} c left join {orders} o on o.customer = c.id group by c.id order by c.id"""
    bench, outcome = run(tmp_path, text, {"id": INT, "n": INT, "total": nullable(FLOAT)})
    assert bench.output(outcome).rows() == [(1, 2, 4.0), (2, 0, None), (3, 1, 4.0)]


def test_types_survive(tmp_path: Path) -> None:
    columns = {
        "id": INT, "plan": enum("team", "basic"), "signup": DATE, "seen": DATETIME, "stay": nullable(DURATION),
        "later": DATETIME,
    }  # fmt: skip
    text = "select *, seen + stay as later from {customers} where stay is not null order by plan, id"
    bench, outcome = run(tmp_path, text, columns)
    found = bench.output(outcome)
    assert found["id"].to_list() == [1, 3]
    assert found["stay"].to_list() == [timedelta(hours=1), timedelta(days=2)]
    assert found["seen"].dt.replace_time_zone(None).to_list() == [datetime(2024, 2, 29, 12)] * 2
    assert found["later"].dt.replace_time_zone(None).to_list() == [datetime(2024, 2, 29, 13), datetime(2024, 3, 2, 12)]


def test_enums_sort_in_their_declared_order(tmp_path: Path) -> None:
    bench, outcome = run(tmp_path, "select id from {customers} order by plan, id", {"id": INT})
    assert bench.output(outcome)["id"].to_list() == [2, 1, 3]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("select gone from {orders}", 'the SQL of `spend` fails: Binder Error: Referenced column "gone" not found'),
        ("select cast('x' as int) as id", "the SQL of `spend` fails: Conversion Error"),
        ("select 1 as other", "the SQL of `spend` returns no column `id`, which its schema has"),
        ("select 1 as id, 2 as extra", "the SQL of `spend` returns a column `extra`, which its schema does not have"),
        ("select 'x' as id", "`id` is not an int in 1 of 1 rows"),
        ("select null::int as id", "`id` is null in 1 of 1 rows, and is not nullable"),
    ],
)
def test_what_goes_wrong(tmp_path: Path, text: str, shown: str) -> None:
    _, outcome = run(tmp_path, text, {"id": INT})
    assert outcome.error is not None and outcome.error.traceback is None
    assert shown in outcome.error.message


def test_without_duckdb_it_says_what_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "duckdb", None)
    _, outcome = run(tmp_path, "select 1 as id", {"id": INT})
    assert outcome.error is not None
    assert outcome.error.message == "`spend` needs DuckDB, which is not installed"
    assert outcome.error.help == "run `pip install 'mldsl[sql]'`"


def test_strings_of_any_kind(tmp_path: Path) -> None:
    bench, outcome = run(tmp_path, "select 'é ''x''' as s, 1.5::decimal(4, 2) as d", {"s": STRING, "d": FLOAT})
    assert bench.output(outcome).rows() == [("é 'x'", 1.5)]
