"""ML302: columns computed across rows before the split."""

from __future__ import annotations

import pytest

from tests.support.leaks import JUDGED, MODEL, SPLIT, found, of_customers, of_orders

GROUPED = SPLIT.replace("}", "; group: city }")
MEANS = "transform means = customers { group by plan { typical = mean(tenure); most = max(tenure) } }\n"
VISITS = "transform features = visits {\nVERBS\n}\nsplit data = features { train: 70%; test: 30%; group: patient }\n"
ILL = "model m = predict ill from data { algorithm gradient_boosting }\n" + JUDGED


def of_visits(verbs: str, more: str = "") -> str:
    return more + VISITS.replace("VERBS", verbs) + ILL


LEAKING = {
    "a window over all": (of_customers("derive share_of = spent / sum(spent) over ()"), "share_of"),
    "a window over a group": (of_customers("derive typical = mean(tenure) over (partition by plan)"), "typical"),
    "a rank": (of_customers("derive place = rank() over (order by spent)"), "place"),
    "a lag by something else than time": (of_customers("derive other = lag(spent, 1) over (order by tenure)"), "other"),
    "an aggregate joined back": (of_customers("left join means on plan == means.plan", MEANS), "typical"),
    "counting": (of_customers("derive n = count() over (partition by city)"), "n"),
    "through renames and transforms": (
        of_customers(
            "left join means on plan == means.of\nderive rest = tenure - typical\ndrop typical",
            "transform first = customers { rename plan to of }\n"
            "transform means = first { group by of { typical = mean(tenure) } }\n",
        ),
        "typical",
    ),
    "a row of another customer": (
        of_customers(
            "left join others on tenure == others.id",
            "transform others = customers { select id, spent; rename spent to theirs }\n",
        ),
        "others",
    ),
    "by another column than the split's group": (
        "transform features = customers { derive n = mean(spent) over (partition by plan) }\n"
        + GROUPED
        + MODEL
        + JUDGED,
        "n",
    ),
    "the target": (
        "transform features = customers { derive rich = spent > mean(spent) over () ; drop spent }\n"
        + SPLIT
        + MODEL.replace("churned", "rich")
        + JUDGED,
        "rich",
    ),
    "sql": (
        of_customers("derive x = 1").replace(
            "transform features = customers {\nderive x = 1\n}",
            'transform features = sql("""select *, avg(tenure) over (partition by plan) as typical'
            ' from {customers}""")',
        ),
        "avg(tenure) over (partition by plan) as typical",
    ),
    "an average in a subquery": (
        of_customers("derive x = 1").replace(
            "transform features = customers {\nderive x = 1\n}",
            'transform features = sql("""select *, tenure / (select avg(tenure) from {customers}) as r'
            ' from {customers}""")',
        ),
        "tenure / (select avg(tenure) from {customers}) as r",
    ),
}

CLEAN = {
    "of the row": of_customers("derive per = spent / tenure"),
    "within the split's group": of_visits("derive usual = mean(pressure) over (partition by patient)"),
    "within the split's group, joined back": of_visits(
        "left join usual on patient == usual.patient",
        "transform usual = visits { group by patient { usual = mean(pressure) } }\n",
    ),
    "within a part of the split's group": of_visits("derive n = count() over (partition by patient, ward)"),
    "within the row's own key": of_customers("derive n = count() over (partition by id)"),
    "up to the row by time": of_orders("derive so_far = sum(amount) over (partition by customer order by day)"),
    "the last rows by time": of_orders("derive recent = mean(amount) over (order by day rows 7)"),
    "another table": of_customers(
        "left join talk on id == talk.customer",
        "transform talk = calls { group by customer { minutes = sum(minutes) } }\n",
    ),
    "whole rows once": of_customers("distinct\nderive per = spent / tenure"),
    "a sample and the first rows": of_customers("sort by tenure\ntake 1000\nsample 50%"),
    "after the split": SPLIT.replace("features", "customers")
    + "transform means = data.train { group by plan { typical = mean(tenure) } }\n"
    "transform train = data.train { left join means on plan == means.plan }\n"
    "transform test = data.test { left join means on plan == means.plan }\n"
    "model m = predict churned from train { algorithm gradient_boosting }\n"
    "evaluate m on test { expect roc_auc > 0.6 }\n",
    "a target of the next row under time": "transform features = orders {\n"
    "derive next = lead(returned, 1) over (partition by customer order by day)\nfilter next is not null }\n"
    "split data = features { train: 70%; test: 30%; time: day }\n"
    "model m = predict next from data { algorithm gradient_boosting }\n" + JUDGED,
    "rows put together before": "transform people = orders { group by customer { n = count(); bad = max(late) } }\n"
    "split data = people { train: 70%; test: 30% }\n"
    "model m = predict bad from data { algorithm ridge }\nevaluate m on data.test { expect rmse < 3 }\n",
    "sql of another table": of_customers(
        "left join talk on id == talk.customer",
        'transform talk = sql("""select customer, sum(minutes) as total from {calls} group by customer""")\n',
    ),
    "a window that is not used": of_customers("derive place = rank() over (order by spent)\ndrop place"),
}


@pytest.mark.parametrize(("program", "span"), LEAKING.values(), ids=LEAKING)
def test_what_mixes_the_parts_is_found(program, span):
    assert found(program) == [("ML302", span)]


@pytest.mark.parametrize("program", CLEAN.values(), ids=CLEAN)
def test_what_does_not_is_not_flagged(program):
    assert found(program) == []
