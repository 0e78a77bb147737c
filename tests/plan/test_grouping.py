"""How steps are grouped into tasks: what a grouping may not change is what happens when a step fails."""

from __future__ import annotations

import random
from collections.abc import Callable
from pathlib import Path

import networkx as nx
import pytest

import mldsl
from mldsl.plan.graph import graph
from mldsl.plan.grouping import GRANULARITIES, Granularity, Unit, units
from mldsl.plan.nodes import Plan, Step
from tests.support.cli import ROOT

HEAD = "pipeline p {}\n"
CUSTOMERS = 'source customers = csv("c.csv") { id: int key; x: float; good: bool }\n'
ORDERS = 'source orders = csv("o.csv") { id: int key; customer: int }\n'
MODEL = (
    "split data = customers { train: 70%; test: 30% }\n"
    "model m = predict good from data { algorithm logistic_regression }\n"
)


def everything(step: Step) -> bool:
    return True


def trained(step: Step) -> bool:
    return step.kind not in ("deploy", "monitor")


def plan_of(folder: Path, text: str) -> Plan:
    (folder / "p.ml").write_text(HEAD + text)
    return mldsl.load(folder / "p.ml").plan()


def found(
    folder: Path, text: str, granularity: Granularity, carried_out: Callable[[Step], bool] = everything
) -> dict[str, list[str]]:
    return {
        unit.id: [step.id for step in unit.steps] for unit in units(plan_of(folder, text), granularity, carried_out)
    }


def test_each_step_is_a_task_but_for_a_transform_that_the_next_one_computes(tmp_path: Path) -> None:
    text = CUSTOMERS + "transform a = customers { filter x > 1 }\ntransform b = a { filter x > 2 }\n"
    text += "transform c = b { filter x > 3 }\nsplit data = c { train: 70%; test: 30% }\n"
    assert found(tmp_path, text, "step") == {
        "source:customers": ["source:customers"],
        "transform:c": ["transform:a", "transform:b", "transform:c"],
        "split:data": ["split:data"],
    }


def test_a_transform_that_two_read_is_a_task(tmp_path: Path) -> None:
    text = CUSTOMERS + "transform a = customers { filter x > 1 }\n"
    text += "transform b = a { filter x > 2 }\ntransform c = a { filter x > 3 }\n"
    assert list(found(tmp_path, text, "step")) == ["source:customers", "transform:a", "transform:b", "transform:c"]


def test_a_table_and_its_checks_are_one_task(tmp_path: Path) -> None:
    text = CUSTOMERS + "check customers { expect x > 0 }\ncheck customers { expect id > 0 else quarantine }\n" + MODEL
    assert found(tmp_path, text, "declaration")["source:customers"] == [
        "source:customers",
        "check:customers",
        "check:customers:2",
    ]


def test_a_check_that_something_of_the_table_does_not_wait_for_stays_apart(tmp_path: Path) -> None:
    """The check of `orders` looks at all of `customers`, whatever the check of `customers` says."""
    text = CUSTOMERS + ORDERS + "check customers { expect x > 0 }\n"
    text += "check orders { expect customer references customers.id }\n"
    tasks = found(tmp_path, text, "declaration")
    assert tasks["source:customers"] == ["source:customers"]
    assert tasks["check:customers"] == ["check:customers"]
    assert tasks["source:orders"] == ["source:orders", "check:orders"]


def test_checks_that_look_at_each_others_tables_make_no_circle(tmp_path: Path) -> None:
    text = CUSTOMERS + ORDERS + "check customers { expect id references orders.customer }\n"
    text += "check orders { expect customer references customers.id }\n"
    assert len(found(tmp_path, text, "declaration")) == 4


def test_a_model_and_its_evaluations_are_one_task(tmp_path: Path) -> None:
    text = CUSTOMERS + MODEL + "evaluate m on data.test { expect roc_auc >= 0.5 }\n"
    assert found(tmp_path, text, "declaration")["model:m"] == ["model:m", "evaluate:m on data.test"]


def test_an_evaluation_that_predictions_do_not_wait_for_stays_apart(tmp_path: Path) -> None:
    text = CUSTOMERS + MODEL + "evaluate m on data.test { expect roc_auc >= 0.5 }\n"
    text += "transform scored = customers { predict with m }\n"
    tasks = found(tmp_path, text, "declaration")
    assert tasks["model:m"] == ["model:m"]
    assert tasks["evaluate:m on data.test"] == ["evaluate:m on data.test"]


