"""Chains of steps that are one query: what is written and what is not, and that it makes no difference to results."""

from __future__ import annotations

import json
import math
import os
from dataclasses import replace
from datetime import date, datetime
from pathlib import Path
from typing import Any

import polars as pl
import pytest
from mldsl_local import LocalBackend, RunOptions

import mldsl
from mldsl.plan.nodes import Plan
from mldsl.runs import RunResult, StepReport
from mldsl.runs.observer import Silent

PROGRAM = """\
pipeline shop { engine: polars }

source orders = parquet("orders.parquet") {
  id:       int key
  customer: int
  ts:       datetime
  amount:   float?
  price:    float
  status:   enum("paid", "open")
  note:     text
}

source customers = parquet("customers.parquet") {
  customer: int key
  segment:  string
}

transform paid = orders {
  filter status == "paid"
  derive doubled = amount * 2.0
}

transform placed = paid {
  join customers on customer
}

transform totals = placed {
  group by segment { total = sum(doubled); orders = count() }
  sort by segment
}
"""
ORDERS: dict[str, list[Any]] = {
    "id": [1, 2, 3, 4, 5, 6],
    "customer": [1, 2, 1, 3, 9, 2],
    "ts": [datetime(2025, 1, day) for day in range(1, 7)],
    "amount": [1.0, math.nan, 2.5, None, 4.0, 8.0],
    "price": [1.0, 2.0, 3.0, 4.0, 5.0, 6.0],
    "status": ["paid", "paid", "open", "paid", "paid", "paid"],
    "note": ["a", "b", "c", "d", "é", ""],
}
CUSTOMERS = {"customer": [1, 2, 3], "segment": ["x", "y", "y"]}
COSTLY_IN_DUCKDB = [("id", pl.Float64), ("ts", pl.Datetime("ns"))]
TOTALS = [("x", 2.0, 1), ("y", 16.0, 3)]  # x: 1·2; y: 8·2, and two orders of unknown amount


def write(folder: Path, orders: dict[str, list[Any]] | None = None, **options: Any) -> Path:
    """The program with its data; columns may be replaced."""
    settled = 1_700_000_000
    pl.DataFrame({**ORDERS, **(orders or {})}).write_parquet(folder / "orders.parquet", **options)
    pl.DataFrame(CUSTOMERS).write_parquet(folder / "customers.parquet")
    for name in ("orders", "customers"):
        os.utime(folder / f"{name}.parquet", (settled, settled))
    (folder / "shop.ml").write_text(PROGRAM)
    return folder / "shop.ml"


