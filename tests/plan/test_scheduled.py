"""Plans of what runs on a schedule of its own: what is in them, and that nothing in them trains."""

from __future__ import annotations

from pathlib import Path

import pytest

import mldsl
from mldsl.errors import UsageError
from mldsl.plan.document import dump, load
from mldsl.plan.links import check_links
from mldsl.plan.nodes import DeployBody, MonitorBody, Plan, ScheduleSpec
from mldsl.plan.scheduled import scheduled, scheduled_names

PROGRAM = """\
pipeline shop { schedule: cron("0 3 * * *"); retries: 2 }
param floor: float = 1.0
param least: int = 5
source people = csv("people.csv") {
  id: string key
  age: int
  won: bool
}
source seen = csv("seen.csv") {
  id: string key
  won: bool
}
check people { expect age >= 0 }
check rows { expect rows() > 1 else warn }
check seen { expect rows() >= 0 }
transform rows = people { filter age > least }
transform kept = rows { filter age > floor }
split data = kept { train: 70%; test: 30% }
model winner = predict won from data
evaluate winner on data.test { expect accuracy > 0.5 }
deploy live = winner to endpoint("winners") { require evaluation }
## Every morning.
deploy nightly = winner to batch(rows) {
  require evaluation
  require accuracy > champion.accuracy
  schedule: cron("0 5 * * *", timezone: "Europe/Berlin")
  write: parquet("scores/{run_date}.parquet")
}
deploy once = winner to batch(rows)
monitor watch = live { every: 6h; labels: seen; expect accuracy over 7d >= 0.5 }
"""


@pytest.fixture(scope="module")
def plan(tmp_path_factory: pytest.TempPathFactory) -> Plan:
    path: Path = tmp_path_factory.mktemp("shop") / "shop.ml"
    path.write_text(PROGRAM, encoding="utf-8")
    program = mldsl.load(path)
    assert program.ok, [item.message for item in program.diagnostics]
    return program.plan()


def test_a_batch_needs_its_table_and_the_champion(plan: Plan) -> None:
    own = scheduled(plan, "nightly")
    assert [step.id for step in own.steps] == [
        "source:people",
        "check:people",
        "transform:rows",
        "check:rows",
        "deploy:nightly",
    ]
    step = own.steps[-1]
    assert isinstance(step.body, DeployBody)
    assert step.body.model_from == "champion" and step.body.requires == () and set(step.inputs) == {"rows"}
    assert step.after == ("check:rows",)
    assert own.settings.schedule == ScheduleSpec(cron="0 5 * * *", timezone="Europe/Berlin")
    assert own.settings.retries == 2 and own.doc == "Every morning."
    assert (own.name, own.scheduled, own.label) == ("shop", "nightly", "shop/nightly")
    assert [param.name for param in own.params] == ["least"]
    check_links(own)
    assert load(dump(own)) == own


def test_a_monitor_needs_its_labels_and_knows_the_registry(plan: Plan) -> None:
    own = scheduled(plan, "watch")
    assert [step.id for step in own.steps] == ["source:seen", "check:seen", "monitor:watch"]
    body = own.steps[-1].body
    assert isinstance(body, MonitorBody) and body.registry == "winners"
    assert own.settings.schedule == ScheduleSpec(every=6 * 3600.0)
    check_links(own)


def test_what_runs_by_itself(plan: Plan) -> None:
    assert scheduled_names(plan) == ("nightly", "watch")
    assert scheduled(plan, "once").settings.schedule is None


@pytest.mark.parametrize(
    ("name", "message", "help_"),
    [
        ("live", "`live` deploys to an endpoint, which has no schedule of its own", "the pipeline's run deploys it"),
        ("nighly", "no deployment and no monitor of `shop` is called `nighly`", "did you mean `nightly`?"),
        ("rows", "no deployment and no monitor of `shop` is called `rows`", "these run by themselves: `nightly`"),
    ],
)
def test_what_has_no_schedule(plan: Plan, name: str, message: str, help_: str) -> None:
    with pytest.raises(UsageError) as raised:
        scheduled(plan, name)
    assert raised.value.message == message
    assert help_ in (raised.value.help or "")
