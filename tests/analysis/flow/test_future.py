"""ML307: rows that look into their own future."""

from __future__ import annotations

import pytest

from tests.support.leaks import JUDGED, RETURNS, SPLIT, found, of_orders

RANDOM = "split data = features { train: 70%; test: 30%; random: true }\n"
CLIENTS = 'source clients = csv("clients.csv") {\n id: int key\n since: date time\n loyal: bool\n}\n'
SPEND = "transform spend = orders { BOUND group by customer { total = sum(amount); latest = max(day) } }\n"
OF_CLIENTS = (
    "transform features = clients { left join spend on id == spend.customer\n"
    "derive total = total ?? 0.0\ndrop latest }\n"
    "split data = features { train: 70%; test: 30%; time: since }\n"
    "model m = predict loyal from data { algorithm gradient_boosting }\n" + JUDGED
)


def of_clients(bound: str = "", join: str = "") -> str:
    text = CLIENTS + SPEND.replace("BOUND", bound) + OF_CLIENTS
    return text.replace("left join spend on id == spend.customer", join) if join else text


LEAKING = {
    "lead": (of_orders("derive next = lead(amount, 1) over (order by day)"), "next"),
    "lead, whatever the split": (of_orders("derive next = lead(amount, 1) over (order by day)", split=RANDOM), "next"),
    "a lag in falling order": (of_orders("derive next = lag(amount, 1) over (order by day desc)"), "next"),
    "a sum from here on": (
        of_orders("derive rest = sum(amount) over (partition by customer order by day desc)"),
        "rest",
    ),
    "lead of the target": (of_orders("derive next = lead(returned, 1) over (order by day)"), "next"),
    "through columns": (
        of_orders("derive a = lead(amount, 1) over (order by day)\nderive b = (a ?? 0.0) + amount\ndrop a"),
        "a",
    ),
    "a window over any time": (of_orders("derive usual = mean(amount) over (partition by customer)"), "usual"),
    "joined back without a bound": (
        of_orders(
            "left join usual on customer == usual.customer",
            "transform usual = orders { group by customer { usual = mean(amount) } }\n",
        ),
        "usual",
    ),
    "another table without a bound": (of_clients(), "total"),
    "another table with a lower bound only": (of_clients("filter day >= cutoff - 90d\n"), "total"),
    "another table in sql": (
        CLIENTS + 'transform spend = sql("""select customer, sum(amount) as total, max(day) as latest from {orders}'
        ' group by 1""")\n' + OF_CLIENTS,
        "sum(amount) as total",
    ),
    "the time dropped before": (
        of_clients("select customer, amount, day\nrename day to at\nderive day = at\n"),
        "total",
    ),
    "in a clean split by group": (
        of_orders(
            "derive next = lead(amount, 1) over (partition by customer order by day)",
            split="split data = features { train: 70%; test: 30%; group: customer; random: true }\n",
        ),
        "next",
    ),
}

CLEAN = {
    "lag": of_orders("derive before = lag(amount, 1) over (order by day)"),
    "lead in falling order": of_orders("derive before = lead(amount, 1) over (order by day desc)"),
    "a sum up to here": of_orders("derive so_far = sum(amount) over (partition by customer order by day)"),
    "a bound by a parameter": of_clients("filter day < cutoff\n"),
    "a bound by a constant": of_clients("filter day between @2024-01-01 and @2024-12-31\n"),
    "a bound in a sum": of_clients("filter day + 30d <= cutoff\n"),
    "a bound by the year": of_clients("filter year(day) < 2025\n"),
    "a bound by the row's own time": of_clients(
        "inner join clients on customer == clients.id\nfilter day < since\n".replace("inner ", "")
    ),
    "a bound in sql": CLIENTS
    + 'transform spend = sql("""select customer, sum(amount) as total, max(day) as latest from {orders}'
    ' where day < date \'2025-01-01\' group by customer""")\n' + OF_CLIENTS,
    "rows without a time": CLIENTS.replace("date time", "date") + SPEND.replace("BOUND", "") + OF_CLIENTS,
    "another table without a time": CLIENTS
    + "transform talk = calls { group by customer { minutes = sum(minutes) } }\n"
    "transform features = clients { left join talk on id == talk.customer }\n"
    "split data = features { train: 70%; test: 30%; time: since }\n"
    "model m = predict loyal from data { algorithm gradient_boosting }\n" + JUDGED,
    "asof": of_orders(
        "asof join prices on customer == prices.customer and day >= prices.day",
        'source prices = csv("prices.csv") {\n customer: int\n day: date time\n price: float\n}\n',
    ),
    "a lead that makes the target": "transform features = orders {\n"
    "derive next = lead(amount, 1) over (partition by customer order by day)\nfilter next is not null\n"
    "derive more = next > amount\ndrop next }\nsplit data = features { train: 70%; test: 30%; time: day }\n"
    "model m = predict more from data { algorithm gradient_boosting }\n" + JUDGED,
}


@pytest.mark.parametrize(("program", "span"), LEAKING.values(), ids=LEAKING)
def test_what_looks_ahead_is_found(program, span):
    assert found(program) == [("ML307", span)]


@pytest.mark.parametrize("program", CLEAN.values(), ids=CLEAN)
def test_what_looks_back_is_not_flagged(program):
    assert found(program) == []


def test_an_asof_join_the_wrong_way_round():
    prices = 'source prices = csv("prices.csv") {\n customer: int\n day: date time\n price: float\n}\n'
    program = of_orders("asof join prices on customer == prices.customer and day <= prices.day", prices)
    assert found(program) == [("ML307", "day <= prices.day")]


def test_a_lead_makes_no_target_of_a_random_split():
    program = (
        "transform features = orders {\nderive next = lead(returned, 1) over (order by day)\n"
        "filter next is not null }\n"
        + SPLIT.replace("}", "; random: true }")
        + RETURNS.replace("returned", "next")
        + JUDGED
    )
    assert found(program) == [("ML302", "next")]