@pytest.fixture(params=["polars", "duckdb"])
def engine(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each engine in turn computes the program."""
    if request.param == "duckdb":
        pytest.importorskip("duckdb")
    monkeypatch.setitem(globals(), "PROGRAM", PROGRAM.replace("polars", request.param))


def states(result: RunResult) -> dict[str, str]:
    return {step.id: step.state for step in result.steps}


def written(result: RunResult) -> list[str]:
    """The steps that gave a table."""
    return [step.id for step in result.steps if "table" in step.outputs]


def table(folder: Path, step: StepReport, output: str = "table") -> pl.DataFrame:
    found = step.outputs[output]
    return pl.read_parquet(folder / ".mldsl" / "objects" / f"{found['digest']}.parquet")


def run(path: Path, plan: Plan, **options: Any) -> RunResult:
    return LocalBackend().run(plan, RunOptions(path.parent, **options))


def apart(plan: Plan) -> Plan:
    """The plan with every table written."""
    return replace(plan, steps=tuple(replace(step, inlined=False) for step in plan.steps))


pytestmark = pytest.mark.usefixtures("engine")


def test_of_a_chain_only_the_last_table_is_written(tmp_path: Path) -> None:
    result = mldsl.load(write(tmp_path)).run()
    assert result.exit_status == 0
    assert set(states(result).values()) == {"done"}
    assert written(result) == ["transform:totals"]
    assert len(list((tmp_path / ".mldsl" / "objects").rglob("*.parquet"))) == 1
    assert table(tmp_path, result.step("totals")).rows() == TOTALS


def test_a_run_says_where_a_table_was_computed(tmp_path: Path) -> None:
    program = mldsl.load(write(tmp_path))
    result = program.run()
    assert {step.name: step.details.get("within") for step in result.steps} == {
        "orders": ["transform:paid"],
        "customers": ["transform:placed"],
        "paid": ["transform:placed"],
        "placed": ["transform:totals"],
        "totals": None,
    }
    assert result.step("orders").details["rows"] == 6
    shown = program.show()
    assert shown.result == result
    told = {event["step"]: event.get("within") for event in shown.events if event["event"] == "step_finished"}
    assert told["transform:paid"] == ["transform:placed"]
    assert [step.reason for step in program.explain()] == [
        "unchanged; read in place",
        "unchanged; read in place",
        "unchanged; computed within `placed`",
        "unchanged; computed within `totals`",
        "unchanged",
    ]


def test_all_is_cached_the_next_time(tmp_path: Path) -> None:
    path = write(tmp_path)
    first, second = mldsl.load(path).run(), mldsl.load(path).run()
    assert set(states(second).values()) == {"cached"}
    assert second.step("totals").outputs == first.step("totals").outputs


def test_every_table_is_the_same_when_all_are_written(tmp_path: Path) -> None:
    path = write(tmp_path)
    plan = mldsl.load(path).plan()
    fused = run(path, plan)
    every = run(path, apart(plan))
    assert len(written(every)) == 5
    assert written(fused)
    for id_ in written(fused):
        assert fused.step(id_).outputs == every.step(id_).outputs


def test_what_a_run_is_for_is_written(tmp_path: Path) -> None:
    program = mldsl.load(write(tmp_path))
    for name, rows in {"orders": 6, "paid": 5, "placed": 4}.items():
        result = program.run(to=name, output=tmp_path / "out")
        assert result.exit_status == 0
        assert pl.read_parquet(tmp_path / "out" / f"{name}.parquet").height == rows
    assert pl.read_parquet(tmp_path / "out" / "orders.parquet")["amount"].to_list() == [1.0, None, 2.5, None, 4.0, 8.0]


def test_what_was_written_for_another_run_serves_the_whole_one_and_changes_no_key(tmp_path: Path) -> None:
    program = mldsl.load(write(tmp_path))
    before = program.run()
    assert program.explain(to="paid")[1].reason == "its table was not written: so far it was computed where it is read"
    assert states(program.run(to="paid")) == {"source:orders": "cached", "transform:paid": "done"}
    after = program.run()
    assert set(states(after).values()) == {"cached"}
    assert [step.key for step in after.steps] == [step.key for step in before.steps]


def test_a_table_with_two_readers_is_written_once(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.write_text(PROGRAM + "\ntransform other = paid { take 1 }\n")
    assert written(mldsl.load(path).run()) == ["transform:paid", "transform:totals", "transform:other"]


def test_a_table_that_is_checked_is_written(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.write_text(PROGRAM + "\ncheck placed { expect rows() == 4 }\n")
    result = mldsl.load(path).run()
    assert result.exit_status == 0
    assert "transform:placed" in written(result)


def test_checks_and_splits_read_files_in_place(tmp_path: Path) -> None:
    path = write(tmp_path)
    check = "\ncheck orders { expect unique(id); expect amount >= 2.0 else quarantine }\n"
    path.write_text(PROGRAM + check + "\nsplit parts = customers { train: 50%; test: 50%; seed: 5 }\n")
    plan = mldsl.load(path).plan()
    fused = run(path, plan)
    assert fused.exit_status == 0, [step.error for step in fused.steps if step.error]
    assert "source:orders" not in written(fused) and "source:customers" not in written(fused)
    assert table(tmp_path, fused.step("check:orders"))["amount"].to_list() == [None, 2.5, None, 4.0, 8.0]
    every = run(path, apart(plan))
    for step in fused.steps:
        for name, output in step.outputs.items():
            assert every.step(step.id).outputs[name] == output


def test_a_new_reader_that_needs_the_table_has_it_written(tmp_path: Path) -> None:
    path = write(tmp_path)
    mldsl.load(path).run()
    path.write_text(PROGRAM + '\ntransform counted = sql("""select count(*) as n from {orders}""")\n')
    result = mldsl.load(path).run()
    assert result.exit_status == 0
    assert written(result) == ["source:orders", "transform:totals", "transform:counted"]
    assert [step.id for step in result.steps if step.state == "done"] == ["source:orders", "transform:counted"]


def test_a_new_check_reruns_nothing_else(tmp_path: Path) -> None:
    path = write(tmp_path)
    mldsl.load(path).run()
    path.write_text(PROGRAM + "\ncheck placed { expect rows() == 4 }\n")
    result = mldsl.load(path).run()
    assert [step.id for step in result.steps if step.state == "done"] == ["transform:placed", "check:placed"]


def test_sql_reads_what_is_written(tmp_path: Path) -> None:
    path = write(tmp_path)
    path.write_text(PROGRAM + '\ntransform counted = sql("""select count(*) as n from {orders}""")\n')
    result = mldsl.load(path).run()
    assert "source:orders" in written(result)
    assert table(tmp_path, result.step("counted")).rows() == [(6,)]


def test_a_dry_run_takes_the_first_rows(tmp_path: Path) -> None:
    result = mldsl.load(write(tmp_path)).run(dry_run=True, rows=2)
    assert result.exit_status == 0
    assert result.step("orders").outputs["table"]["rows"] == 2
    assert result.step("totals").outputs["table"]["rows"] == 2


def failed(path: Path) -> StepReport:
    """The run's one failed step; what needs it is skipped, and nothing was written."""
    result = mldsl.load(path).run()
    assert result.exit_status == 4
    (found,) = [step for step in result.steps if step.state == "failed"]
    assert not written(result)
    return found


@pytest.mark.parametrize("options", [{}, {"statistics": False}], ids=["statistics", "no statistics"])
@pytest.mark.parametrize(
    ("column", "values", "message"),
    [
        ("note", ["a", None, "c", None, "e", "f"], "`note` is null in 2 of 6 rows"),
        ("id", [1, 2, None, 4, 5, 6], "`id` is null in 1 of 6 rows"),
        ("price", [1.0, math.nan, 3.0, math.inf, 5.0, 6.0], "`price` is null in 2 of 6 rows"),
        ("status", ["paid", "open", "lost", "paid", "paid", "paid"], '`status` is not one of "paid", "open" in 1 of 6'),
    ],
)
def test_what_does_not_fit_the_schema_fails_the_source_though_nobody_needs_it(
    tmp_path: Path, column: str, values: list[Any], message: str, options: dict[str, Any]
) -> None:
    path = write(tmp_path, {column: values}, **options)
    path.write_text(
        PROGRAM.split("transform paid")[0] + "transform some = orders { filter id == 1; select customer }\n"
    )
    found = failed(path)
    assert found.id == "source:orders" and found.error is not None
    assert message in found.error.message and found.error.code == "ML212"


def test_nulls_in_one_row_group_of_many_are_found(tmp_path: Path) -> None:
    path = write(tmp_path, {"note": ["a", "b", "c", "d", "e", None]}, row_group_size=2)
    found = failed(path)
    assert found.error is not None and "`note` is null in 1 of 6 rows" in found.error.message


def test_a_missing_column_fails_the_source(tmp_path: Path) -> None:
    path = write(tmp_path)
    pl.read_parquet(tmp_path / "orders.parquet").drop("note").write_parquet(tmp_path / "orders.parquet")
    found = failed(path)
    assert found.id == "source:orders" and found.error is not None
    assert found.error.message == "`orders.parquet` has no column `note`"


@pytest.mark.parametrize(
    ("column", "dtype"),
    [
        ("id", pl.Int32), ("id", pl.UInt64), ("id", pl.Float64), ("customer", pl.Int8), ("price", pl.Float32),
        ("price", pl.Int16), ("ts", pl.Datetime("ns")), ("ts", pl.Datetime("ms", "Europe/Berlin")), ("ts", pl.Date),
        ("status", pl.Categorical), ("status", pl.Enum(["open", "paid", "more"])),
    ],
)  # fmt: skip
def test_other_types_of_columns_are_converted_in_place(tmp_path: Path, column: str, dtype: pl.DataType) -> None:
    path = write(tmp_path)
    frame = pl.read_parquet(tmp_path / "orders.parquet")
    frame.with_columns(pl.col(column).cast(dtype)).write_parquet(tmp_path / "orders.parquet")
    path.write_text(PROGRAM.split("transform paid")[0] + "transform every = orders { filter id > 0 }\n")
    plan = mldsl.load(path).plan()
    fused = run(path, plan)
    if (column, dtype) not in COSTLY_IN_DUCKDB or "polars" in PROGRAM:
        assert written(fused) == ["transform:every"]
    assert fused.step("every").outputs == run(path, apart(plan)).step("every").outputs


def test_texts_are_read_as_numbers_only_once(tmp_path: Path) -> None:
    path = write(tmp_path, {"price": ["1", "2", "3", "4", "5", "6.5"]})
    result = mldsl.load(path).run()
    assert "source:orders" in written(result)
    assert table(tmp_path, result.step("orders"))["price"].sum() == 21.5
    assert table(tmp_path, result.step("totals")).rows() == TOTALS


def test_an_int_beyond_64_bits_does_not_fit(tmp_path: Path) -> None:
    path = write(tmp_path)
    frame = pl.read_parquet(tmp_path / "orders.parquet")
    beyond = pl.Series("id", [1, 2, 3, 4, 5, 2**63], dtype=pl.UInt64)
    frame.with_columns(beyond).write_parquet(tmp_path / "orders.parquet")
    found = failed(path)
    assert found.error is not None and "`id` is not an int in 1 of 6 rows" in found.error.message


def test_several_files_with_columns_in_different_orders(tmp_path: Path) -> None:
    path = write(tmp_path)
    frame = pl.read_parquet(tmp_path / "orders.parquet")
    frame[:2].write_parquet(tmp_path / "o1.parquet")
    frame[2:].select(reversed(frame.columns)).write_parquet(tmp_path / "o2.parquet")
    path.write_text(PROGRAM.replace("orders.parquet", "o*.parquet"))
    (tmp_path / "orders.parquet").unlink()
    result = mldsl.load(path).run()
    assert result.step("orders").details["rows"] == 6
    assert table(tmp_path, result.step("totals")).rows() == TOTALS


def test_a_value_that_an_operation_does_not_allow_is_told_of_the_transform_that_has_the_operation(
    tmp_path: Path,
) -> None:
    path = write(tmp_path)
    path.write_text(PROGRAM.replace("doubled = amount * 2.0", "doubled = float(int(price * 0.5))"))
    found = failed(path)
    assert found.id == "transform:totals" and found.error is not None
    assert found.error.message == (
        "`paid`, computed within `totals`: `int(price * 0.5)` does not fit in 2 rows: row 1 (0.5), row 4 (2.5)"
    )


def test_files_that_change_during_the_run_are_noticed(tmp_path: Path) -> None:
    path = write(tmp_path)

    class Meddler(Silent):
        def step_finished(self, report: StepReport) -> None:
            if report.id == "source:orders":
                pl.DataFrame({**ORDERS, "price": [9.0] * 6}).write_parquet(tmp_path / "orders.parquet")

    result = mldsl.load(path).run(jobs=1, observer=Meddler())
    error = result.step("totals").error
    assert result.exit_status == 4 and error is not None
    assert error.message == "the files of `orders` changed during the run"
    assert mldsl.load(path).run().exit_status == 0


def test_a_changed_file_reruns_what_reads_it(tmp_path: Path) -> None:
    path = write(tmp_path)
    mldsl.load(path).run()
    write(tmp_path, {"amount": [2.0] * 6})
    os.utime(tmp_path / "orders.parquet", (1_700_000_001, 1_700_000_001))
    program = mldsl.load(path)
    assert program.explain()[0].reason == "file `orders.parquet` changed; read in place"
    result = program.run()
    assert states(result)["source:customers"] == "cached"
    assert states(result)["transform:totals"] == "done"
    assert table(tmp_path, result.step("totals")).rows() == [("x", 4.0, 1), ("y", 12.0, 3)]


def test_a_changed_transform_reruns_the_one_that_it_is_computed_within(tmp_path: Path) -> None:
    path = write(tmp_path)
    mldsl.load(path).run()
    path.write_text(PROGRAM.replace("amount * 2.0", "amount * 3.0"))
    program = mldsl.load(path)
    reasons = {step.name: step.reason for step in program.explain()}
    assert reasons["orders"] == "unchanged; read in place"
    assert reasons["paid"] == "its `action` changed; computed within `placed`"
    result = program.run()
    assert table(tmp_path, result.step("totals")).rows() == [("x", 3.0, 1), ("y", 24.0, 3)]


def test_the_plan_as_a_document_says_which_tables_are_not_written(tmp_path: Path) -> None:
    files = mldsl.load(write(tmp_path)).compile("local")
    steps = json.loads(files["plan.json"])["steps"]
    assert [step["id"] for step in steps if step.get("inlined")] == [
        "source:orders",
        "source:customers",
        "transform:paid",
        "transform:placed",
    ]


@pytest.mark.parametrize(
    "source", ['csv("orders.csv")', 'parquet("s3://bucket/orders.parquet")', 'sklearn("iris")', "python"]
)
def test_only_parquet_files_of_this_machine_are_read_in_place(tmp_path: Path, source: str) -> None:
    path = write(tmp_path)
    (tmp_path / "rows.py").write_text("def rows():\n    pass\n")
    (tmp_path / "orders.csv").write_text("")
    text = 'python("rows.py:rows")' if source == "python" else source
    path.write_text(PROGRAM.replace('parquet("orders.parquet")', text))
    assert not mldsl.load(path).plan().step("source:orders").inlined


def test_dates_stay_dates(tmp_path: Path) -> None:
    path = write(tmp_path, {"ts": [date(2025, 1, 1)] * 6})
    path.write_text(PROGRAM.split("transform paid")[0] + "transform first = orders { take 1; select ts }\n")
    result = mldsl.load(path).run()
    assert [str(moment) for moment in table(tmp_path, result.step("first"))["ts"]] == ["2025-01-01 00:00:00+00:00"]
