"""From text to plan: every program that the checker accepts has one, and it is whole."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

import mldsl
from mldsl.diagnostics.codes import CODES
from mldsl.plan.document import dump, json_schema, load
from mldsl.plan.links import check_links
from mldsl.plan.nodes import Plan
from mldsl.plan.render import FORMATS, render
from tests.support.golden import same_as
from tests.support.pages import read_page

ROOT = Path(__file__).parent.parent.parent
GOLDEN = Path(__file__).parent / "golden"
VALIDATOR = jsonschema.Draft202012Validator(json_schema())


def hold(plan: Plan) -> None:
    """What must be true of any plan."""
    check_links(plan)
    text = dump(plan)
    assert load(text) == plan
    assert dump(load(text)) == text  # 1 and 1.0 are equal, and not the same
    VALIDATOR.validate(json.loads(text))
    for format in FORMATS:
        assert render(plan, format).endswith("\n")


@pytest.mark.parametrize("code", CODES)
def test_the_right_program_of_every_page_has_a_plan(code: str, tmp_path: Path):
    loaded = mldsl.load(read_page(code).write(tmp_path, read_page(code).right))
    assert loaded.ok, [item.message for item in loaded.diagnostics]
    hold(loaded.plan())
    for profile in loaded.profiles:
        hold(mldsl.load(loaded.path, profile=profile).plan())


@pytest.mark.parametrize("path", sorted(ROOT.glob("examples/*/*.ml")), ids=lambda path: path.stem)
def test_every_example_has_a_plan(path: Path):
    hold(mldsl.load(path).plan())


@pytest.mark.parametrize("profile", [None, "prod"])
def test_the_churn_example_has_the_plan_that_the_golden_file_has(profile: str | None):
    plan = mldsl.load(ROOT / "examples" / "churn" / "churn.ml", profile=profile).plan()
    hold(plan)
    same_as(GOLDEN / f"churn{'.prod' if profile else ''}.plan.json", dump(plan))
    same_as(GOLDEN / f"churn{'.prod' if profile else ''}.graph.txt", render(plan, "text"))


def test_a_plan_is_the_same_wherever_the_program_is_called_from(monkeypatch: pytest.MonkeyPatch):
    monkeypatch.chdir(ROOT)
    here = dump(mldsl.load("examples/churn/churn.ml").plan())
    monkeypatch.chdir(ROOT / "examples" / "churn")
    assert dump(mldsl.load("churn.ml").plan()) == here
    monkeypatch.chdir(ROOT / "examples" / "penguins")
    assert dump(mldsl.load("../churn/churn.ml").plan()) == here
    assert dump(mldsl.load(ROOT / "examples" / "churn" / "churn.ml").plan()) == here
