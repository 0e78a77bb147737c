"""ML303, ML304 and ML313: what models are fitted on, and what judges them."""

from __future__ import annotations

import pytest

from tests.support.leaks import JUDGED, MODEL, SPLIT, found

DATA = SPLIT.replace("features", "customers")
OTHER = "split other = customers { train: 80%; test: 20%; seed: 3 }\n"
THREE = "split data = customers { train: 60%; validation: 20%; test: 20% }\n"
ON = "{ algorithm random_forest }\n"
HALVES = (
    "transform past = orders { filter day < cutoff }\ntransform later = orders { filter day >= cutoff }\n"
    "split data = past { train: 70%; test: 30%; time: day }\n"
    "model m = predict returned from data { algorithm random_forest }\n"
)

LEAKING = {
    "on the test part": (DATA + MODEL.replace("from data", "from data.test") + JUDGED, "ML303", "data.test"),
    "on both parts": (
        f"{DATA}transform all_of = data.train {{ union data.test }}\n"
        f"model m = predict churned from all_of {ON}{JUDGED}",
        "ML303",
        "all_of",
    ),
    "on a table made with a test part": (
        f"{DATA}transform rates = data.test {{ group by plan {{ n = count() }} }}\n"
        "transform train = data.train { left join rates on plan == rates.plan }\n"
        "transform test = data.test { left join rates on plan == rates.plan }\n"
        f"model m = predict churned from train {ON}evaluate m on test {{ expect f1 > 0.5 }}\n",
        "ML303",
        "train",
    ),
    "on the whole table": (f"{DATA}model m = predict churned from customers {ON}{JUDGED}", "ML303", "customers"),
    "on more than the whole table": (
        f"transform some = customers {{ filter tenure > 3 }}\n{DATA.replace('customers', 'some')}"
        f"model m = predict churned from customers {ON}{JUDGED}",
        "ML303",
        "customers",
    ),
    "clusters of the whole table": (
        "model kinds = cluster customers { features: tenure, spent; algorithm kmeans }\n"
        "transform features = customers { predict with kinds }\n" + SPLIT + MODEL + JUDGED,
        "ML303",
        "customers",
    ),
    "through python": (
        f'{DATA}transform all_of = sql("""select * from {{data.train}} union all select * from {{data.test}}""")\n'
        f"model m = predict churned from all_of {ON}{JUDGED}",
        "ML303",
        "all_of",
    ),
    "judged on the training part": (DATA + MODEL + JUDGED.replace("data.test", "data.train"), "ML304", "data.train"),
    "judged on everything": (DATA + MODEL + JUDGED.replace("data.test", "customers"), "ML304", "customers"),
    "judged on another split": (
        DATA + OTHER + MODEL + JUDGED.replace("data.test", "other.test"),
        "ML304",
        "other.test",
    ),
    "judged on a transform of the training part": (
        f"{DATA}{MODEL}transform young = data.train {{ filter tenure < 3 }}\n{JUDGED.replace('data.test', 'young')}",
        "ML304",
        "young",
    ),
    "judged on the validation part that chose its threshold": (
        f"{THREE}{MODEL.replace('{ ', '{ threshold: maximize(f1); ')}{JUDGED.replace('data.test', 'data.validation')}",
        "ML304",
        "data.validation",
    ),
    "judged on what a model below was fitted on": (
        f"{THREE}model first = predict churned from data {ON}"
        "transform scored = data.validation { predict with first }\n"
        "transform known = data.train { predict with first }\n"
        f"model m = predict churned from scored {ON}evaluate m on known {{ expect f1 > 0.5 }}\n",
        "ML304",
        "known",
    ),
    "another source of the same data": (
        'source again = csv("customers.csv") {\n id: int key\n city: string\n plan: string\n tenure: int\n'
        " spent: float\n"
        f" churned: bool\n}}\n{DATA}{MODEL.replace('{ ', '{ features: tenure, spent; ')}"
        + JUDGED.replace("data.test", "again"),
        "ML304",
        "again",
    ),
    "stacked on its own rows": (
        f"{DATA}model first = predict churned from data {ON}transform scored = data.train {{ predict with first }}\n"
        f"split inner = scored {{ train: 80%; test: 20% }}\nmodel m = predict churned from inner {ON}"
        "evaluate m on inner.test { expect f1 > 0.5 }\n",
        "ML313",
        "first",
    ),
    "stacked before the split": (
        f"{DATA}model first = predict churned from data {ON}transform scored = customers {{ predict with first }}\n"
        f"model m = predict churned from scored {ON}",
        "ML313",
        "first",
    ),
    "stacked through a derived column": (
        f"{DATA}model first = predict churned from data {ON}"
        "transform scored = data.train { predict with first\nderive sure = churned_probability > 0.9\n"
        "drop churned_probability, churned_predicted }\n"
        f"model m = predict churned from scored {ON}",
        "ML313",
        "first",
    ),
}

CLEAN = {
    "the test part": DATA + MODEL + JUDGED,
    "the validation part where nothing is searched": THREE + MODEL + JUDGED.replace("data.test", "data.validation"),
    "a part of the test part": f"{DATA}{MODEL}transform young = data.test {{ filter tenure < 3 }}\n"
    + JUDGED.replace("data.test", "young"),
    "everything, judged by nothing": f"model m = predict churned from customers {ON}"
    'deploy d = m to registry("x") { require approval("us") }\n',
    "what is not in the test part": DATA + "transform rest = customers { anti join data.test on id == data.test.id }\n"
    f"model m = predict churned from rest {ON}{JUDGED}",
    "rows of another time": HALVES + "evaluate m on later { expect roc_auc > 0.6 }\n",
    "rows on the other side of a number": "transform young = customers { filter tenure < 12 }\n"
    "transform old = customers { filter not (tenure < 12) }\n"
    + DATA.replace("customers", "young")
    + MODEL
    + JUDGED.replace("data.test", "old"),
    "a split of a part": f"{DATA}split inner = data.train {{ train: 80%; test: 20% }}\n"
    f"model m = predict churned from inner {ON}evaluate m on inner.test {{ expect f1 > 0.5 }}\n",
    "a split of a part, judged by the other": f"{DATA}split inner = data.train {{ train: 80%; test: 20% }}\n"
    f"model m = predict churned from inner {ON}{JUDGED}",
    "stacked on other rows": f"{THREE}model first = predict churned from data {ON}"
    "transform scored = data.validation { predict with first }\ntransform asked = data.test { predict with first }\n"
    f"model m = predict churned from scored {ON}evaluate m on asked {{ expect f1 > 0.5 }}\n",
    "clusters of training rows": DATA
    + "model kinds = cluster data.train { features: tenure, spent; algorithm kmeans }\n"
    "transform train = data.train { predict with kinds }\ntransform test = data.test { predict with kinds }\n"
    f"model m = predict churned from train {ON}evaluate m on test {{ expect f1 > 0.5 }}\n",
    "scores of everything, fitted on by nothing": f"{DATA}{MODEL}{JUDGED}"
    "transform scored = customers { predict with m }\ncheck scored { expect rows() > 0 }\n",
}


@pytest.mark.parametrize(("program", "code", "span"), LEAKING.values(), ids=LEAKING)
def test_rows_on_both_sides_are_found(program, code, span):
    assert found(program) == [(code, span)]


@pytest.mark.parametrize("program", CLEAN.values(), ids=CLEAN)
def test_rows_that_are_apart_are_not_flagged(program):
    assert found(program) == []
