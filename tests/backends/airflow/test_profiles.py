"""What a profile overrides shows in what Airflow gets: in the DAGs, in their plans, in what is to be installed."""

from __future__ import annotations

from pathlib import Path

import pytest

import mldsl
from mldsl.catalog.options import OPTIONS
from tests.support.airflow import written

PROGRAM = """
pipeline shop {{
  owner: "ann"; description: "As it stands"; schedule: cron("0 3 * * *"); seed: 1; retries: 1; retry_delay: 1m
  timeout: 10m; tags: "old"; artifacts: "s3://dev/store"; engine: polars; notify: secret("OLD_HOOK")
  resources {{ cpu: 2 }}
}}
param least: int = 10
source people = csv("s3://dev/people.csv") {{ id: string key; age: int; won: bool }}
source outcomes = csv("s3://dev/outcomes.csv") {{ id: string key; won: bool? }}
check people {{ expect age >= least }}
check outcomes {{ expect unique(id) }}
split data = people {{ train: 70%; test: 30% }}
model winner = predict won from data {{ algorithm logistic_regression }}
evaluate winner on data.test {{ expect accuracy > 0.5 }}
deploy nightly = winner to batch(people) {{
  require evaluation
  schedule: cron("0 5 * * *")
  write: parquet("s3://dev/scores/{{run_date}}.parquet")
}}
monitor watch = nightly {{ every: 1d; labels: outcomes; expect accuracy over 7d > 0.5; on breach {{ retrain }} }}
profile other {{
  {override}
}}
"""
TRAINING, BATCH, WATCH = "shop.py", "shop__nightly.py", "shop__watch.py"
PLAN, BATCH_PLAN, WATCH_PLAN = "shop/plan.json", "shop/shop__nightly.json", "shop/shop__watch.json"
ALL, PLANS = (TRAINING, BATCH, WATCH), (PLAN, BATCH_PLAN, WATCH_PLAN)
# What the profile says; in which files that shows; what is there without it, and with it.
CASES = {
    "owner": ('owner: "bob"', ALL, '"owner": "ann"', '"owner": "bob"'),
    "description": ('description: "Live"', ALL, 'description="As it stands"', 'description="Live"'),
    "schedule": ('schedule: cron("0 4 * * *")', (TRAINING,), '"0 3 * * *"', '"0 4 * * *"'),
    "every": ("every: 6h", (TRAINING,), '"0 3 * * *"', "DeltaTriggerTimetable(timedelta(hours=6))"),
    "seed": ("seed: 7", PLANS, '"seed": 1', '"seed": 7'),
    "retries": ("retries: 5", ALL, '"retries": 1', '"retries": 5'),
    "retry_delay": ("retry_delay: 3m", ALL, "timedelta(minutes=1)", "timedelta(minutes=3)"),
    "timeout": ("timeout: 20m", ALL, "timedelta(minutes=10)", "timedelta(minutes=20)"),
    "tags": ('tags: "new"', ALL, 'tags=["old"]', 'tags=["new"]'),
    "artifacts": ('artifacts: "gs://prod/store"', ALL, '"store": "s3://dev/store"', '"store": "gs://prod/store"'),
    "engine": ("engine: duckdb", PLANS, None, '"engine": "duckdb"'),
    "notify": ('notify: secret("NEW_HOOK")', ALL, 'secret("OLD_HOOK")', 'secret("NEW_HOOK")'),
    "param": ("param least = 18", (TRAINING, BATCH), "Param(10", "Param(18"),
    "source": (
        'source people = sql(secret("DW"), "select * from people")',
        (TRAINING, BATCH),
        'task("source", "source:people", pool_slots=2)',
        'secrets=["DW"]',
    ),
    "source of labels": (
        'source outcomes = csv("s3://prod/outcomes.csv")',
        (PLAN, WATCH_PLAN),
        "s3://dev/outcomes.csv",
        "s3://prod/outcomes.csv",
    ),
    "resources of all": ("resources shop { cpu: 3 }", ALL, "pool_slots=2", "pool_slots=3"),
    "resources of a model": ("resources winner { cpu: 4 }", (TRAINING,), None, "pool_slots=4"),
    "resources of a batch": ("resources nightly { cpu: 5 }", (TRAINING, BATCH), None, "pool_slots=5"),
}


@pytest.fixture(scope="module")
def base(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    return files(tmp_path_factory.mktemp("base"), "")


def files(folder: Path, override: str) -> dict[str, str]:
    """What is compiled under the profile."""
    program = mldsl.load(written(folder, PROGRAM.format(override=override)), "other")
    return {path: content.decode() for path, content in program.compile("airflow").items()}


@pytest.mark.parametrize("case", CASES)
def test_it_shows_wherever_it_counts(case: str, base: dict[str, str], tmp_path: Path) -> None:
    override, places, before, after = CASES[case]
    found = files(tmp_path, override)
    assert list(found) == list(base)
    for place in places:
        assert before is None or before in base[place], place
        assert after not in base[place], place
        assert after in found[place], place
        assert before is None or before not in found[place] or case == "resources of all", place


def test_every_option_of_the_pipeline_is_in_the_table() -> None:
    """`tracking` is refused (ML601) whoever says it."""
    assert set(OPTIONS["pipeline"]) - {"tracking"} <= set(CASES)


def test_what_is_to_be_installed_follows(base: dict[str, str], tmp_path: Path) -> None:
    assert base["shop/requirements.txt"].startswith("mldsl[s3]==")
    found = files(tmp_path, 'engine: duckdb\n  artifacts: "gs://prod/store"')
    assert found["shop/requirements.txt"].startswith("mldsl[gcs,s3,sql]==")
