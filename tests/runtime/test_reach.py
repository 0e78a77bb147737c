"""Targets made of later rows: a split by time leaves out what reaches beyond it, and so do the folds in a part."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import polars as pl
import pytest

import mldsl
from mldsl.plan.nodes import Folds
from mldsl.runtime.models.folds import make_divider
from tests.support.guarantee import Trial

START = date(2024, 1, 1)
Row = dict[str, Any]

PROGRAM = """\
pipeline trial
source sales = csv("sales.csv") {{
  id: int key
  store: string
  day: date time
  units: float
  chain: string
}}
{tables}
split data = features {{ train: 50%; validation: 20%; test: 30%; time: {time} }}
model m = predict goal from data {{ features: units, store; {body} }}
"""
SIMPLE = "transform features = sales { derive goal = lead(units, 3) over (partition by store order by day)\n%s }"


@pytest.fixture(scope="module")
def sales() -> pl.DataFrame:
    """Stores that sell on most days, one of which closes early."""
    random = np.random.default_rng(3)
    rows = [
        (store, START + timedelta(days=day))
        for day in range(80)
        for store in ("a", "b", "c")
        if random.random() < 0.7 and not (store == "c" and day > 20)
    ]
    return pl.DataFrame(
        {
            "id": range(len(rows)),
            "store": [store for store, _ in rows],
            "day": [day for _, day in rows],
            "units": random.normal(10, 3, len(rows)).round(3),
            "chain": [{"a": "x"}.get(store, "y") for store, _ in rows],
        }
    )


def trial(folder: Path, tables: str, sales: pl.DataFrame, time: str = "day", body: str = "algorithm ridge") -> Trial:
    program = folder / "trial.ml"
    program.write_text(PROGRAM.format(tables=tables, time=time, body=body))
    sales.write_csv(folder / "sales.csv")
    return Trial.of(program)


def after(rows: list[Row], row: Row, same: str = "store") -> list[Row]:
    """The later rows of the same store, in order."""
    return [other for other in rows if other[same] == row[same] and other["day"] > row["day"]]


def third(rows: list[Row], row: Row) -> date | None:
    later = after(rows, row)
    return later[2]["day"] if len(later) > 2 else None


def fifth(rows: list[Row], row: Row) -> date | None:
    later = after(rows, row)
    return later[4]["day"] if len(later) > 4 else None


def next_two(rows: list[Row], row: Row) -> date | None:
    return max((other["day"] for other in after(rows, row)[:2]), default=None)


TABLES: dict[str, tuple[str, Callable[[list[Row], Row], date | None]]] = {
    "a lead": (SIMPLE % "filter goal is not null", third),
    "a lead, gaps filled": (SIMPLE % "derive goal = goal ?? 0.0", third),
    "a sum over the days to come": (
        "transform features = sales { derive goal = sum(units) over (partition by store order by day desc rows 3)\n"
        "derive goal = goal ?? 0.0 }",
        next_two,
    ),
    "a lead of a lead, taken apart in two tables": (
        "transform ahead = sales { derive soon = lead(units, 2) over (partition by store order by day)\ndrop chain }\n"
        "transform features = ahead { derive later = lead(soon, 3) over (partition by store order by day)\n"
        "filter later is not null\nrename later to result\nderive goal = result - units }",
        fifth,
    ),
    "joined to another table": (
        "transform ahead = sales { derive goal = lead(units, 3) over (partition by store order by day)\n"
        "select id, goal }\n"
        "transform features = sales { join ahead on id\nfilter goal is not null }",
        third,
    ),
    "the partition's column dropped, rows sampled": (
        SIMPLE % "filter goal is not null\nselect id, day, units, goal, store\nsample 80%\ndistinct",
        third,
    ),
}


@pytest.mark.parametrize(("tables", "reach"), TABLES.values(), ids=TABLES)
def test_rows_that_reach_into_a_later_part_are_left_out(
    tables: str, reach: Callable[[list[Row], Row], date | None], sales: pl.DataFrame, tmp_path: Path
) -> None:
    made = trial(tmp_path, tables, sales)
    rows = sales.sort("day").to_dicts()
    table = made.table("features", "table")
    parts = {name: made.table("data", name) for name in ("train", "validation", "test")}
    begins = [parts["validation"]["day"].min(), parts["test"]["day"].min()]
    expected: dict[str, list[int]] = {"train": [], "validation": [], "test": []}
    by_id = {row["id"]: row for row in rows}
    for id_ in table["id"]:
        row = by_id[id_]
        number = sum(row["day"] >= begin for begin in begins)
        to = reach(rows, row) or row["day"]
        if sum(to >= begin for begin in begins) == number:
            expected[list(parts)[number]].append(id_)
    assert {name: part["id"].to_list() for name, part in parts.items()} == expected
    assert 0 < parts["train"].height + parts["validation"].height + parts["test"].height < table.height


def test_other_test_rows_leave_the_model_as_it_is(sales: pl.DataFrame, tmp_path: Path) -> None:
    """Without rows left out, the last training targets would be made of test rows."""
    body = "algorithm gradient_boosting { max_iter: 5..30; early_stopping: true }\ntune { minimize: rmse; trials: 3 }"
    made = trial(tmp_path, TABLES["a lead"][0], sales, body=body)
    before = made.fitted()
    begin = made.table("data", "test")["day"].min()
    changed = sales.with_columns(units=pl.when(pl.col("day") >= begin).then(-pl.col("units")).otherwise("units"))
    changed.write_csv(tmp_path / "sales.csv")
    assert made.fitted() == before
    changed = sales.with_columns(units=pl.when(pl.col("day") < begin).then(-pl.col("units")).otherwise("units"))
    changed.write_csv(tmp_path / "sales.csv")
    assert made.fitted() != before


def test_folds_by_time_leave_them_out_as_well(sales: pl.DataFrame) -> None:
    rows = sales.sort("day").to_dicts()
    reach = pl.Series("reach", [third(rows, row) for row in rows], dtype=pl.Date)
    frame = pl.DataFrame(rows).with_columns(reach)
    divider = make_divider(Folds(time="day", reach=("reach",)), frame, None, ())
    plain = make_divider(Folds(time="day"), frame, None, ()).folds(4, 0)
    for (training, judged), (all_before, same) in zip(divider.folds(4, 0), plain, strict=True):
        assert judged.tolist() == same.tolist()
        first = min(frame["day"][int(place)] for place in judged)
        kept = [place for place in all_before if reach[int(place)] is None or reach[int(place)] < first]
        assert training.tolist() == kept
        assert len(kept) < len(all_before)
    assert divider.take(np.arange(40)).reach is not None


def test_the_users_tables_have_no_hidden_columns(sales: pl.DataFrame, tmp_path: Path) -> None:
    code = "def seen(table):\n    table['seen'] = ','.join(table.columns)\n    return table[['id', 'seen']]\n"
    (tmp_path / "seen.py").write_text(code)
    more = (
        'transform told = python("seen.py:seen", features) { id: int; seen: string }\n'
        'transform asked = sql("""select * from {features}""")\n'
    )
    made = trial(tmp_path, TABLES["a lead"][0] + "\n" + more, sales)
    names = ["id", "store", "day", "units", "chain", "goal"]
    assert made.table("told", "table")["seen"][0] == ",".join(names)
    assert made.table("asked", "table").columns == names
    mldsl.load(made.program).run(to="data.train", output=tmp_path / "out")
    written = pl.read_parquet(tmp_path / "out" / "data.train.parquet")
    assert written.columns == names
    assert written["id"].to_list() == made.table("data", "train")["id"].to_list()


@pytest.mark.parametrize(
    "tables",
    [
        'transform features = sql("""select *, lead(units) over (partition by store order by day) as goal '
        'from {sales}""") { id: int; store: string; day: date; units: float; chain: string; goal: float }',
        "transform ahead = sales { derive goal = lead(units) over (partition by store order by day)\n"
        "filter goal is not null }\ntransform features = ahead { union ahead\ndistinct }",
    ],
)
def test_what_cannot_be_followed_is_refused(tables: str, sales: pl.DataFrame, tmp_path: Path) -> None:
    program = tmp_path / "trial.ml"
    program.write_text(PROGRAM.format(tables=tables, time="day", body="algorithm ridge"))
    sales.write_csv(tmp_path / "sales.csv")
    found = [(item.code, item.message) for item in mldsl.load(program).diagnostics if item.severity.value == "error"]
    assert [code for code, _ in found] == ["ML302"], found


def test_the_certificate_says_so(sales: pl.DataFrame, tmp_path: Path) -> None:
    made = trial(tmp_path, TABLES["a lead"][0], sales)
    (model,) = mldsl.load(made.program).certificate().models
    (claim,) = [claim for claim in model.claims if claim.rule == "ML302"]
    assert claim.outcome == "proved"
    assert "rows whose target is made of rows of a later part are in no part" in claim.sentence
