"""What a typed program becomes: one step a declaration, wired through its checks."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from mldsl.analysis.program import CheckDecl, SourceDecl, TransformDecl, VerbsBody
from mldsl.analysis.typed import Filter, TableColumn
from mldsl.catalog.types import BOOL, INT, STRING
from mldsl.errors import PlanError
from mldsl.plan.document import dump
from mldsl.plan.links import check_links, needs
from mldsl.plan.lower import lower
from mldsl.plan.lower.places import Places
from mldsl.plan.nodes import Input, Plan
from tests.support.golden import same_as
from tests.support.programs import (
    CUSTOMERS,
    HERE,
    at,
    call,
    column,
    columns,
    csv_source,
    customers_and_check,
    empty,
    expect,
    number,
    shop,
)

GOLDEN = Path(__file__).parent / "golden"
POSITIVE = call("greater", column("monthly"), number(0))


def ids(plan: Plan) -> list[str]:
    return [step.id for step in plan.steps]


def test_every_kind_of_declaration_becomes_the_step_that_the_golden_file_has():
    same_as(GOLDEN / "shop.plan.json", dump(lower(shop())))


def test_a_reader_takes_what_a_quarantine_left_and_waits_for_the_other_checks():
    plan = lower(customers_and_check())
    paying = plan.step("transform:paying")
    assert paying.inputs == {"customers": Input(step="check:customers", output="table")}
    assert paying.after == ("check:customers:2",)


def test_checks_of_one_table_are_chained_through_the_quarantine():
    plan = lower(customers_and_check())
    assert plan.step("check:customers").inputs == {"customers": Input(step="source:customers", output="table")}
    assert plan.step("check:customers:2").inputs == {"customers": Input(step="check:customers", output="table")}
    assert plan.step("check:customers:2").after == ()


def test_a_check_reads_the_tables_it_references_as_they_were_made():
    """So that two tables that reference each other can both be checked."""
    to_a = call("references", column("x"), TableColumn(INT, HERE, "a", "x"))
    to_b = call("references", column("x"), TableColumn(INT, HERE, "b", "x"))
    plan = lower(
        empty(
            sources={name: csv_source(name, f"{name}.csv", columns(x=INT)) for name in "ab"},
            checks=(
                CheckDecl("a", (expect("x references b.x", to_b, "quarantine"),), None, HERE),
                CheckDecl("b", (expect("x references a.x", to_a, "quarantine"),), None, HERE),
            ),
        )
    )
    assert plan.step("check:a").inputs["b"] == Input(step="source:b", output="table")
    assert plan.step("check:b").inputs["a"] == Input(step="source:a", output="table")


def test_a_check_that_references_what_is_made_from_its_table_is_a_circle():
    program = customers_and_check()
    back = call("references", column("id", STRING), TableColumn(STRING, HERE, "paying", "id"))
    circular = replace(program, checks=(CheckDecl("customers", (expect("…", back),), None, at(9)),))
    with pytest.raises(
        PlanError, match="wait for each other: `check customers` → `transform paying` → `check customers`"
    ):
        lower(circular)


def test_steps_stand_in_the_order_of_declaration_where_nothing_else_is_needed():
    plan = lower(
        empty(
            sources={
                "late": csv_source("late", "a.csv", CUSTOMERS, 30),
                "early": csv_source("early", "b.csv", CUSTOMERS, 2),
            },
            transforms={
                name: TransformDecl(name, None, at(line), VerbsBody(table, ()), CUSTOMERS)
                for name, table, line in (
                    ("uses_late", "late", 5),
                    ("uses_early", "early", 10),
                    ("uses_use", "uses_late", 1),
                )
            },
        )
    )
    assert ids(plan) == [
        "source:early",
        "transform:uses_early",
        "source:late",
        "transform:uses_late",
        "transform:uses_use",
    ]


def test_steps_stand_behind_what_they_need_in_a_whole_program():
    plan = lower(shop())
    check_links(plan)
    place = {id_: index for index, id_ in enumerate(ids(plan))}
    assert all(place[name] < place[step.id] for step in plan.steps for name in needs(step))


def test_a_deployment_waits_for_all_evaluations_of_its_model():
    plan = lower(shop())
    judged = ("evaluate:churn_model on data.test", "evaluate:churn_model on data.test:2")
    assert plan.step("deploy:nightly").after == judged
    assert plan.step("deploy:churn_api").after == judged


def test_a_step_lists_the_values_of_the_run_that_it_uses():
    plan = lower(shop())
    used = {step.id: step.params for step in plan.steps if step.params}
    assert used == {
        "transform:features": ("cutoff",),
        "transform:by_hand": ("cutoff",),
        "deploy:nightly": ("run_date",),
    }


def test_a_check_of_freshness_uses_the_time_of_the_run():
    fresh = call("fresh", column("since"), number(7))
    program = customers_and_check()
    checked = replace(program, checks=(CheckDecl("customers", (expect("fresh(since, 7d)", fresh),), None, at(9)),))
    assert lower(checked).step("check:customers").params == ("run_time",)


def test_comments_and_layout_do_not_reach_the_plan_beyond_locations():
    program = customers_and_check()
    moved = replace(program.transforms["paying"], span=at(150))
    plan, other = lower(program), lower(replace(program, transforms={"paying": moved}))
    assert plan.step("transform:paying").body == other.step("transform:paying").body
    assert other.step("transform:paying").location == "shop.ml:150:1"


def nested(levels: int) -> TransformDecl:
    condition = column("churned", BOOL)
    for _ in range(levels):
        condition = call("not", condition)
    return TransformDecl("t", None, at(7), VerbsBody("s", (Filter(HERE, CUSTOMERS, condition),)), CUSTOMERS)


def test_an_expression_may_be_200_levels_deep_and_no_deeper():
    sources: dict[str, SourceDecl] = {"s": csv_source("s", "s.csv", CUSTOMERS)}
    assert '"not"' in dump(lower(empty(sources=sources, transforms={"t": nested(200)})))
    with pytest.raises(PlanError, match=r"projects/shop/shop\.ml:1:1: this expression is nested more than 200"):
        lower(empty(sources=sources, transforms={"t": nested(201)}))


@pytest.mark.parametrize(
    ("program", "path", "relative"),
    [
        ("shop.ml", "data/a.csv", "data/a.csv"),
        ("shop.ml", "../a.csv", "../a.csv"),
        ("projects/shop/shop.ml", "projects/shop/data/*.csv", "data/*.csv"),
        ("projects/shop/shop.ml", "projects/shared/a.csv", "../shared/a.csv"),
        ("../shop/shop.ml", "../shop/a.csv", "a.csv"),
        ("projects/shop/shop.ml", "s3://bucket/a.csv", "s3://bucket/a.csv"),
        ("projects/shop/shop.ml", "/data/a.csv", "/data/a.csv"),
        ("/home/ann/shop/shop.ml", "/home/ann/shop/a.csv", "a.csv"),
        ("/home/ann/shop/shop.ml", "/home/ann/a.csv", "../a.csv"),
        ("/home/ann/shop/shop.ml", "/data/a.csv", "/data/a.csv"),
        ("C:\\shop\\shop.ml", "C:\\data\\a.csv", "C:\\data\\a.csv"),
    ],
)
def test_paths_are_relative_to_the_folder_of_the_program(program: str, path: str, relative: str):
    assert Places.of(program).relative(path) == relative
