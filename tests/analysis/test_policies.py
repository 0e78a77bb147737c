"""ML501 to ML508: what a program says of going live, held against what it can know."""

from __future__ import annotations

from pathlib import Path

import pytest

from mldsl.diagnostics.model import Diagnostic
from tests.support.checking import check_text

TABLES = """\
pipeline test
source people = csv("people.csv") {
  id: int key
  plan: string
  age: int
  height: float
  born: date
  won: bool
}
source orders = csv("orders.csv") {
  order: int key
  person: int
  at: date
  amount: float
}
source plans = csv("plans.csv") {
  plan: string key
  price: float
}
"""
FEW = "check people { expect rows() <= 200 }\n"
MODEL = "split data = people { train: 70%; test: 30% }\nmodel m = predict won from data { features: age, height }\n"
JUDGED = "evaluate m on data.test { expect f1 >= 0.5 }\n"
HYGIENE = ("ML109", "ML701", "ML703")


@pytest.fixture(autouse=True)
def _python_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("x.py").write_text("def f(frame): return frame\n")


def problems(text: str) -> list[Diagnostic]:
    return [item for item in check_text(TABLES + text) if item.code not in HYGIENE]


def found(text: str) -> list[tuple[str, str]]:
    return [(item.code, item.span.text) for item in problems(text)]


def evaluated(*conditions: str, table: str = "data.test", before: str = MODEL) -> str:
    body = "".join(f"expect {item}\n" for item in conditions)
    return f"{before}evaluate m on {table} {{\n{body}}}\n"


def deployed(body: str = "", target: str = 'endpoint("x")', before: str = MODEL + JUDGED) -> str:
    return f"{before}deploy d = m to {target} {{\nrequire evaluation\n{body}\n}}\n"


# --- ML501 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "deployment",
    ['d = m to endpoint("x")', "d = m to batch(people) { require f1 > 0.5 }", 'd = m to registry("x") {}'],
)
def test_ml501_live_without_its_evaluation(deployment: str) -> None:
    assert found(f"{MODEL}{JUDGED}deploy {deployment}\n") == [("ML501", "d")]


def test_ml501_says_how_to_get_an_evaluation_where_there_is_none() -> None:
    [item] = problems(f'{MODEL}deploy d = m to endpoint("x")\n')
    assert (item.code, "evaluate m on" in (item.help or "")) == ("ML501", True)


def test_ml501_an_evaluation_that_there_is_not_says_nothing() -> None:
    assert found(deployed(before=MODEL)) == [("ML501", "require evaluation")]


@pytest.mark.parametrize("target", ['endpoint("x")', "batch(people)", 'registry("x")'])
def test_ml501_is_silent_for_every_target(target: str) -> None:
    assert found(deployed(target=target)) == []


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("require evaluation", []),
        ("require f1 > 0.5\nrequire evaluation", []),
        ("require evalution", [("ML405", "evalution")]),
    ],
)
def test_ml501_is_silent(body: str, expected: list[tuple[str, str]]) -> None:
    assert found(f'{MODEL}{JUDGED}deploy d = m to endpoint("x") {{\n{body}\n}}\n') == expected


# --- ML502 -----------------------------------------------------------------------------------------------------------

SMALL = "transform few = people { sort by id; take 100 }\n" + MODEL.replace("= people", "= few")
IRIS = (
    'source iris = sklearn("iris") { sl: float from "sepal length (cm)"; target: enum("setosa", "other") }\n'
    "split data = iris { train: 80%; test: 20% }\nmodel m = predict target from data\n"
)


