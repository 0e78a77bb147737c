"""A step's fingerprint: what it does changes it, what is said about it does not."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import fields, replace
from datetime import timedelta

import pytest

from mldsl.analysis.program import AlgorithmUse, ModelDecl, Program, Resources, SplitDecl, Threshold, Tune
from mldsl.catalog.types import STRING
from mldsl.plan.document import dump, load
from mldsl.plan.fingerprint import fingerprint
from mldsl.plan.lower import lower
from mldsl.plan.nodes import Plan
from mldsl.source import SourceFile
from mldsl.syntax.fmt import format_text
from tests.support.checking import analyze_text
from tests.support.programs import HERE, at, shop


def prints(program: Program) -> dict[str, str]:
    return {step.id: fingerprint(step) for step in lower(program).steps}


def changed(before: Program, after: Program) -> set[str]:
    """The steps whose fingerprints differ."""
    one, other = prints(before), prints(after)
    assert one.keys() == other.keys()
    return {id_ for id_ in one if one[id_] != other[id_]}


def with_model(**changes: object) -> Program:
    program = shop()
    model = replace(program.models["churn_model"], **changes)  # type: ignore[arg-type]
    return replace(program, models={"churn_model": model})


def with_split(**changes: object) -> Program:
    program = shop()
    split = replace(program.splits["data"], **changes)  # type: ignore[arg-type]
    return replace(program, splits={"data": split})


def test_documentation_places_and_resources_do_not_count():
    program = shop()
    spend = replace(program.transforms["spend"], doc="Said anew.", span=at(199))
    model = replace(program.models["churn_model"], doc=None, span=at(198), resources=Resources(cpu=64))
    moved = replace(
        program,
        transforms={**program.transforms, "spend": spend},
        models={"churn_model": model},
        doc="Other.",
        path="projects/shop/x.ml",
    )
    assert changed(program, moved) == set()


MODEL_CHANGES: dict[str, object] = {
    "task": "multiclass",
    "features": (),
    "prepare": (),
    "algorithms": (AlgorithmUse("knn", "sklearn.neighbors.KNeighborsClassifier", {}, HERE),),
    "tune": Tune("roc_auc", True, trials=21, cv=3, timeout=timedelta(minutes=10)),
    "cv": 4,
    "classes": (True, False),
    "positive": False,
    "class_weight": None,
    "weight": "monthly",
    "calibrate": "sigmoid",
    "threshold": Threshold(value=0.4),
}


@pytest.mark.parametrize("name", MODEL_CHANGES)
def test_every_option_of_a_model_counts(name: str):
    assert "model:churn_model" in changed(shop(), with_model(**{name: MODEL_CHANGES[name]}))


def test_every_field_of_a_model_is_looked_at():
    told = {"name", "doc", "span", "resources"}  # do not count
    wired = {"goal", "target", "table", "split", "outputs"}  # cannot change alone in a program that holds together
    assert told | wired | MODEL_CHANGES.keys() == {field.name for field in fields(ModelDecl)}


SPLIT_CHANGES: dict[str, object] = {
    "shares": {"train": 0.7, "validation": 0.1, "test": 0.2},
    "key": ("id", "since"),
    "seed": 7,
    "stratify": None,
    "time": "since",
    "group": "plan",
}


@pytest.mark.parametrize("name", SPLIT_CHANGES)
def test_every_option_of_a_split_counts(name: str):
    assert "split:data" in changed(shop(), with_split(**{name: SPLIT_CHANGES[name]}))


def test_what_only_the_checker_asks_of_a_split_does_not_count():
    assert changed(shop(), with_split(random=True)) == set()
    told = {"name", "doc", "span", "budget", "random"}
    assert told | {"table", "schema"} | SPLIT_CHANGES.keys() == {field.name for field in fields(SplitDecl)}


JUDGING = {
    "evaluate:churn_model on data.test",
    "evaluate:churn_model on data.test:2",
    "deploy:churn_api",
    "deploy:nightly",
}


def test_the_budget_of_a_split_counts_where_models_are_judged():
    assert changed(shop(), with_split(budget=3)) == JUDGING


def test_a_changed_source_changes_its_own_fingerprint_alone():
    program = shop()
    source = program.sources["orders"]
    retyped = replace(
        source.schema, columns=(replace(source.schema.columns[0], type=STRING.with_null()), *source.schema.columns[1:])
    )
    other = replace(program, sources={**program.sources, "orders": replace(source, schema=retyped)})
    assert changed(program, other) == {"source:orders"}
    elsewhere = replace(source, arguments={"path": "projects/shop/other.parquet"})
    assert changed(program, replace(program, sources={**program.sources, "orders": elsewhere})) == {"source:orders"}


def test_the_seed_of_the_pipeline_counts_for_what_is_random():
    program = shop()
    reseeded = replace(program, settings=replace(program.settings, seed=43))
    assert changed(program, reseeded) == {"model:churn_model", *JUDGING}


def test_a_plan_read_back_has_the_same_fingerprints():
    plan = lower(shop())
    back: Plan = load(dump(plan))
    assert [fingerprint(step) for step in back.steps] == [fingerprint(step) for step in plan.steps]


def test_fingerprints_are_the_same_in_every_process():
    """Neither the order of a set nor the hash seed may leak in."""
    code = (
        "from tests.support.programs import shop; from mldsl.plan.lower import lower;"
        "from mldsl.plan.fingerprint import fingerprint;"
        "print(*(fingerprint(step) for step in lower(shop()).steps))"
    )
    runs = {
        subprocess.run(
            [sys.executable, "-c", code],
            capture_output=True,
            text=True,
            check=True,
            env={"PYTHONHASHSEED": seed, "PYTHONPATH": "."},
        ).stdout
        for seed in ("1", "2")
    }
    assert len(runs) == 1
    assert runs.pop().split() == list(prints(shop()).values())


def test_layout_does_not_count():
    """The conditions' texts are part of what a check reports, and so of its fingerprint: as the formatter has them."""
    ugly = """\
pipeline p{}
source t=csv("t.csv"){a:int key;b:bool;c:float}
check t{expect a>0   # positive
expect null_rate( c )<=5% else warn}
split s=t{train:50%;test:50%}
model m=predict b from s{algorithm ridge{alpha:2.0}}
evaluate m on s.test{expect accuracy>=0.5 and
  f1>0.1 with confidence 90%}
deploy d=m to registry("m"){require f1>  champion.f1}
"""
    laid_out = format_text(SourceFile("p.ml", ugly)).text
    assert laid_out is not None and laid_out != ugly
    one, other = (analyze_text(text).program for text in (ugly, laid_out))
    assert one is not None and other is not None
    assert changed(one, other) == set()
