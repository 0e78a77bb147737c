"""The plan's JSON: the same plan comes back, anything else is refused with a sentence, the schema is published."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import jsonschema
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mldsl.catalog.types import Type
from mldsl.errors import PlanError
from mldsl.plan import nodes
from mldsl.plan.document import dump, json_schema, load, pretty
from mldsl.plan.expressions import Call, ColumnRef, Constant, Expression
from mldsl.plan.lower import lower
from tests.support.golden import same_as
from tests.support.programs import customers_and_check, shop

ROOT = Path(__file__).parent.parent.parent
VALIDATOR = jsonschema.Draft202012Validator(json_schema())

types = st.builds(
    Type,
    st.sampled_from(["bool", "int", "float", "string", "date", "enum", "vector"]),
    st.booleans(),
    st.lists(st.text(max_size=3), max_size=2).map(tuple),
    st.integers(0, 3),
)
values = (
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5)
)
leaves = st.builds(Constant, type=types, value=values) | st.builds(ColumnRef, type=types, name=st.text(max_size=4))
expressions = st.recursive(
    leaves,
    lambda inner: st.builds(
        Call, type=types, function=st.sampled_from(["+", "and", "??"]), arguments=st.lists(inner, max_size=3).map(tuple)
    ),
    max_leaves=6,
)


def holding(condition: Expression) -> nodes.Plan:
    source = nodes.Step(
        id="source:a", kind="source", name="a", location="a.ml:1:1", body=nodes.SourceBody(connector="csv", columns=())
    )
    body = nodes.CheckBody(table="a", expectations=(nodes.Expectation(text="…", condition=condition),))
    table = nodes.Input(step="source:a", output="table")
    check = nodes.Step(id="check:a", kind="check", name="a", location="a.ml:2:1", inputs={"a": table}, body=body)
    return nodes.Plan(name="p", steps=(source, check))


def test_a_whole_plan_comes_back_as_it_was():
    plan = lower(shop())
    assert load(dump(plan)) == plan
    assert dump(load(dump(plan))) == dump(plan)


@given(expressions)
@settings(max_examples=60, deadline=None)
def test_any_expression_comes_back_as_it_was_and_fits_the_schema(condition: Expression):
    plan = holding(condition)
    text = dump(plan)
    assert load(text) == plan
    VALIDATOR.validate(json.loads(text))


@given(
    st.recursive(
        values, lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=4), inner, max_size=4)
    )
)
@settings(max_examples=60, deadline=None)
def test_pretty_json_is_json(value: object):
    assert json.loads(pretty(value)) == value


def test_a_whole_plan_fits_the_schema():
    VALIDATOR.validate(json.loads(dump(lower(shop()))))


def test_the_schema_refuses_what_a_plan_must_not_hold():
    document = json.loads(dump(lower(customers_and_check())))
    document["steps"][0]["surprise"] = 1
    assert not VALIDATOR.is_valid(document)


def test_the_published_schema_is_up_to_date():
    same_as(ROOT / "docs" / "reference" / "plan.schema.json", pretty(json_schema()))


def test_the_order_of_a_dict_does_not_change_the_text():
    plan = lower(shop())
    orders = plan.step("check:orders")
    turned = replace(orders, inputs=dict(reversed(orders.inputs.items())))
    steps = tuple(turned if step is orders else step for step in plan.steps)
    assert dump(replace(plan, steps=steps)) == dump(plan)


def changed(**changes: object) -> str:
    return json.dumps(json.loads(dump(lower(customers_and_check()))) | changes)


def with_step(index: int, **changes: object) -> str:
    document = json.loads(dump(lower(customers_and_check())))
    document["steps"][index] |= changes
    return json.dumps(document)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "not valid JSON"),
        ("[1]", "a JSON object is wanted"),
        ("[" * 100_000, "nested too deeply"),
        ('{"steps": []}', "it has no `version`"),
        ('{"version": true}', "it has no `version`"),
        ('{"version": 1, "name": NaN, "steps": []}', "NaN is not a JSON number"),
        ('{"version": 1, "steps": []}', "at name: Field required"),
        (changed(version=2), "the plan has version 2; this mldsl reads plans up to version 1"),
        (changed(name=3), "at name: Input should be a valid string"),
        (changed(extra=3), "at extra: there is no such field"),
        (with_step(1, id="source:customers"), "two steps are called `source:customers`"),
        (with_step(1, after=["model:m"]), "`check:customers` needs `model:m`, which does not stand before it"),
        (with_step(1, kind="model"), "`check:customers` is a model with the body of a check"),
        (
            with_step(1, inputs={"customers": {"step": "source:customers", "output": "rows"}}),
            "`source:customers` gives no `rows`, which `check:customers` reads",
        ),
    ],
)
def test_what_is_no_plan_is_refused_with_a_reason(text: str, message: str):
    with pytest.raises(PlanError) as caught:
        load(text)
    assert message in caught.value.message
    assert "\n" not in caught.value.message


def test_a_newer_plan_is_refused_with_a_way_out():
    with pytest.raises(PlanError) as caught:
        load(changed(version=7))
    assert caught.value.help == "run it with the mldsl that compiled it, or a newer one"