@pytest.mark.parametrize(
    ("before", "condition", "rows"),
    [
        # log(0.01) / log(0.98) is 227.9, and 30% of 760 are 228
        (FEW + MODEL, "accuracy >= 0.98 with confidence 99%", "228 test rows or more, 760 in all"),
        # log(0.05) / log(0.9) is 28.4, of 30 rows: one class fewer
        (SMALL, "recall > 92% with confidence 95%", "36 positive test rows or more, 120 in all"),
        (IRIS, "0.95 <= accuracy with confidence 90%", "45 test rows or more, 225 in all"),
        (FEW.replace("<= 200", "between 10 and 50") + MODEL, "precision >= 0.9 with confidence 95%", "29 test rows"),
    ],
)
def test_ml502_says_how_many_rows_it_takes(before: str, condition: str, rows: str) -> None:
    [item] = problems(evaluated(condition, before=before))
    assert (item.code, item.span.text) == ("ML502", condition.partition(" with")[0])
    assert item.help is not None and rows in item.help


def test_ml502_the_number_of_rows_is_that_of_the_exact_interval() -> None:
    """The bound that the run computes clears the threshold from that number of rows on, and not before."""
    from mldsl.runtime.evaluation.intervals import clopper_pearson

    for threshold, confidence, rows in ((0.98, 0.99, 228), (0.92, 0.95, 36), (0.95, 0.90, 45), (0.9, 0.95, 29)):
        assert clopper_pearson(1.0, rows, confidence)[0] >= threshold > clopper_pearson(1.0, rows - 1, confidence)[0]


def test_ml502_a_requirement_is_measured_on_the_evaluations_rows() -> None:
    text = FEW + deployed("require accuracy >= 0.99 with confidence 95%")
    assert found(text) == [("ML502", "accuracy >= 0.99")]


@pytest.mark.parametrize(
    "text",
    [
        # enough rows
        FEW + evaluated("accuracy >= 0.95 with confidence 95%"),
        # nobody knows how many there are
        evaluated("accuracy >= 0.98 with confidence 99%"),
        "check people { expect rows() >= 100 }\n" + evaluated("accuracy >= 0.98 with confidence 99%"),
        "check people { expect rows() <= 200 else warn }\n" + evaluated("accuracy >= 0.98 with confidence 99%"),
        # the interval is no exact one, or not asked for, or one side of an `or`
        FEW + evaluated("f1 >= 0.99 with confidence 99%", "roc_auc > 0.99 with confidence 99%", "accuracy > 0.99"),
        FEW + evaluated("accuracy >= 0.99 or recall > 0.5 with confidence 99%"),
        # rows may match many
        FEW
        + "transform more = people { left join orders on id == orders.person }\n"
        + evaluated(
            "accuracy >= 0.98 with confidence 99%", before=MODEL.replace("= people", "= more { group: id }")
        ).replace("{ group: id } {", "{ group: id;"),
    ],
)
def test_ml502_is_silent(text: str) -> None:
    assert [item for item in found(text) if not item[0].startswith("ML3")] == []


# --- ML503 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("stages", "code", "span"),
    [
        ("10% for 1h; 50% for 2h", "ML503", "50%"),
        ("50% for 1h; 10% for 1h; 100%", "ML503", "10%"),
        ("10% for 1h; 10% for 1h; 100%", "ML503", "10%"),
        ("0% for 1h; 100%", "ML503", "0%"),
        ("10% for 1h; 150%", "ML503", "150%"),
        ("", "ML503", "rollout"),
        ("10%; 100%", "ML107", "10%"),
    ],
)
def test_ml503_shares_rise_to_everyone(stages: str, code: str, span: str) -> None:
    assert found(deployed(f"rollout {{ {stages} }}")) == [(code, span)]


@pytest.mark.parametrize("stages", ["100%", "1% for 10m; 10% for 1h; 100%", "50% for 1d; 100% for 1h"])
def test_ml503_is_silent(stages: str) -> None:
    assert found(deployed(f"rollout {{ {stages} }}")) == []