def test_what_is_left_out_is_in_no_task_and_holds_nothing_up(tmp_path: Path) -> None:
    text = CUSTOMERS + MODEL + "evaluate m on data.test { expect roc_auc >= 0.5 }\n"
    text += "deploy d = m to batch(customers) { require evaluation }\n"
    tasks = found(tmp_path, text, "declaration", trained)
    assert tasks["model:m"] == ["model:m", "evaluate:m on data.test"]
    assert not any(id_.startswith("deploy") for steps in tasks.values() for id_ in steps)


def test_a_whole_pipeline_is_one_task_and_nothing_is_none(tmp_path: Path) -> None:
    plan = plan_of(tmp_path, CUSTOMERS + MODEL)
    [whole] = units(plan, "pipeline", everything)
    assert (whole.main, whole.steps, whole.needs) == (None, plan.steps, ())
    assert units(plan, "pipeline", lambda _: False) == ()


@pytest.mark.parametrize("granularity", GRANULARITIES)
@pytest.mark.parametrize("program", sorted((ROOT / "examples").glob("*/*.ml")), ids=lambda path: path.stem)
def test_the_tasks_of_an_example_can_be_done_one_after_another(program: Path, granularity: Granularity) -> None:
    plan = mldsl.load(program).plan()
    holds(plan, units(plan, granularity, trained))


@pytest.mark.parametrize("seed", range(40))
def test_the_tasks_of_any_program_can_be_done_one_after_another(tmp_path: Path, seed: int) -> None:
    plan = plan_of(tmp_path, some_program(random.Random(seed)))
    for granularity in GRANULARITIES:
        holds(plan, units(plan, granularity, everything))


def holds(plan: Plan, tasks: tuple[Unit, ...]) -> None:
    """Each step is in one task, behind all that it needs; a task waits for no more than its steps do in the end."""
    steps = graph(plan)
    of = {step.id: task.id for task in tasks for step in task.steps}
    assert sum(len(task.steps) for task in tasks) == len(of)
    done: set[str] = set()
    before: dict[str, set[str]] = {}
    for task in tasks:
        assert all(need in before for need in task.needs), "in an order in which they can run"
        before[task.id] = {item for need in task.needs for item in (need, *before[need])}
        for step in task.steps:
            upstream = [id_ for id_ in nx.ancestors(steps, step.id) if id_ in of]
            assert set(upstream) <= done
            assert {of[id_] for id_ in upstream} <= before[task.id] | {task.id}
            done.add(step.id)
        reasons = {of[id_] for step in task.steps for id_ in nx.ancestors(steps, step.id) if id_ in of}
        assert before[task.id] <= reasons | {item for reason in reasons for item in before.get(reason, ())}
    fails_as_before(steps, tasks, of)


def fails_as_before(steps: nx.DiGraph, tasks: tuple[Unit, ...], of: dict[str, str]) -> None:
    """A check or an evaluation that fails stops nothing outside of its task that it would not have stopped alone."""
    if len(tasks) < 2:
        return
    for task in tasks:
        judging = [step for step in task.steps if step.kind in ("check", "evaluate")]
        waiting = {
            other for step in task.steps for other in steps.successors(step.id) if of.get(other, task.id) != task.id
        }
        for step in judging:
            assert waiting <= nx.descendants(steps, step.id)


def some_program(dice: random.Random) -> str:
    """Sources, transforms, checks and references at random."""
    lines = [f'source s{number} = csv("s{number}.csv") {{ id: int key; x: float }}' for number in range(3)]
    tables = ["s0", "s1", "s2"]
    for number in range(dice.randint(2, 8)):
        base, other = dice.choice(tables), dice.choice(tables)
        verbs = ["filter x > 1"]
        if other != base:
            verbs.append(f"semi join {other} on id == {other}.id")
        lines.append(f"transform t{number} = {base} {{ {'; '.join(verbs)} }}")
        tables.append(f"t{number}")
    for _ in range(dice.randint(1, 6)):
        table, other = dice.sample(tables[:3], 2) if dice.random() < 0.5 else (dice.choice(tables), None)
        condition = f"id references {other}.id" if other else "x > 0"
        lines.append(f"check {table} {{ expect {condition}{dice.choice(['', ' else warn', ' else quarantine'])} }}")
    return "\n".join(lines) + "\n"
