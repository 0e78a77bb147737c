"""`predict with`: the columns that a model adds to a table, and what the table must have."""

from __future__ import annotations

import pytest

from tests.support.checking import PRELUDE, columns, found

MODELS = f"""{PRELUDE}
split data = people {{ train: 70%; test: 30% }}
model yes = predict active from data {{ features: age, plan; algorithm logistic_regression }}
model which = predict plan from data {{ features: age; algorithm random_forest }}
model much = predict age from data {{ features: active; algorithm ridge }}
model near = cluster people {{ features: age; algorithm kmeans }}
model odd = detect anomalies in people {{ features: age }}
"""

ADDED = [
    ("yes", ["active_predicted: bool", "active_probability: float"]),
    (
        "which",
        [
            'plan_predicted: enum("basic", "pro", "team")',
            "plan_probability_basic: float",
            "plan_probability_pro: float",
            "plan_probability_team: float",
        ],
    ),
    ("much", ["age_predicted: float"]),
    ("near", ["cluster: int"]),
    ("odd", ["anomaly: bool", "anomaly_score: float"]),
]


@pytest.mark.parametrize(("model", "added"), ADDED)
def test_a_model_adds_its_columns(model: str, added: list[str]) -> None:
    text = f"{MODELS}transform result = people {{ predict with {model} }}\n"
    assert columns(text)[:12] == columns(text, "people")
    assert columns(text)[12:] == added


WRONG = [
    ("people { predict with yess }", [("ML101", "yess")]),
    ("people { predict with data }", [("ML103", "data")]),
    ("people { drop age; predict with yes }", [("ML507", "yes")]),
    ("people { derive plan = age; predict with yes }", [("ML507", "yes")]),
    ("people { derive active_predicted = 1; predict with yes }", [("ML206", "yes")]),
    ("people { predict with yes; predict with yes }", [("ML206", "yes")]),
    ("people { predict with yess; filter yess_predicted }", [("ML101", "yess")]),
    ("people { derive age = age + 0.5; predict with near }", [("ML507", "near")]),
    ("people { predict with yes; predict with which; filter active_predicted and plan_predicted == plan }", []),
    ('people { filter height > 1; derive plan = plan ?? "pro"; predict with yes }', []),
]


@pytest.mark.parametrize(("table", "expected"), WRONG)
def test_what_the_table_must_have(table: str, expected: list[tuple[str, str]]) -> None:
    assert found(f"{MODELS}transform result = {table}\n") == expected


def test_a_model_that_learns_from_its_own_predictions_is_a_circle() -> None:
    text = f"""{PRELUDE}
transform scored = people {{ predict with m }}
split data = scored {{ train: 70%; test: 30% }}
model m = predict active from data {{ features: age; algorithm logistic_regression }}
"""
    assert found(text) == [("ML104", "scored")]