# --- ML504 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "span"),
    [
        (deployed("rollback when recall < 0.5"), "recall"),
        (deployed("rollback when champion.recall < 0.5"), "champion.recall"),
        (deployed("rollback when recall over 1h < 0.5"), "recall over 1h"),
        (deployed("rollback when drift(all) > 0.2"), "drift(all)"),
        (deployed("rollback when max_difference(recall, plan) > 0.2"), "max_difference(recall, plan)"),
        (deployed("rollback when evaluation"), "evaluation"),
        (deployed("require error_rate < 1%"), "error_rate"),
        (deployed("require recall > champion.error_rate"), "error_rate"),
        (deployed("require drift(age) < 0.1"), "drift(age)"),
        (deployed("require recall over 30d > 0.5"), "recall over 30d"),
        (evaluated("recall > champion.recall"), "champion.recall"),
        (evaluated("latency_p99 < 100ms"), "latency_p99"),
        (evaluated('approval("me")'), 'approval("me")'),
        (evaluated("evaluation"), "evaluation"),
        (evaluated("prediction_drift() < 0.1"), "prediction_drift()"),
        (deployed() + "monitor w = d { labels: people; expect champion.recall over 1d > 0.5 }", "champion.recall"),
        (deployed() + "monitor w = d { expect error_rate over 1d < 0.5 }", "error_rate"),
        (deployed() + "monitor w = d { expect error_rate < 0.5 }", "error_rate"),
        (deployed() + 'monitor w = d { expect approval("me") }', 'approval("me")'),
    ],
)
def test_ml504_what_is_not_known_there(text: str, span: str) -> None:
    assert found(text) == [("ML504", span)]


@pytest.mark.parametrize(
    "text",
    [
        deployed('require recall > champion.recall + 0.01\nrequire approval("me")'),
        deployed("rollback when error_rate > 1% or latency_p50 > 1s or prediction_mean > 0.9"),
        deployed() + "monitor w = d { labels: people; expect recall over 1d > 0.5; expect drift(all) < 0.1 }",
        evaluated("max_difference(recall, plan) < 0.1"),
    ],
)
def test_ml504_is_silent(text: str) -> None:
    assert found(text) == []


# --- ML505 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("conditions", "span"),
    [
        (["roc_auc >= 1.2"], "roc_auc >= 1.2"),
        (["roc_auc > 1"], "roc_auc > 1"),
        (["brier < 0"], "brier < 0"),
        (["mcc < -1.5"], "mcc < -1.5"),
        (["1.5 <= recall"], "1.5 <= recall"),
        (["1 - recall > 1.1"], "1 - recall > 1.1"),
        (["recall - precision >= 1.5"], "recall - precision >= 1.5"),
        (["recall between 2 and 3"], "recall between 2 and 3"),
        (["recall > 0.5 and f1 > 1.5"], "f1 > 1.5"),
        (["recall > 0.5 or f1 > 1.5"], "f1 > 1.5"),
        (["not (recall <= 1)"], "recall <= 1"),
        (["max_difference(recall, plan) > 1"], "max_difference(recall, plan) > 1"),
        # together
        (["recall >= 0.9 and recall <= 0.5"], "recall <= 0.5"),
        (["recall >= 0.9", "recall <= 0.5"], "recall <= 0.5"),
        (["recall > 0.9", "not (recall > 0.9)"], "recall > 0.9"),
        (["recall between 0.1 and 0.3", "f1 > 0.1", "0.4 < recall"], "0.4 < recall"),
        (["recall >= 0.9 for each plan", "recall < 0.8 for each plan"], "recall < 0.8"),
        (["max_difference(recall, plan) < 0.1", "max_difference(recall, plan) > 0.2"],
         "max_difference(recall, plan) > 0.2"),
        # never sure
        (["recall >= 100% with confidence 95%"], "recall >= 100%"),
        (["roc_auc >= 1 with confidence 95%"], "roc_auc >= 1"),
    ],
)  # fmt: skip
def test_ml505_no_model_can_meet_it(conditions: list[str], span: str) -> None:
    assert found(evaluated(*conditions)) == [("ML505", span)]


