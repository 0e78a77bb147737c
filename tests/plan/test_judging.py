"""On which rows a deployment's requirements are judged, and what waits for the evaluation."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

import mldsl
from mldsl.plan.lower import lower
from mldsl.plan.nodes import DeployBody, EvaluateBody, Input, Plan, Step
from tests.support.programs import shop


def plan_of(folder: Path, text: str) -> Plan:
    path = folder / "p.ml"
    path.write_text(text, encoding="utf-8")
    return mldsl.load(path).plan()


def deployed(step: Step) -> DeployBody:
    assert isinstance(step.body, DeployBody)
    return step.body


def test_what_does_not_require_an_evaluation_does_not_wait_for_one():
    program = shop()
    better = program.deployments["churn_api"].requires[1:]
    api = replace(program.deployments["churn_api"], requires=better)
    plan = lower(replace(program, deployments={"churn_api": api}, monitors={}))
    assert plan.step("deploy:churn_api").after == ()


def test_the_requirements_of_a_deployment_are_judged_on_the_rows_of_the_evaluation():
    step = lower(shop()).step("deploy:churn_api")
    judged = deployed(step).judged
    assert judged is not None
    assert (judged.model, judged.table, judged.task, judged.seed) == ("churn_model", "data.test", "binary", 42)
    assert (judged.budget, judged.expectations, judged.reports) == (1, (), ())
    assert step.inputs["data.test"] == Input(step="split:data", output="test")


PARTS = """
pipeline p { seed: 3 }
source rows = csv("rows.csv") { id: int key; group: string; x: float; y: bool }
split data = rows { train: 60%; validation: 20%; test: 20%; group: group; budget: 2 }
transform some = data.test { filter x > 0 }
model m = predict y from data { algorithm knn }
deploy d = m to registry("r") { require accuracy >= 50% }
"""


@pytest.mark.parametrize(
    ("evaluations", "table", "budget"),
    [
        ("", "data.test", 2),
        ("evaluate m on some {}", "data.test", 2),
        ("evaluate m on data.validation {}", "data.validation", None),
        ("evaluate m on data.validation {}\nevaluate m on data.test {}", "data.test", 2),
    ],
)
def test_they_are_judged_on_a_part_that_has_the_columns_of_the_model(
    tmp_path: Path, evaluations: str, table: str, budget: int | None
):
    judged = deployed(plan_of(tmp_path, PARTS + evaluations).step("deploy:d")).judged
    assert judged is not None
    assert (judged.table, judged.unit, judged.budget) == (table, "group", budget)


def test_what_is_made_of_a_test_part_has_its_budget(tmp_path: Path):
    found = plan_of(tmp_path, PARTS + "evaluate m on some {}").step("evaluate:m on some").body
    assert isinstance(found, EvaluateBody)
    assert found.budget == 2


def test_a_model_that_nothing_judges_has_no_rows_for_requirements(tmp_path: Path):
    text = PARTS.replace("predict y from data {", "cluster data.train {").replace("algorithm knn", "algorithm kmeans")
    plan = plan_of(tmp_path, text.replace("require accuracy >= 50%", 'require approval("us")'))
    assert deployed(plan.step("deploy:d")).judged is None
