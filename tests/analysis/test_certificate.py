"""What a certificate says of programs: claims, bounds of what features read, what a run checks, what is assumed."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

import mldsl
from mldsl.analysis.certificate.facts import COPIES
from mldsl.analysis.certificate.model import Certificate, Dependency
from mldsl.runtime.steps import sides

ROOT = Path(__file__).parent.parent.parent
SHOP = """\
pipeline shop
param cutoff: date = @2025-01-01
source orders = csv("orders.csv") {
  order:    int   key
  customer: int
  day:      date  time
  amount:   float
  note:     string
  refund:   float after
  returned: bool
}
source prices = csv("prices.csv") { at: date time; price: float }
transform features = orders {
  asof join prices on day >= prices.at
  derive {
    before = lag(amount, 1) over (partition by customer order by day)
    dear = amount > price
  }
}
split data = features { train: 70%; test: 30%; time: day }
model m = predict returned from data { features: before, dear, amount, note; algorithm gradient_boosting }
evaluate m on data.test { expect roc_auc > 0.6 }
"""
VISITS = """\
pipeline ward
source visits = csv("visits.csv") {
  visit:    int    key
  patient:  int    entity
  pressure: float
  ill:      bool
}
transform features = TRANSFORM
split data = features { train: 70%; test: 30%; group: patient }
model m = predict ill from data { algorithm gradient_boosting }
evaluate m on data.test { expect roc_auc > 0.6 }
"""
USUAL = "visits { derive usual = mean(pressure) over (partition by patient) }"
COLUMNS = "{ visit: int key; patient: int entity; pressure: float; ill: bool; extra: float }"
PYTHON = f'python("steps.py:extra", visits) {COLUMNS}'
EVERY_RULE = "301 302 303 305 306 307 308 309 311 312 313 315 316"


def certificate(folder: Path, text: str) -> Certificate:
    path = folder / "shop.ml"
    path.write_text(text, encoding="utf-8")
    (folder / "steps.py").write_text("def extra(visits):\n    return visits\n", encoding="utf-8")
    loaded = mldsl.load(path)
    assert [item for item in loaded.diagnostics if item.severity.value == "error"] == []
    return loaded.certificate()


def claim(found: Certificate, rule: str) -> str:
    (sentence,) = [item.sentence for item in found.models[0].claims if item.rule == rule and item.outcome == "proved"]
    return sentence


def depends(found: Certificate, feature: str) -> set[Dependency]:
    (item,) = [item for item in found.models[0].features if item.name == feature]
    return set(item.depends_on)


def facts(found: Certificate, part: str) -> set[tuple[str, str]]:
    return {(item.kind, item.about) for item in getattr(found, part)}


def test_the_example_is_proved_by_every_rule() -> None:
    found = mldsl.load(ROOT / "examples" / "churn" / "churn.ml").certificate()
    (model,) = found.models
    assert [item.rule for item in model.claims] == [f"ML{number}" for number in EVERY_RULE.split()]
    assert {item.outcome for item in model.claims} == {"proved"}
    assert "`churn_model`" in claim(found, "ML301") and "`rise`" in claim(found, "ML301")
    assert "the target `churned`" in claim(found, "ML301")
    assert "`data` (70% train, 30% test, stratified by `churned`)" in claim(found, "ML302")
    assert [item.rule for item in found.evaluations[0].claims] == ["ML304"]
    assert Dependency("addons.addon", "same key", ("id",)) in depends(found, "streaming")
    assert depends(found, "is_new") == {Dependency("customers.tenure", "own row")}
    expected = {("schema", "addons"), ("check", "customers"), ("ML310", "data"), ("ML314", "churn_model")}
    assert expected <= facts(found, "run_time")
    assert {("param", "new_months"), ("key", "customers"), ("sensitive", "customers")} <= facts(found, "assumed")


def test_a_split_by_time_bounds_lags_and_asof_joins(tmp_path: Path) -> None:
    found = certificate(tmp_path, SHOP)
    lagged = {item for item in depends(found, "before") if item.column == "orders.amount"}
    assert lagged == {Dependency("orders.amount", "same values", ("customer",), "same or earlier")}
    priced = {item for item in depends(found, "dear") if item.column == "prices.price"}
    assert [item.time for item in priced] == ["same or earlier"]
    assert "by the time `day`" in claim(found, "ML302") and "later than its own in `day`" in claim(found, "ML307")
    assert "`orders.refund`" in claim(found, "ML315")
    assert {("ML308", "m"), ("ML314", "m"), ("evaluation", "m on data.test")} <= facts(found, "run_time")
    assert not {("ML305", "data"), ("ML310", "data")} & facts(found, "run_time")
    assert {("time", "orders"), ("time", "prices"), ("after", "orders")} <= facts(found, "assumed")


def test_earlier_in_an_order_is_earlier_in_time_where_no_two_rows_share_one(tmp_path: Path) -> None:
    text = SHOP.replace("customer: int", "customer: int key").replace("order:    int   key", "order:    int")
    found = certificate(tmp_path, text.replace("day:      date  time", "day:      date  key time"))
    lagged = {item.time for item in depends(found, "before") if item.column == "orders.amount"}
    assert lagged == {"strictly earlier"}


def test_sql_windows_have_ties_too(tmp_path: Path) -> None:
    query = (
        'sql("select o.*, lag(amount) over (partition by customer order by day) as before from {orders} o where true")'
    )
    text = SHOP.replace("transform features = orders {", f"transform lagged = {query}\ntransform features = lagged {{")
    found = certificate(
        tmp_path, text.replace("    before = lag(amount, 1) over (partition by customer order by day)\n", "")
    )
    assert {item.time for item in depends(found, "before") if item.column == "orders.amount"} == {"same or earlier"}


def test_times_that_are_taken_for_granted_are_told(tmp_path: Path) -> None:
    text = SHOP.replace("source prices", 'source shops = csv("shops.csv") { shop: int key }\nsource prices')
    text = text.replace("day:      date  time", "day:      date")
    found = certificate(tmp_path, text)
    assert {item.about for item in found.assumed if item.kind == "time"} == {"shops", "prices", "data"}
    (rows,) = [item.sentence for item in found.assumed if item.kind == "time" and item.about == "data"]
    assert "`day`" in rows and "`after`" in rows
    at_random = certificate(tmp_path, VISITS.replace("TRANSFORM", USUAL))
    assert "time" not in {item.kind for item in at_random.assumed}


def test_code_that_learns_or_gives_rows_is_assumed_to_be_honest(tmp_path: Path) -> None:
    text = SHOP.replace('csv("prices.csv")', 'sql("sqlite:///prices.db", "select * from prices")')
    (tmp_path / "own.py").write_text("class Own:\n    pass\n", encoding="utf-8")
    found = certificate(tmp_path, text.replace("algorithm gradient_boosting", 'algorithm python("own.py:Own")'))
    assert {("source", "prices"), ("python", "m")} <= facts(found, "assumed")
    (said,) = [item.sentence for item in found.assumed if item.kind == "python"]
    assert "own.py:Own" in said


def test_the_share_of_copies_is_the_one_that_a_run_goes_by() -> None:
    assert sides._SHARE == COPIES


def test_a_split_by_group_bounds_windows(tmp_path: Path) -> None:
    found = certificate(tmp_path, VISITS.replace("TRANSFORM", USUAL))
    assert Dependency("visits.pressure", "same group", ("patient",)) in depends(found, "usual")
    assert "`patient`" in claim(found, "ML305")
    assert {("ML305", "data"), ("ML310", "data")} <= facts(found, "run_time")
    assert ("entity", "visits") in facts(found, "assumed")


def test_an_opaque_python_step_is_assumed_and_not_proved(tmp_path: Path) -> None:
    found = certificate(tmp_path, VISITS.replace("TRANSFORM", PYTHON))
    said = [item.sentence for item in found.assumed if (item.kind, item.about) == ("python", "features")]
    assert len(said) == 2 and "opaque" in said[0] and "steps.py:extra" in said[0]
    (rule,) = [item for item in found.models[0].claims if item.rule == "ML316"]
    assert rule.outcome == "found" and "`features`" in rule.sentence
    assert depends(found, "extra") == {Dependency("features.extra", "own row")}


def test_a_rowwise_python_step_is_tested_when_it_runs(tmp_path: Path) -> None:
    step = PYTHON.replace("visits)", "visits, rowwise: true)")
    found = certificate(tmp_path, VISITS.replace("TRANSFORM", step))
    assert ("ML213", "features") in facts(found, "run_time")
    (said,) = [item.sentence for item in found.assumed if item.kind == "python"]
    assert "opaque" not in said and "from the target" in said
    assert claim(found, "ML316")


def test_sql_is_followed_or_said_not_to_be(tmp_path: Path) -> None:
    query = 'sql("select *, pressure * 2 as twice from {visits}")'
    found = certificate(tmp_path, VISITS.replace("TRANSFORM", query))
    assert depends(found, "twice") == {Dependency("visits.pressure", "own row")}
    assert ("sql", "features") not in facts(found, "assumed")
    query = (
        'sql("with recursive n as (select 1 as x union all select x + 1 from n where x < 3)'
        ' select v.* from {visits} v")'
    )
    found = certificate(tmp_path, VISITS.replace("TRANSFORM", query))
    assert ("sql", "features") in facts(found, "assumed")


def test_a_warning_is_a_claim_that_is_not_proved(tmp_path: Path) -> None:
    lag = "before = lag(amount, 1) over (partition by customer order by day)"
    text = SHOP.replace("; time: day }", " }").replace(lag, "before = amount")
    found = certificate(tmp_path, text)
    (rule,) = [item for item in found.models[0].claims if item.rule == "ML306"]
    assert rule.outcome == "found" and "random split" in rule.sentence


@pytest.mark.parametrize("profile", [None, "prod"])
def test_the_document_has_one_shape_and_the_same_bytes(profile: str | None) -> None:
    path = ROOT / "examples" / "churn" / "churn.ml"
    one, two = (json.dumps(mldsl.load(path, profile).certificate().document()) for _ in range(2))
    assert one == two
    document = json.loads(one)
    assert " ".join(document) == "version mldsl program profile meaning models evaluations run_time assumed"
    assert (document["version"], document["mldsl"], document["profile"]) == (1, mldsl.__version__, profile)
    model = document["models"][0]
    assert list(model) == ["name", "task", "target", "fitted_on", "split", "features", "claims"]
    assert list(model["features"][0]["depends_on"][0]) == ["column", "within", "same", "time"]
    assert list(document["assumed"][0]) == list(document["run_time"][0]) == ["kind", "about", "sentence"]


def test_the_meaning_is_that_of_the_plan(tmp_path: Path) -> None:
    plain = certificate(tmp_path, SHOP).meaning
    assert len(plain) == 64
    assert (
        certificate(tmp_path, SHOP.replace("pipeline shop", "## Documented.\npipeline shop\n## And more.")).meaning
        == plain
    )
    assert certificate(tmp_path, SHOP.replace("70%; test: 30%", "60%; test: 40%")).meaning != plain


def test_a_program_with_errors_has_none(tmp_path: Path) -> None:
    path = tmp_path / "shop.ml"
    path.write_text(SHOP.replace("lag(amount, 1)", "lead(amount, 1)"), encoding="utf-8")
    with pytest.raises(mldsl.ProgramError):
        mldsl.load(path).certificate()