@pytest.mark.parametrize(
    "conditions",
    [
        ["roc_auc >= 0.8", "roc_auc <= 0.99", "recall >= 0.9", "precision <= 0.5"],
        ["log_loss < 3", "mcc > -0.5", "recall == 1", "accuracy >= 100%"],
        ["recall >= 0.9 or recall <= 0.5"],
        ["recall >= 0.9", "recall < 0.8 for each plan"],
        ["max_difference(recall, plan) <= 0.1", "recall >= 0.9"],
        ["recall >= 0.5 and recall <= 0.5"],
        ["recall > precision + 0.9"],
    ],
)
def test_ml505_is_silent(conditions: list[str]) -> None:
    assert found(evaluated(*conditions)) == []


@pytest.mark.parametrize(
    ("text", "span"),
    [
        (evaluated("recall >= 0.9") + deployed("require recall < 0.8", before=""), "recall < 0.8"),
        (deployed("require f1 > 1"), "f1 > 1"),
        (deployed("require recall > 0.5\nrequire recall < 0.4"), "recall < 0.4"),
        (deployed("require recall > champion.recall + 1"), "recall > champion.recall + 1"),
        (deployed("rollback when error_rate > 5"), "error_rate > 5"),
        (deployed("rollback when error_rate > 5% and error_rate < 1%"), "error_rate < 1%"),
        (deployed("rollback when error_rate > 1% or latency_p99 < -1s"), "latency_p99 < -1s"),
        (deployed("rollback when error_rate >= 0"), "error_rate >= 0"),
        (deployed() + "monitor w = d { expect drift(all) < 0 }", "drift(all) < 0"),
        (deployed() + "monitor w = d { labels: people; expect f1 over 3d > 2 }", "f1 over 3d > 2"),
        (
            deployed() + "monitor w = d { labels: people; expect f1 over 3d > 0.9; expect f1 over 3d < 0.3 }",
            "f1 over 3d < 0.3",
        ),
    ],
)
def test_ml505_requirements_rollbacks_and_monitors(text: str, span: str) -> None:
    assert found(text) == [("ML505", span)]


@pytest.mark.parametrize(
    "text",
    [
        deployed("require recall > champion.recall\nrequire champion.recall > 0.9"),
        deployed("rollback when error_rate > 1% or prediction_mean > 7 or latency_p99 > 3s"),
        deployed() + "monitor w = d { labels: people; expect f1 over 3d > 0.9; expect f1 over 9d < 0.8 }",
        # other rows
        evaluated("recall >= 0.9") + evaluated("recall <= 0.8", table="data.train", before=""),
    ],
)
def test_ml505_is_silent_about_what_can_be(text: str) -> None:
    assert [item for item in found(text) if not item[0].startswith("ML3")] == []


def test_ml505_shows_the_other_condition_and_the_missing_percent() -> None:
    [item] = problems(evaluated("recall >= 0.9", "f1 > 0.1", "recall <= 0.5"))
    assert [label.span.text for label in item.labels] == ["recall >= 0.9"]
    [item] = problems(evaluated("recall >= 80"))
    assert item.edit is not None and (item.edit.span.text, item.edit.replacement) == ("80", "80%")


# --- ML506 -----------------------------------------------------------------------------------------------------------


def answered(transform: str, features: str = "", table: str = "rows") -> str:
    """A program that deploys what learned from `table` to an endpoint."""
    options = f"{{ features: {features} }}" if features else ""
    return (
        f"{transform}\nsplit data = {table} {{ train: 70%; test: 30%; group: id }}\n"
        f"model m = predict won from data {options}\n{JUDGED}"
        'deploy d = m to endpoint("x") { require evaluation }\n'
    )


def endpoint_found(text: str) -> list[tuple[str, str]]:
    return [item for item in found(text) if not item[0].startswith("ML3")]


