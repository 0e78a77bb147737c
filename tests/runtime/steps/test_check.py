"""Checks: outcomes, counts, samples, quarantine."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import polars as pl
import pytest

from mldsl.catalog.types import BOOL, DATETIME, FLOAT, INT, STRING
from mldsl.plan.expressions import Call, Expression, TableColumn
from mldsl.plan.nodes import CheckBody, Expectation, Input, Step
from mldsl.runtime.execute import StepOutcome, execute
from tests.support.expressions import call, col, frame, nullable, window
from tests.support.steps import PARAMS, Bench, specs

CUSTOMERS = frame(
    {
        "id": (INT, [1, 2, 3, 3, 5]),
        "monthly": (nullable(FLOAT), [10.0, -5.0, None, 20.0, 10_001.0]),
        "name": (nullable(STRING), ["Ann", None, "Bo", "Bo", "Cy"]),
        "seen": (DATETIME, [datetime(2025, 5, day) for day in (1, 2, 3, 4, 20)]),
    }
)
ID, MONTHLY = col("id", INT), col("monthly", nullable(FLOAT))
NAME, SEEN = col("name", nullable(STRING)), col("seen", DATETIME)
IN_RANGE = call("between", MONTHLY, 0.0, 10_000.0)


def expect(text: str, condition: Expression, otherwise: str = "fail", **options: Any) -> Expectation:
    return Expectation(text=text, condition=condition, otherwise=otherwise, **options)  # type: ignore[arg-type]


def table(text: str, condition: Expression, otherwise: str = "fail") -> Expectation:
    return expect(text, condition, otherwise, level="table")


def check(folder: Path, *expectations: Expectation, rows: pl.DataFrame = CUSTOMERS) -> tuple[Bench, StepOutcome]:
    bench = Bench(folder)
    bench.table(
        "customers", rows, specs({"id": INT, "monthly": nullable(FLOAT), "name": (nullable(STRING), "sensitive")})
    )
    return bench, bench.run(CheckBody(table="customers", expectations=expectations), "customers")


def entries(outcome: StepOutcome) -> list[dict[str, Any]]:
    assert outcome.record is not None, outcome.error
    found: list[dict[str, Any]] = outcome.record.details["expectations"]
    return found


def test_what_holds_passes(tmp_path: Path) -> None:
    bench, outcome = check(
        tmp_path,
        expect("id > 0", call("greater", ID, 0)),
        table("rows() >= 5", call("greater_equal", call("rows"), 5)),
        expect("monthly < 1e6", call("less", MONTHLY, 1e6)),
    )
    assert outcome.state == "done" and outcome.error is None
    assert [entry["outcome"] for entry in entries(outcome)] == ["passed"] * 3
    assert entries(outcome)[0] == {
        "text": "id > 0",
        "outcome": "passed",
        "rows": 5,
        "failing": 0,
        "share": 1.0,
        "samples": [],
    }
    assert entries(outcome)[1] == {"text": "rows() >= 5", "outcome": "passed", "rows": 5, "failing": 0, "value": 5}
    assert bench.json(outcome, "report")["expectations"] == entries(outcome)


def test_rows_that_fail_are_counted_and_shown(tmp_path: Path) -> None:
    bench, outcome = check(tmp_path, expect("monthly between 0 and 10_000", IN_RANGE))
    assert outcome.state == "failed" and outcome.error is not None
    assert (outcome.error.kind, outcome.error.exit_status) == ("unmet", 3)
    assert outcome.error.message == ("customers: 2 of 5 rows fail `monthly between 0 and 10_000` (first: row 2: -5.0)")
    assert entries(outcome)[0] == {
        "text": "monthly between 0 and 10_000",
        "outcome": "failed",
        "rows": 5,
        "failing": 2,
        "share": 0.5,  # of the four rows where it is not null
        "samples": [{"row": 2, "values": {"monthly": -5.0}}, {"row": 5, "values": {"monthly": 10001.0}}],
    }
    assert bench.json(outcome, "report")["message"] == outcome.error.message


def test_all_expectations_are_reported_together(tmp_path: Path) -> None:
    _, outcome = check(
        tmp_path,
        expect("monthly > 0", call("greater", MONTHLY, 0), "warn"),
        table("rows() > 9", call("greater", call("rows"), 9)),
        expect("id < 5", call("less", ID, 5)),
        table("mean(monthly) < 1", call("less", call("mean", MONTHLY), 1)),
    )
    assert [entry["outcome"] for entry in entries(outcome)] == ["warned", "failed", "failed", "failed"]
    assert outcome.error is not None
    assert outcome.error.message == (
        "customers: `rows() > 9` does not hold (it is 5); customers: 1 of 5 rows fail `id < 5` (first: row 5: 5); "
        "customers: `mean(monthly) < 1` does not hold (it is 2506.5)"
    )


def test_warnings_do_not_stop_anything(tmp_path: Path) -> None:
    _, outcome = check(tmp_path, expect("monthly > 0", call("greater", MONTHLY, 0), "warn"))
    assert outcome.state == "done" and outcome.record is not None
    assert outcome.record.warnings == ("customers: 1 of 5 rows fail `monthly > 0` (first: row 2: -5.0)",)


def test_quarantine_sets_failing_rows_aside(tmp_path: Path) -> None:
    bench, outcome = check(
        tmp_path,
        expect("monthly between 0 and 10_000", IN_RANGE, "quarantine"),
        expect("id != 3", call("not_equal", ID, 3), "quarantine"),
        expect("id < 5", call("less", ID, 5), "warn"),
    )
    assert outcome.state == "done"
    assert [entry["outcome"] for entry in entries(outcome)] == ["quarantined", "quarantined", "warned"]
    assert bench.output(outcome)["id"].to_list() == [1]
    assert bench.output(outcome, "quarantined")["id"].to_list() == [2, 3, 3, 5]
    assert bench.output(outcome).columns == CUSTOMERS.columns


def test_a_quarantine_that_nothing_fails_gives_the_whole_table(tmp_path: Path) -> None:
    bench, outcome = check(tmp_path, expect("id > 0", call("greater", ID, 0), "quarantine"))
    assert bench.output(outcome).rows() == CUSTOMERS.rows()
    assert bench.output(outcome, "quarantined").height == 0


@pytest.mark.parametrize(("share", "state"), [(0.5, "done"), (0.51, "failed"), (1.0, "failed"), (0.0, "done")])
def test_a_share_is_enough(tmp_path: Path, share: float, state: str) -> None:
    _, outcome = check(tmp_path, expect("monthly", IN_RANGE, at_least=share))
    assert outcome.state == state


def test_a_share_that_is_missed_is_said(tmp_path: Path) -> None:
    _, outcome = check(tmp_path, expect("monthly ok", IN_RANGE, at_least=0.95))
    assert outcome.error is not None
    assert (
        "2 of 5 rows fail `monthly ok` (50% hold, at least 95% are wanted; first: row 2: -5.0)" in outcome.error.message
    )


def test_unique_counts_every_row_that_has_a_twin(tmp_path: Path) -> None:
    unique = call("unique", ID)
    _, outcome = check(tmp_path, table("unique(id)", unique))
    assert entries(outcome)[0]["failing"] == 2
    assert entries(outcome)[0]["samples"] == [{"row": 3, "values": {"id": 3}}, {"row": 4, "values": {"id": 3}}]
    _, outcome = check(tmp_path, table("unique(id, seen)", call("unique", ID, SEEN)))
    assert outcome.state == "done"


def test_rows_with_nulls_are_no_twins(tmp_path: Path) -> None:
    rows = frame(
        {
            "id": (INT, [1, 1]),
            "monthly": (nullable(FLOAT), [None, None]),
            "name": (nullable(STRING), [None] * 2),
            "seen": (DATETIME, [datetime(2025, 1, 1)] * 2),
        }
    )
    _, outcome = check(tmp_path, table("unique", call("unique", ID, MONTHLY)), rows=rows)
    assert outcome.state == "done"


def test_unique_inside_a_larger_condition(tmp_path: Path) -> None:
    both = call("and", call("greater", call("rows"), 1), call("unique", ID))
    _, outcome = check(tmp_path, table("rows() > 1 and unique(id)", both))
    assert outcome.error is not None
    assert outcome.error.message == "customers: `rows() > 1 and unique(id)` does not hold"


@pytest.mark.parametrize(("age", "state"), [(30, "done"), (12, "failed")])
def test_fresh_is_relative_to_the_runs_time(tmp_path: Path, age: int, state: str) -> None:
    _, outcome = check(tmp_path, table("fresh(seen)", call("fresh", SEEN, timedelta(days=age))))
    assert outcome.state == state  # the latest is of 20 May, the run of 1 June at noon


def test_an_empty_table_is_not_fresh_and_its_rows_hold(tmp_path: Path) -> None:
    _, outcome = check(
        tmp_path,
        table("fresh(seen)", call("fresh", SEEN, timedelta(days=1)), "warn"),
        expect("id > 9", call("greater", ID, 9)),
        table("rows() == 0", call("equal", call("rows"), 0)),
        table("mean(id) > 0", call("greater", call("mean", ID), 0), "warn"),  # null: does not hold
        table("null_rate(monthly) <= 0.1", call("less_equal", call("null_rate", MONTHLY), 0.1), "warn"),
        rows=CUSTOMERS.clear(),
    )
    assert [entry["outcome"] for entry in entries(outcome)] == ["warned", "passed", "passed", "warned", "warned"]
    assert entries(outcome)[1]["share"] is None


def test_values_of_aggregates(tmp_path: Path) -> None:
    _, outcome = check(
        tmp_path,
        table("max(seen)", call("less", call("max", SEEN), datetime(2020, 1, 1)), "warn"),
        table(
            "span",
            call("between", call("subtract", call("max", SEEN), call("min", SEEN)), timedelta(0), timedelta(1)),
            "warn",
        ),
        table("null_rate", call("less", call("null_rate", NAME), 0.1), "warn"),
    )
    assert [entry["value"] for entry in entries(outcome)] == ["2025-05-20T00:00:00", "2w5d", 0.2]
    assert outcome.record is not None
    assert outcome.record.warnings[1] == "customers: `span` does not hold (it is 2w5d)"


def test_sensitive_values_stay_out_of_reports(tmp_path: Path) -> None:
    condition = call("and", call("equal", NAME, "Zed"), call("greater", ID, 0))
    _, outcome = check(tmp_path, expect('name == "Zed" and id > 0', condition))
    assert "Ann" not in str(entries(outcome)) and outcome.error is not None and "Ann" not in outcome.error.message
    assert entries(outcome)[0]["samples"][0] == {"row": 1, "values": {"id": 1}}


def test_references(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    bench.table("orders", frame({"customer": (nullable(INT), [1, 7, None, 3, 7]), "amount": (FLOAT, [1.0] * 5)}))
    bench.table("customers", CUSTOMERS)
    known: Call = Call(
        function="references",
        arguments=(col("customer", nullable(INT)), TableColumn(table="customers", column="id", type=INT)),
        type=nullable(BOOL),
    )
    text = "customer references customers.id"
    outcome = bench.run(CheckBody(table="orders", expectations=(expect(text, known),)), "orders")
    assert entries(outcome)[0]["failing"] == 2
    assert entries(outcome)[0]["samples"] == [
        {"row": 2, "values": {"customer": 7}},
        {"row": 5, "values": {"customer": 7}},
    ]
    either = call("or", known, call("less", col("amount", FLOAT), 2.0))
    outcome = bench.run(CheckBody(table="orders", expectations=(expect("either", either),)), "orders")
    assert outcome.state == "done"


def test_windows_in_conditions(tmp_path: Path) -> None:
    rising = call("greater", ID, call("coalesce", window("lag", ID, order=["seen"]), 0))
    _, outcome = check(tmp_path, expect("id rises", rising))
    assert entries(outcome)[0]["samples"] == [{"row": 4, "values": {"id": 3}}]


def test_a_cast_that_fails_is_an_error_not_a_verdict(tmp_path: Path) -> None:
    _, outcome = check(tmp_path, expect("int(name) > 3", call("greater", call("int", NAME), 3)))
    assert outcome.error is not None
    assert (outcome.error.kind, outcome.error.exit_status, outcome.record) == ("error", 4, None)
    assert '`int(name)` does not fit in 4 rows: row 1 ("Ann")' in outcome.error.message


def test_the_same_outcome_comes_from_the_store(tmp_path: Path) -> None:
    bench, first = check(tmp_path, expect("monthly", IN_RANGE))
    second = bench.run(CheckBody(table="customers", expectations=(expect("monthly", IN_RANGE),)), "customers")
    assert second.state == "failed" and second.reused and not first.reused
    assert second.error == first.error
    assert second.record == first.record


def test_roles_are_found_through_splits(tmp_path: Path) -> None:
    from mldsl.plan.nodes import SplitBody

    bench = Bench(tmp_path)
    bench.table("customers", CUSTOMERS, specs({"id": INT, "name": (nullable(STRING), "sensitive")}))
    split = bench.step(SplitBody(table="customers", shares=(("train", 0.6), ("test", 0.4)), key=("id",)), "data")
    body = CheckBody(table="data.train", expectations=(expect("name", call("equal", NAME, "Zed")),))
    step = Step(
        id="check:data.train", kind="check", name="data.train", location="p.ml:3:1",
        inputs={"data.train": Input(step="split:data", output="train")}, body=body,
    )  # fmt: skip
    plan = bench.plan(split, step)
    done = execute(plan, "split:data", bench.store, folder=tmp_path, params=PARAMS, known=bench.known)
    assert done.record is not None
    known = {**bench.known, "split:data": done.record}
    outcome = execute(plan, step.id, bench.store, folder=tmp_path, params=PARAMS, known=known)
    assert outcome.error is not None and outcome.error.kind == "unmet"
    assert "Ann" not in str(entries(outcome))
