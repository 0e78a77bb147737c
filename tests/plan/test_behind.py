"""What a step may open of the steps before it: a deployment gets by with that alone."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import polars as pl
import pytest

import mldsl
from mldsl.plan.behind import looked_at
from mldsl.plan.params import run_params
from mldsl.runtime.execute import execute
from mldsl.runtime.registry import open_registry
from mldsl.runtime.store import Store, open_store
from tests.support.airflow import written

# Transforms whose tables are not written, a source that is read in place, tables in which requests are looked up.
PROGRAM = """\
pipeline p { seed: 1 }
source shops = csv("shops.csv") { shop: string key; size: float }
source towns = parquet("towns.parquet") { town: string key; people: float }
source sales = csv("sales.csv") { id: string key; shop: string; town: string; price: float; sold: bool }
transform large = shops { filter size > 1; derive doubled = size * 2; derive tripled = doubled * 1.5 }
transform wide = sales { left join large on shop }
transform rows = wide { left join towns on town; derive each = price / people }
split data = rows { train: 60%; validation: 10%; test: 30% }
model m = predict sold from data { algorithm logistic_regression }
evaluate m on data.test { expect accuracy >= 0% }
deploy live = m to endpoint("sales") { require accuracy >= 0% }
deploy kept = m to registry("kept") { require accuracy >= 0% }
"""


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("p")
    numbers = range(200)
    pl.DataFrame({"shop": ["a", "b", "c"], "size": [0.5, 2.0, 3.0]}).write_csv(folder / "shops.csv")
    pl.DataFrame({"town": ["x", "y"], "people": [10.0, 20.0]}).write_parquet(folder / "towns.parquet")
    pl.DataFrame(
        {
            "id": [f"s{i}" for i in numbers],
            "shop": ["abc"[i % 3] for i in numbers],
            "town": ["xy"[i % 2] for i in numbers],
            "price": [float(i * 7 % 31) for i in numbers],
            "sold": [(i * 7 % 31) + (i % 3) * 3 > 17 for i in numbers],
        }
    ).write_csv(folder / "sales.csv")
    result = mldsl.load(written(folder, PROGRAM)).run()
    assert result.exit_status == 0, result.document()
    return folder


@pytest.mark.parametrize("name", ["live", "kept"])
def test_a_deployment_gets_by_with_what_it_is_said_to_look_at(
    ran: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    plan = mldsl.load(ran / "program.ml").plan()
    step = plan.step(f"deploy:{name}")
    store = open_store(".mldsl", ran)
    registry = open_registry(store, "sales" if name == "live" else "kept")
    before = registry.version(1)
    wanted, waiting = {}, [step]
    while waiting:
        for source in looked_at(plan, waiting.pop()):
            if source.step not in wanted:
                record = wanted[source.step] = store.latest(source.step)
                waiting += [] if record.outputs else [plan.step(source.step)]
    # Nothing else is found, and there is no such version yet: all of it is made again.
    for path in (ran / ".mldsl" / "registry" / registry.name).rglob("*.json"):
        path.unlink()
    monkeypatch.setattr(Store, "record", _nothing)
    monkeypatch.setattr(Store, "use", _nothing)
    outcome = execute(plan, step.id, store, folder=ran, params=run_params(plan, {}), known=wanted)
    assert outcome.error is None, outcome.error
    after = registry.version(1)
    for part in ("tables", "reference", "judged", "trained_on", "data", "row_path", "model"):
        assert getattr(after, part) == getattr(before, part), part
    assert (name == "live") == bool(after.tables)


def _nothing(*_: Any) -> None:
    """The store knows of no record."""


def test_what_is_not_a_deployment_looks_at_its_inputs_alone(ran: Path) -> None:
    plan = mldsl.load(ran / "program.ml").plan()
    for step in plan.steps:
        if step.kind != "deploy":
            own = {(item.step, item.output) for item in step.inputs.values()}
            assert {(item.step, item.output) for item in looked_at(plan, step)} == own