TOTALS = "transform totals = orders { group by person { total = sum(amount) ?? 0.0 } }\n"


@pytest.mark.parametrize(
    "text",
    [
        # a join by what is no key
        answered("transform rows = people { left join orders on id == orders.person }", "age, amount"),
        # other rows of the same table
        answered("transform rows = people { derive older = rank() over (order by age) }", "older"),
        answered("transform rows = people { derive mid = age - mean(age) over () }\n", "mid"),
        # rows made by a group, also when it comes first
        answered("transform rows = people { group by id, won { tall = max(height) } }"),
        answered(
            "transform both = people { group by id, won, plan { tall = max(height) } }\n"
            "transform rows = both { derive short = 3 - tall }",
            "short",
        ),
        # a key that is lost on the way
        answered(
            f"{TOTALS}transform again = totals {{ union totals }}\n"
            "transform rows = people { left join again on id == again.person }",
            "total",
        ),
        # what cannot be followed
        answered('transform rows = sql("""select p.*, o.amount from {people} p join {orders} o on o.person = p.id""")'),
        answered('transform rows = sql("""select *, row_number() over () as n from {people}""")'),
        answered('transform rows = python("x.py:f", people) { id: int key\n age: int\n won: bool }'),
    ],
)
def test_ml506_one_request_is_not_enough(text: str) -> None:
    assert endpoint_found(text) == [("ML506", 'endpoint("x")')]


@pytest.mark.parametrize(
    "text",
    [
        answered("transform rows = people { filter age > 3; derive ratio = height / age; rename height to tall }"),
        # a row found by its key, by what a group was made by, by what is checked to be unique
        answered("transform rows = people { left join plans on plan == plans.plan }", "age, price"),
        answered(f"{TOTALS}transform rows = people {{ left join totals on id == totals.person }}", "age, total"),
        answered(
            f"{TOTALS}transform sums = totals {{ rename person to who; filter total > 3 }}\n"
            "transform rows = people { left join sums on id == sums.who; derive more = total + 1 }",
            "more",
        ),
        answered(
            "check orders { expect unique(person) }\n"
            "transform rows = people { left join orders on id == orders.person }",
            "amount",
        ),
        # other rows make the target, or what is no feature
        answered(
            "transform rows = people { left join orders on id == orders.person\n"
            "derive n = rank() over (order by age) }",
            "age",
        ),
        answered("transform rows = people { semi join orders on id == orders.person; distinct; sort by id; take 9 }"),
        answered('transform rows = sql("""select id, age * 2 as twice, won from {people} where age > 3""")'),
        answered('transform rows = python("x.py:f", people, rowwise: true) { id: int key\n age: int\n won: bool }'),
    ],
)
def test_ml506_is_silent(text: str) -> None:
    assert endpoint_found(text) == []


def test_ml506_is_about_endpoints() -> None:
    text = answered("transform rows = people { group by id, won { tall = max(height) } }")
    assert endpoint_found(text.replace('endpoint("x")', "batch(rows)")) == []


# --- ML507 -----------------------------------------------------------------------------------------------------------


def newcomers(schema: str, algorithm: str = "logistic_regression") -> str:
    return (
        f'source new = csv("new.csv") {{ {schema} }}\n'
        + MODEL.replace("height }", f"height; algorithm {algorithm} }}")
        + JUDGED
        + "deploy d = m to batch(new) { require evaluation }\n"
    )


@pytest.mark.parametrize(
    "schema",
    [
        "id: int key; age: int",
        "id: int key; age: string; height: float",
        "id: int key; age: float; height: float",
        "id: int key; age: int?; height: float",
    ],
)
def test_ml507_the_batch_lacks_what_the_model_needs(schema: str) -> None:
    assert found(newcomers(schema)) == [("ML507", "new")]


