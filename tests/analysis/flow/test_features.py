"""ML308, ML311 and ML315: what should be no feature; ML309 and ML316 beside them."""

from __future__ import annotations

import pytest

from tests.support.leaks import CUSTOMERS, JUDGED, MODEL, SPLIT, found, of_customers

PLAIN = SPLIT.replace("features", "customers")
TWO = PLAIN + MODEL.replace("model m", "model a") + MODEL.replace("model m", "model b")
BOTH = "evaluate a on data.test { expect f1 > 0.5 }\nevaluate b on data.test { expect f1 > 0.5 }\n"


def named(columns: str, verbs: str = "take 1000") -> str:
    """A model whose features are named."""
    model = MODEL.replace("{ ", f"{{ features: {columns}\n ")
    return f"transform features = customers {{ {verbs} }}\n{SPLIT}{model}{JUDGED}"


LEAKING = {
    "a key": (named("id, tenure"), "ML308", "id"),
    "an entity": (
        SPLIT.replace("features", "visits").replace("}", "; group: patient }")
        + "model m = predict ill from data { features: pressure, patient; algorithm random_forest }\n"
        + JUDGED,
        "ML308",
        "patient",
    ),
    "a key under another name": (named("number, tenure", "rename id to number"), "ML308", "number"),
    "a copy of a key": (of_customers("derive number = id"), "ML308", "number"),
    "a sensitive column": (named("gender, tenure"), "ML311", "gender"),
    "derived of a sensitive column": (of_customers('derive f = gender == "f"'), "ML311", "f"),
    "derived, through a dropped column": (
        of_customers('derive f = gender == "f"\nderive g = not f\ndrop f'),
        "ML311",
        "g",
    ),
    "derived twice": (of_customers('derive f = gender == "f"\nderive g = not f'), "ML311", "f"),
    "looked up by a sensitive column": (
        of_customers(
            "left join rates on gender == rates.gender",
            'source rates = csv("rates.csv") {\n gender: string key\n rate: float\n}\n',
        ),
        "ML311",
        "rate",
    ),
    "a column known afterwards": (named("refund, tenure"), "ML315", "refund"),
    "derived of what is known afterwards": (of_customers("derive back = refund > 0"), "ML315", "back"),
    "through a transform and a rename": (
        of_customers(
            "left join money on id == money.id",
            "transform money = customers { rename refund to r; derive net = spent - r; select id, net }\n",
        ),
        "ML315",
        "net",
    ),
    "afterwards, in sql": (
        'transform features = sql("""select id, tenure, churned, spent - refund as net from {customers}""")\n'
        + CUSTOMERS,
        "ML315",
        "spent - refund as net",
    ),
    "two models on one test part": (TWO + BOTH, "ML309", "b on data.test"),
    "three models, two allowed": (
        (TWO + MODEL).replace("30% }", "30%; budget: 2 }") + BOTH + JUDGED,
        "ML309",
        "m on data.test",
    ),
    "two models on a part of it": (
        TWO + "transform young = data.test { filter tenure < 3 }\n" + BOTH.replace("b on data.test", "b on young"),
        "ML309",
        "b on young",
    ),
}

CLEAN = {
    "all columns": PLAIN + MODEL + JUDGED,
    "a function of a key": of_customers("derive shop = id % 10"),
    "sensitive for slices": (PLAIN + MODEL + JUDGED)
    .replace("}\nevaluate", "}\nevaluate")
    .replace("expect roc_auc > 0.6", "expect max_difference(recall, gender) <= 0.1"),
    "derived of a sensitive column, excluded": named("all except (f)", 'derive f = gender == "f"'),
    "grouped by a sensitive column, dropped": of_customers('derive f = gender == "f"\ndrop f'),
    "rows chosen by what is known afterwards": of_customers("filter refund >= 0"),
    "a target of what is known afterwards": "transform features = customers { derive back = refund > 10 }\n"
    + SPLIT
    + MODEL.replace("churned", "back")
    + JUDGED,
    "one model on both parts": "split data = customers { train: 60%; validation: 20%; test: 20% }\n"
    + MODEL
    + JUDGED
    + JUDGED.replace("data.test", "data.validation"),
    "one model twice": PLAIN + MODEL + JUDGED + JUDGED,
    "as many as are allowed": TWO.replace("30% }", "30%; budget: 2 }") + BOTH,
    "each on its own part": "split data = customers { train: 60%; validation: 20%; test: 20% }\n"
    + TWO.replace(PLAIN, "")
    + BOTH.replace("b on data.test", "b on data.validation"),
}


@pytest.mark.parametrize(("program", "code", "span"), LEAKING.values(), ids=LEAKING)
def test_what_should_be_no_feature_is_found(program, code, span):
    assert found(program) == [(code, span)]


@pytest.mark.parametrize("program", CLEAN.values(), ids=CLEAN)
def test_what_may_be_one_is_not_flagged(program):
    assert found(program) == []


SCHEMA = "{\n id: int key\n tenure: int\n score: float\n churned: bool\n}\n"


def python(arguments: str, rest: str) -> str:
    return f'transform features = python("steps.py:add", {arguments}) {SCHEMA}{rest}'


@pytest.fixture
def steps(tmp_path, monkeypatch):
    (tmp_path / "steps.py").write_text("def add(*tables):\n    return tables[0]\n")
    monkeypatch.chdir(tmp_path)


@pytest.mark.parametrize(
    "program",
    [
        python("customers", CUSTOMERS),
        python("customers, orders, cutoff", CUSTOMERS),
        python(
            "customers", "transform more = features { filter tenure > 3 }\n" + CUSTOMERS.replace("= features", "= more")
        ),
    ],
)
def test_ml316_a_python_step_before_the_split(program, steps):
    assert found(program) == [("ML316", "python")]


@pytest.mark.parametrize(
    "program",
    [
        python("customers, rowwise: true", CUSTOMERS),
        python("customers, rowwise: true", "transform more = features { filter tenure > 3 }\n" + CUSTOMERS),
        PLAIN
        + python("data.train", "")
        + python("data.test", "").replace("features", "asked")
        + "model m = predict churned from features { algorithm random_forest }\n"
        + "evaluate m on asked { expect f1 > 0.5 }\n",
    ],
)
def test_ml316_is_silent_about_what_is_declared_or_comes_after_the_split(program, steps):
    assert [item for item in found(program) if item[0] != "ML109"] == []
