"""ML305, ML306 and ML312: who and what a split may tear apart."""

from __future__ import annotations

import pytest

from tests.support.leaks import CUSTOMERS, JUDGED, MODEL, RETURNS, SPLIT, found, of_customers

ILL = "model m = predict ill from data { algorithm gradient_boosting }\n" + JUDGED
VISITS = SPLIT.replace("features", "visits")
BY_PATIENT = SPLIT.replace("}", "; group: patient }")
CALLS = "left join calls on id == calls.customer"


def of_visits(verbs: str, split: str = SPLIT) -> str:
    return f"transform features = visits {{\n{verbs}\n}}\n{split}{ILL}"


LEAKING = {
    "an entity": (VISITS + ILL, "ML305", "data"),
    "an entity that was dropped": (of_visits("drop patient"), "ML305", "data"),
    "an entity that was renamed": (of_visits("rename patient to who"), "ML305", "data"),
    "an entity, split by something else": (
        of_visits("derive a = pressure > 3", SPLIT.replace("}", "; group: ward }")),
        "ML305",
        "data",
    ),
    "an entity of the joined table": (
        'source people = csv("people.csv") {\n person: int key entity\n born: int\n}\n'
        'source stays = csv("stays.csv") {\n stay: int key\n who: int\n days: int\n ill: bool\n}\n'
        "transform features = stays { left join people on who == people.person }\n" + SPLIT + ILL,
        "ML305",
        "data",
    ),
    "a key that a join repeats": (of_customers(CALLS), "ML305", "data"),
    "a key that a join repeats, dropped then": (of_customers(CALLS + "\ndrop id"), "ML305", "data"),
    "a key that a union repeats": (
        "transform early = customers { derive value = tenure; drop tenure, spent }\n"
        "transform late = customers { derive value = tenure * 2; drop tenure, spent }\n"
        "transform features = early { union late }\n" + CUSTOMERS,
        "ML305",
        "data",
    ),
    "a time": (SPLIT.replace("features", "orders") + RETURNS + JUDGED, "ML306", "data"),
    "a time that was renamed": (
        "transform features = orders { rename day to when }\n" + SPLIT + RETURNS + JUDGED,
        "ML306",
        "data",
    ),
    "a time, split by a group": (
        SPLIT.replace("features", "orders").replace("}", "; group: customer }") + RETURNS + JUDGED,
        "ML306",
        "data",
    ),
    "a table united with itself": (of_customers("union customers"), "ML312", "customers"),
    "a table united with a part of itself": (
        of_customers("union gone", "transform gone = customers { filter churned }\n"),
        "ML312",
        "gone",
    ),
    "a table united with a sample of itself": (
        of_customers("union some\nderive per = spent / tenure", "transform some = customers { sample 10% }\n"),
        "ML312",
        "some",
    ),
    "copies without a key": (
        "transform more = calls { union calls }\nsplit data = more { train: 70%; test: 30% }\n"
        "model m = predict minutes from data { algorithm ridge }\nevaluate m on data.test { expect rmse < 3 }\n",
        "ML312",
        "calls",
    ),
    "in sql": (
        'transform features = sql("""select * from {customers} union all select * from {customers}""")\n' + CUSTOMERS,
        "ML312",
        "features",
    ),
}

CLEAN = {
    "the entity is the group": of_visits("derive a = pressure > 3", BY_PATIENT),
    "the renamed entity is the group": of_visits("rename patient to who", BY_PATIENT.replace("patient", "who")),
    "a group made of the entity": of_visits("derive clan = patient // 10", BY_PATIENT.replace("patient", "clan")),
    "one row an entity": "transform features = visits { group by patient { ill = max(pressure) > 3.0; n = count() } }\n"
    + SPLIT
    + ILL,
    "the last visit of each": of_visits("sort by pressure\ndistinct on patient"),
    "a join that repeats nothing": of_customers(
        "left join talk on id == talk.customer",
        "transform talk = calls { group by customer { minutes = sum(minutes) } }\n",
    ),
    "a join on what a check finds unique": "check calls { expect unique(customer) }\n" + of_customers(CALLS),
    "a repeated key is the group": f"transform features = customers {{ {CALLS} }}\n"
    + SPLIT.replace("}", "; group: id }")
    + MODEL
    + JUDGED,
    "many to one": "transform features = orders { left join customers on customer == customers.id\n"
    "drop day, churned }\n" + SPLIT + RETURNS + JUDGED,
    "tables of other rows united": 'source old = csv("old.csv") {\n customer: int\n minutes: float\n}\n'
    "transform every = calls { union old }\nsplit data = every { train: 70%; test: 30% }\n"
    "model m = predict minutes from data { algorithm ridge }\nevaluate m on data.test { expect rmse < 3 }\n",
    "parts united that are apart": of_customers(
        "filter tenure < 12\nunion old", "transform old = customers { filter tenure >= 12 }\n"
    ),
    "copies taken out": of_customers("union customers\ndistinct"),
    "a sample": of_customers("sample 10%"),
    "the training part united with itself": SPLIT.replace("features", "customers")
    + "transform twice = data.train { union data.train }\n"
    "model m = predict churned from twice { algorithm random_forest }\n" + JUDGED,
    "by time": SPLIT.replace("features", "orders").replace("}", "; time: day }") + RETURNS + JUDGED,
    "meant to be random": SPLIT.replace("features", "orders").replace("}", "; random: true }") + RETURNS + JUDGED,
    "the time is gone": "transform features = orders { drop day }\n" + SPLIT + RETURNS + JUDGED,
}


@pytest.mark.parametrize(("program", "code", "span"), LEAKING.values(), ids=LEAKING)
def test_what_is_torn_apart_is_found(program, code, span):
    assert found(program) == [(code, span)]


@pytest.mark.parametrize("program", CLEAN.values(), ids=CLEAN)
def test_what_stays_together_is_not_flagged(program):
    assert found(program) == []
