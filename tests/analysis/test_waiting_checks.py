"""ML104: checks that refer to tables which are made only after them."""

from __future__ import annotations

import pytest

from tests.support.checking import check_text

PROGRAM = """pipeline shop {{}}

source orders = csv("orders.csv") {{ id: int key; customer: int; big: bool }}
source people = csv("people.csv") {{ id: int key; group: int }}

check orders {{ expect customer references {orders} }}
check people {{ expect unique(id); expect {people} }}

transform sums = orders {{ group by customer {{ n = count() }} }}
transform groups = people {{ group by group {{ members = count() }} }}
transform joined = sums {{ join groups on customer == groups.group }}

split data = orders {{ train: 70%; test: 30% }}
model m = predict big from data {{ algorithm logistic_regression }}
evaluate m on data.test {{ expect roc_auc >= 0.5 }}
"""


def found(orders: str, people: str = "group > 0") -> list[tuple[str, str]]:
    text = PROGRAM.format(orders=orders, people=people)
    return [(item.code, item.span.text) for item in check_text(text) if item.code == "ML104"]


@pytest.mark.parametrize(
    ("orders", "people", "places"),
    [
        ("sums.customer", "group > 0", ["sums.customer"]),
        ("joined.customer", "group > 0", ["joined.customer"]),
        ("data.train.customer", "group > 0", ["data.train.customer"]),
        ("groups.group", "group references sums.customer", ["groups.group", "sums.customer"]),
    ],
    ids=["a group of it", "through two tables", "a part of its split", "each waits for the other"],
)
def test_a_table_made_after_the_check(orders: str, people: str, places: list[str]) -> None:
    assert found(orders, people) == [("ML104", place) for place in places]


@pytest.mark.parametrize(
    ("orders", "people"),
    [("people.id", "group > 0"), ("people.id", "id references orders.customer"), ("groups.group", "group > 0")],
    ids=["another source", "each source the other", "made from another source"],
)
def test_a_table_that_can_be_made_before(orders: str, people: str) -> None:
    assert found(orders, people) == []


def test_a_name_declared_twice_is_one_mistake() -> None:
    text = PROGRAM.format(orders="people.id", people="group > 0").replace("transform sums = ", "transform people = ")
    assert [item.code for item in check_text(text) if item.code in ("ML102", "ML104")] == ["ML102"]
