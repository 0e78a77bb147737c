"""ML301: features computed from the target of their own row, and targets that the features give away."""

from __future__ import annotations

import pytest

from tests.support.leaks import BY_TIME, JUDGED, MODEL, RETURNS, SPLIT, found, of_customers, of_orders

RATES = "transform rates = customers { group by plan { rate = mean(if churned then 1 else 0) } }\n"

LEAKING = {
    "derived": (of_customers("derive flag = churned and tenure > 3"), "flag"),
    "a copy": (of_customers("derive flag = churned"), "flag"),
    "through a rename": (of_customers("derive flag = churned\nrename flag to mark\nderive mark = not mark"), "mark"),
    "the target renamed": (
        "transform features = customers { derive flag = if churned then 1 else 0; rename churned to gone }\n"
        + SPLIT
        + MODEL.replace("churned", "gone")
        + JUDGED,
        "flag",
    ),
    "through a dropped column": (of_customers("derive a = churned or tenure > 3\nderive b = not a\ndrop a"), "b"),
    "two features of one root": (of_customers("derive a = churned or tenure > 3\nderive b = not a"), "a"),
    "a rate joined back": (of_customers("left join rates on plan == rates.plan", RATES), "rate"),
    "a rate over all": (of_customers("derive rate = share(churned) over (partition by city)"), "rate"),
    "a rate up to the row itself": (of_orders("derive rate = share(returned) over (order by day)"), "rate"),
    "all rows up to here without the row itself": (
        of_orders(
            "derive n = sum(if returned then 1 else 0) over (order by day)\n"
            "derive before = n - (if returned then 1 else 0)\ndrop n"
        ),
        "before",
    ),
    "a partition by the target": (of_customers("derive typical = mean(tenure) over (partition by churned)"), "typical"),
    "through another table": (
        of_customers(
            "left join gone on id == gone.id\nderive gone = gone ?? 0",
            "transform gone = customers { filter churned; derive gone = 1; select id, gone }\n",
        ),
        "gone",
    ),
    "through transforms joined on the key": (
        of_customers(
            "left join marks on id == marks.id",
            "transform marks = customers { select id, churned; derive mark = churned; drop churned }\n",
        ),
        "mark",
    ),
    "through sql": (
        'transform features = sql("""select *, case when churned then 1 else 0 end as flag from {customers}""")\n'
        + SPLIT
        + MODEL
        + JUDGED,
        "churned then 1 else 0 end as flag",
    ),
    "of training rows only": (
        SPLIT.replace("features", "customers")
        + "transform rates = data.train { group by plan { rate = share(churned) } }\n"
        "transform train = data.train { left join rates on plan == rates.plan }\n"
        "transform test = data.test { left join rates on plan == rates.plan }\n"
        "model m = predict churned from train { algorithm gradient_boosting }\n"
        "evaluate m on test { expect roc_auc > 0.6 }\n",
        "rate",
    ),
    "the target of a feature": (
        "transform features = orders { derive is_late = late > 3 }\n"
        + BY_TIME
        + RETURNS.replace("returned", "is_late")
        + JUDGED,
        "is_late",
    ),
    "the target of two features": (
        "transform features = orders { derive big = amount * late > 100 }\n"
        + BY_TIME
        + RETURNS.replace("returned", "big")
        + JUDGED,
        "big",
    ),
}

CLEAN = {
    "no target in it": of_customers("derive is_new = tenure < 6"),
    "excluded": "transform features = customers { derive flag = churned }\n"
    + SPLIT
    + MODEL.replace("{ ", "{ features: all except (flag)\n ")
    + JUDGED,
    "dropped": of_customers("derive flag = churned\ndrop flag"),
    "a lag under time": of_orders("derive before = lag(returned, 1) over (partition by customer order by day)"),
    "a rate of earlier rows": of_orders(
        "derive rate = share(returned) over (partition by customer order by day)\n"
        "derive before = lag(rate, 1) over (partition by customer order by day)\ndrop rate"
    ),
    "an aggregate of another table": of_customers(
        "left join spend on id == spend.customer",
        "transform spend = orders { group by customer { total = sum(amount); bad = share(returned) } }\n",
    ),
    "a filter of the target": of_customers("filter not (churned and tenure < 0)\nderive per = spent / tenure"),
    "a target of what is dropped": "transform features = orders { derive is_late = late > 3; drop late }\n"
    + BY_TIME
    + RETURNS.replace("returned", "is_late")
    + JUDGED,
    "a target of two, one dropped": "transform features = orders { derive big = amount * late > 100; drop late }\n"
    + BY_TIME
    + RETURNS.replace("returned", "big")
    + JUDGED,
    "a target of an `after` column": "transform features = customers { derive back = refund > 10 }\n"
    + SPLIT
    + MODEL.replace("churned", "back")
    + JUDGED,
    "counting rows that all meet the condition": of_orders(
        "filter not (returned and late < 0)\nderive n = count() over (partition by customer order by day)"
    ),
}


@pytest.mark.parametrize(("program", "span"), LEAKING.values(), ids=LEAKING)
def test_the_target_in_a_feature_is_found(program, span):
    assert found(program) == [("ML301", span)]


@pytest.mark.parametrize("program", CLEAN.values(), ids=CLEAN)
def test_what_does_not_leak_is_not_flagged(program):
    assert found(program) == []
