"""Small plans for tests of backends; sources read files that `write_data` makes."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from mldsl.analysis.program import CheckDecl, EvaluateDecl, Program, SplitDecl, TransformDecl, VerbsBody
from mldsl.analysis.typed import Filter
from mldsl.catalog.types import INT
from mldsl.plan.lower import lower
from mldsl.plan.nodes import Plan
from tests.support.programs import CUSTOMERS, HERE, at, call, column, columns, csv_source, empty, expect, number, shop

POSITIVE = call("greater", column("monthly"), number(0))


def two_branches(**changes: object) -> Program:
    """Two checked sources, a transform of each, a model with its evaluation and a batch deployment on one of them.

    customers → (check) → paying → data → churn_model → evaluation → nightly;  stock → (check) → counted
    """
    whole = shop()
    model, deployment, monitor = whole.models["churn_model"], whole.deployments["nightly"], whole.monitors["watch"]
    stock = columns(x=INT)
    x_positive = call("greater", column("x", INT), number(0))
    paying = VerbsBody("customers", (Filter(HERE, CUSTOMERS, POSITIVE),))
    counted = VerbsBody("stock", (Filter(HERE, stock, x_positive),))
    judged = "churn_model on data.test"
    program = empty(
        "shop.ml",
        sources={
            "customers": csv_source("customers", "customers.csv", CUSTOMERS, 1),
            "stock": csv_source("stock", "stock.csv", stock, 2),
        },
        checks=(
            CheckDecl("customers", (expect("monthly > 0", POSITIVE),), None, at(3)),
            CheckDecl("stock", (expect("x > 0", x_positive),), None, at(4)),
        ),
        transforms={
            "paying": TransformDecl("paying", None, at(5), paying, CUSTOMERS),
            "counted": TransformDecl("counted", None, at(6), counted, stock),
        },
        splits={"data": SplitDecl("data", None, at(7), "paying", CUSTOMERS, {"train": 0.7, "test": 0.3}, ("id",), 0)},
        models={"churn_model": replace(model, span=at(8), algorithms=model.algorithms[:1])},
        evaluations=(EvaluateDecl(judged, "churn_model", "data.test", (), (), None, None, None, at(9)),),
        deployments={"nightly": replace(deployment, subject="paying", span=at(10))},
        monitors={"watch": replace(monitor, deployment="nightly", labels=None, span=at(11))},
    )
    return replace(program, **changes)  # type: ignore[arg-type]


def plan_of(program: Program, folder: Path) -> Plan:
    """The plan, with the files of its sources written to `folder`."""
    write_data(folder)
    return lower(program)


def write_data(folder: Path) -> None:
    """The files that the sources of `two_branches` read."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "customers.csv").write_text("id,plan,Monthly Charges,since,churned\na,pro,1.5,2025-01-01,true\n")
    (folder / "stock.csv").write_text("x\n1\n2\n")