@pytest.mark.parametrize(
    ("schema", "algorithm"),
    [
        ("id: int key; age: int; height: float; more: string", "logistic_regression"),
        ("id: int key; age: int; height: int", "logistic_regression"),
        ("id: int key; age: int?; height: float?", "gradient_boosting"),
        ("id: int key; age: int?; height: float", "logistic_regression; prepare { age: impute(median) }"),
    ],
)
def test_ml507_is_silent(schema: str, algorithm: str) -> None:
    assert found(newcomers(schema, algorithm)) == []


# --- ML508 -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("body", "span"),
    [
        ("expect f1 over 30d >= 0.7", "f1 over 30d"),
        ("expect drift(all) < 0.2; expect 0.2 < 1 - recall over 1w", "recall over 1w"),
        ("expect f1 over 1d > 0.1; expect recall over 1d > 0.1", "f1 over 1d"),
    ],
)
def test_ml508_nobody_says_what_happened(body: str, span: str) -> None:
    assert found(f"{deployed()}monitor w = d {{ {body} }}\n") == [("ML508", span)]


@pytest.mark.parametrize(
    ("body", "expected"),
    [
        ("labels: people; expect f1 over 30d >= 0.7", []),
        ("expect drift(all) < 0.2; expect prediction_drift() < 0.1; expect null_rate(age) < 1%", []),
        ("every: 6h", []),
        ("lables: people; expect f1 over 30d >= 0.7", [("ML106", "lables")]),
        ("labels: peple; expect f1 over 30d >= 0.7", [("ML101", "peple")]),
    ],
)
def test_ml508_is_silent(body: str, expected: list[tuple[str, str]]) -> None:
    assert found(f"{deployed()}monitor w = d {{ {body} }}\n") == expected


# --- what the data and profiles say ----------------------------------------------------------------------------------


def test_ml502_rows_that_were_counted_when_columns_were_inferred(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    rows = "".join(f"{number},{number % 7},{'yes' if number % 3 else 'no'}\n" for number in range(50))
    (tmp_path / "few.csv").write_text("id,a,won\n" + rows)
    text = (
        'pipeline test\nsource few = csv("few.csv")\nsplit data = few { train: 70%; test: 30% }\n'
        "model m = predict won from data { features: a; algorithm random_forest }\n"
        "evaluate m on data.test { expect accuracy >= 90% with confidence 95% }\n"
    )
    [item] = [item for item in check_text(text) if item.code not in HYGIENE]
    assert item.code == "ML502" and "about 15 rows" in item.message  # 30% of 50
    assert item.help is not None and "29 test rows or more, 97 in all" in item.help


PEOPLE = """source people = csv("other.csv") {
  id: int key
  plan: string
  age: int
  height: float
  born: date
  won: bool
}"""


@pytest.mark.parametrize(
    ("program", "profile", "expected"),
    [
        # plans have no key there: a request cannot look its price up
        (
            "transform features = people { left join plans on plan }\n"
            "split data = features { train: 70%; test: 30% }\n"
            "model m = predict won from data { features: age, price }\n" + JUDGED + deployed(before=""),
            'source plans = csv("p.csv") { plan: string; price: float }',
            [("ML305", "data"), ("ML506", 'endpoint("x")')],
        ),
        (
            MODEL + "evaluate m on data.test { expect accuracy >= 0.98 with confidence 99% }\n",
            'source people = sklearn("iris")',
            [("ML502", "accuracy >= 0.98")],
        ),
        (deployed(), PEOPLE, []),
    ],
)
def test_policies_are_looked_at_under_profiles(program: str, profile: str, expected: list[tuple[str, str]]) -> None:
    said = problems(f"{program}profile prod {{ {profile} }}\n")
    policies = [item for item in said if item.code.startswith(("ML3", "ML5"))]
    assert [(item.code, item.span.text) for item in policies] == expected
    assert all(
        ("prod", "under the profile `prod`") in [(one.span.text, one.text) for one in item.labels] for item in policies
    )
