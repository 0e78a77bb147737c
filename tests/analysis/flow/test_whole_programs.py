"""Leaks across files and profiles, several at once, beside other mistakes, and in long programs."""

from __future__ import annotations

import pytest

from tests.support.checking import check_text
from tests.support.leaks import CUSTOMERS, JUDGED, MODEL, SOURCES, SPLIT, found, of_customers, of_orders
from tests.support.syntax import LANGUAGE

FLAG = "transform features = customers { derive flag = churned }\n"
PROFILE = (
    'profile prod { source customers = csv("c.csv") {\n id: int key\n city: string\n plan: string\n'
    " gender: string sensitive\n tenure: int\n spent: float after\n refund: float after\n churned: bool\n} }\n"
)


def test_a_leak_in_an_imported_file():
    assert found(f'import "lib.ml"\n{CUSTOMERS}', {"lib.ml": FLAG}) == [("ML301", "flag")]


def test_a_leak_under_a_profile_alone_has_a_label_on_it():
    said = check_text(SOURCES + of_customers("derive per = spent / tenure") + PROFILE)
    (leak,) = [item for item in said if item.code == "ML315"]
    assert leak.span.text == "per"
    assert ("prod", "under the profile `prod`") in [(label.span.text, label.text) for label in leak.labels]


def test_a_leak_of_the_program_itself_is_told_once():
    assert found(of_customers("derive flag = churned") + PROFILE.replace("spent: float after", "spent: float")) == [
        ("ML301", "flag")
    ]


def test_several_leaks_are_all_told():
    verbs = "derive flag = churned\nderive typical = mean(tenure) over ()\nderive back = refund > 2.0\n"
    verbs += 'derive f = gender == "f"'
    assert found(of_customers(verbs)) == [("ML301", "flag"), ("ML302", "typical"), ("ML315", "back"), ("ML311", "f")]


@pytest.mark.parametrize(
    ("more", "others"),
    [
        ("transform bad = customers { filter tenur > 3 }\ncheck bad { expect rows() > 1 }\n", [("ML201", "tenur")]),
        ("transform bad = customers { filtr tenure > 3 }\n", [("ML004", "filtr")]),
        ("check customers { expect tenur > 3 }\n", [("ML201", "tenur")]),
    ],
)
def test_a_leak_beside_other_mistakes(more, others):
    assert found(of_customers("derive flag = churned") + more) == [("ML301", "flag"), *others]


@pytest.mark.parametrize(
    "program",
    [
        of_customers("derive flag = churnd"),
        of_customers("derive flag = churned\nfilter tenur > 3"),
        FLAG + SPLIT.replace("test: 30%", "tset: 30%") + MODEL + JUDGED,
        FLAG.replace("= customers", "= custmers") + CUSTOMERS,
    ],
)
def test_what_cannot_be_understood_leaks_nothing(program):
    assert [code for code, _ in found(program) if code.startswith("ML3")] == []


def test_an_asof_table_of_daily_sums_is_fine():
    daily = "transform daily = orders { group by customer, day { total = sum(amount) } }\n"
    assert found(of_orders("asof join daily on customer == daily.customer and day >= daily.day", daily)) == []


def test_rates_of_rows_that_come_before_all_others_are_fine():
    rates = (
        "transform past = orders { filter day < cutoff }\n"
        "transform rates = past { group by customer { rate = share(returned) } }\n"
    )
    join = "left join rates on customer == rates.customer"
    assert found(of_orders(f"filter day >= cutoff\n{join}", rates)) == []
    assert found(of_orders(join, rates)) == [("ML301", "rate")]


def test_the_program_of_the_language_leaks_nothing():
    assert [item.code for item in check_text(LANGUAGE) if item.code.startswith("ML3")] == []


def test_long_chains_of_windows():
    lines = ["derive x0 = amount"]
    for number in range(1, 500):
        before = f"x{number - 1}"
        lag = f"lag({before}, 1) over (partition by customer order by day)"
        lines.append(f"derive x{number} = ({before} ?? 0.0) + {lag}")
    assert found(of_orders("\n".join(lines))) == []
