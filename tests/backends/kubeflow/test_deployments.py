"""Deployments and monitors in Kubeflow's documents: which there are, what is in them, what a profile makes of them."""

from __future__ import annotations

import inspect
import json
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import yaml

import mldsl
from mldsl.api import refused
from tests.support.airflow import written
from tests.support.services import missing

Files = dict[str, bytes]
STORE = "s3://b/store"
PROGRAM = """\
pipeline shop {{ artifacts: "s3://b/store"; timeout: 1h; {options} }}
param least: int = 3
source people = csv("s3://b/people.csv") {{
  id: string key
  age: int
  won: bool
}}
split data = people {{ train: 70%; test: 30% }}
model winner = predict won from data
evaluate winner on data.test {{ expect accuracy > 0.5 }}
deploy live = winner to endpoint("Winners of 2025") {{
  require evaluation
  require approval("risk")
  resources {{ cpu: 2; gpu: 1 }}
}}
transform grown = people {{ filter age > least }}
deploy nightly = winner to batch(grown) {{
  require evaluation
  schedule: cron("0 5 * * 7")
  write: parquet("s3://b/scores/{{run_date}}.parquet")
}}
monitor watch = nightly {{
  every: 12h
  labels: people
  expect drift(all) <= 0.2
  on breach {{ retrain }}
}}
monitor calm = live {{ every: 1d; expect drift(all) <= 0.2; on breach {{ rollback }} }}
{more}
"""


def compiled(folder: Path, options: str = "", more: str = "", profile: str | None = None, **given: str) -> Files:
    path = written(folder, PROGRAM.format(options=options, more=more))
    files = mldsl.load(path, profile).compile("kubeflow", options={"validate": "", "image": "reg.io/shop:1", **given})
    return {name.removeprefix("shop/"): content for name, content in files.items()}


def document(files: Files, place: str = "") -> dict[str, Any]:
    return next(yaml.safe_load_all(files[f"{place}pipeline.yaml"]))


def words(files: Files, executor: str, place: str = "") -> list[str]:
    found: list[str] = document(files, place)["deploymentSpec"]["executors"][f"exec-{executor}"]["container"]["args"]
    return found


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Files:
    return compiled(tmp_path_factory.mktemp("shop"))


def test_what_runs_by_itself_has_a_document_and_a_recurring_run_of_its_own(files: Files) -> None:
    assert {name for name in files if name.endswith(("pipeline.yaml", "recurring-run.json"))} == {
        "pipeline.yaml",
        *(f"scheduled/shop-{name}/pipeline.yaml" for name in ("nightly", "watch", "calm")),
        *(f"scheduled/shop-{name}/recurring-run.json" for name in ("nightly", "watch", "calm")),
    }
    tasks = {
        place: set(document(files, place)["root"]["dag"]["tasks"])
        for place in ("scheduled/shop-nightly/", "scheduled/shop-watch/", "scheduled/shop-calm/")
    }
    assert tasks == {
        "scheduled/shop-nightly/": {"people", "grown", "nightly", "nightly-unmet", "run-time"},
        "scheduled/shop-watch/": {"people", "watch", "watch-unmet", "watch-retrain", "watch-retrained"},
        "scheduled/shop-calm/": {"calm", "calm-unmet"},
    }
    assert "watch" not in document(files)["root"]["dag"]["tasks"]


def test_each_schedule_is_what_kubeflows_client_takes(files: Files) -> None:
    found = {
        name: json.loads(files[f"scheduled/shop-{name}/recurring-run.json"]) for name in ("nightly", "watch", "calm")
    }
    assert found["nightly"]["cron_expression"] == "0 0 5 * * 0"
    assert [found[name]["interval_second"] for name in ("watch", "calm")] == [43_200, 86_400]
    assert [item["job_name"] for item in found.values()] == ["shop/nightly", "shop/watch", "shop/calm"]
    if find_spec("kfp").origin is None:
        missing("kfp")
    from kfp import Client

    for item in found.values():
        inspect.signature(Client.create_recurring_run).bind(None, experiment_id="e", pipeline_package_path="p", **item)


def test_the_training_within_a_monitor_is_that_of_the_pipeline(files: Files) -> None:
    whole, place = document(files), "scheduled/shop-watch/"
    inner = document(files, place)["components"]["comp-watch-retrain"]["dag"]["tasks"]
    assert set(inner) == set(whole["root"]["dag"]["tasks"])
    for name in inner:
        assert words(files, f"retrain--{name}", place) == words(files, name)
        assert inner[name].get("dependentTasks") == whole["root"]["dag"]["tasks"][name].get("dependentTasks")
    tasks = document(files, place)["root"]["dag"]["tasks"]
    asked = "inputs.parameter_values['pipelinechannel--watch--retrain'] == "
    assert tasks["watch-retrain"]["triggerPolicy"]["condition"] == f"{asked}true"
    assert tasks["watch-retrained"]["triggerPolicy"]["condition"] == f"{asked}true"
    # Argo starts nothing more beside a task that has failed.
    assert tasks["watch-retrained"]["dependentTasks"] == ["watch", "watch-retrain"]
    assert tasks["watch-unmet"]["triggerPolicy"]["condition"].endswith(f" == false && {asked}false")


def test_an_approval_is_waited_for_before_the_deployment_alone(files: Files) -> None:
    tasks = document(files)["root"]["dag"]["tasks"]
    assert "--approval" in words(files, "live-approval") and "--approval" not in words(files, "live")
    assert tasks["live"]["triggerPolicy"]["condition"] == (
        "inputs.parameter_values['pipelinechannel--live-approval-Output'] == true"
    )
    assert "live-approval" not in tasks["nightly"]["dependentTasks"]
    assert not any(tasks[name]["cachingOptions"] for name in ("live", "live-approval", "nightly"))
    _, platform = yaml.safe_load_all(files["pipeline.yaml"])
    pods = platform["platforms"]["kubernetes"]["deploymentSpec"]["executors"]
    limits = [int(pods[f"exec-{name}"]["activeDeadlineSeconds"]) for name in ("live", "live-approval")]
    assert limits == [3600, 3900]  # the pod lets it say that its time is over


def test_an_endpoints_devices_are_its_servers(files: Files) -> None:
    executors = document(files)["deploymentSpec"]["executors"]
    for name in ("exec-live", "exec-live-approval"):
        assert set(executors[name]["container"]["resources"]) <= {
            "cpuLimit", "cpuRequest", "resourceCpuLimit", "resourceCpuRequest",
        }  # fmt: skip
    (container,) = yaml.safe_load(files["kserve/winners-of-2025.yaml"])["spec"]["predictor"]["containers"]
    assert container["resources"]["limits"]["nvidia.com/gpu"] == "1"


def test_the_server_looks_where_the_pipeline_deploys(files: Files) -> None:
    from mldsl.plan.document import load
    from mldsl.plan.scheduled import registry_name

    plan = load(files["plan.json"].decode())
    (container,) = yaml.safe_load(files["kserve/winners-of-2025.yaml"])["spec"]["predictor"]["containers"]
    assert container["command"][4] == registry_name(plan.step("deploy:live"))
    assert container["command"][-1] == f"--store={plan.settings.artifacts}" == f"--store={STORE}"


def test_the_readme_says_how_all_of_it_is_applied(files: Files) -> None:
    text = files["README.md"].decode()
    for line in (
        'for folder in ["scheduled/shop-nightly", "scheduled/shop-watch", "scheduled/shop-calm"]:',
        "- `scheduled/shop-watch`: the monitor `watch`, and the pipeline itself where it asks for that",
        "`live-approval` waits for `risk`.",
        "mldsl approve 'Winners of 2025' --team TEAM --store STORE",
        "It waits 3600 s, the pipeline's `timeout`",
        "kubectl apply -f kserve/winners-of-2025.yaml",
    ):
        assert line in text, line


@pytest.mark.parametrize(
    ("given", "more", "expected"),
    [
        (
            {"granularity": "pipeline"},
            "",
            ("ML601", "live", "one task for the whole pipeline cannot wait for the approval that `live` requires"),
        ),
        (
            {"timezone": "Asia/Tokyo"},
            "",
            (
                "ML601",
                'schedule: cron("0 5 * * 7")',
                "Kubeflow has one clock for all schedules, `Asia/Tokyo`, and this one is by that of `UTC`",
            ),
        ),
        (
            {},
            "param must: int\ntransform old = people { filter age > must }\ncheck old { expect rows() > 1 }",
            ("ML601", "must", "a recurring run needs a default for each parameter, and `must` has none"),
        ),
        (
            {},
            'deploy here = winner to batch(grown) { write: csv("out/{run_date}.csv") }',
            (
                "ML602",
                '"out/{run_date}.csv"',
                "what `here` writes is `out/{run_date}.csv`, on this machine's disk, "
                "and containers have disks of their own",
            ),
        ),
    ],
    ids=["one task", "another clock", "no default", "a disk"],
)
def test_what_cannot_be_is_refused_once_at_its_line(
    tmp_path: Path, given: dict[str, str], more: str, expected: tuple[str, str, str]
) -> None:
    path = written(tmp_path, PROGRAM.format(options="", more=more))
    assert [(item.code, item.span.text, item.message) for item in refused(path, "kubeflow", given)] == [expected]


# What a profile says, and what it then is in the files: everything that LANGUAGE lets a profile override.
_PROFILES: list[tuple[str, str, str]] = [
    ('artifacts: "s3://prod/store"', "plan.json", '"artifacts":"s3://prod/store"'),
    ('artifacts: "s3://prod/store"', "kserve/winners-of-2025.yaml", "--store=s3://prod/store"),
    ('owner: "ops"', "pipeline.yaml", "Owner: ops"),
    ('owner: "ops"', "scheduled/shop-watch/pipeline.yaml", "Owner: ops"),
    ('description: "Live."', "pipeline.yaml", "Live."),
    ('tags: "live"', "scheduled/shop-nightly/pipeline.yaml", "Tags: live"),
    ('schedule: cron("30 1 * * *")', "recurring-run.json", "0 30 1 * * *"),
    ("retries: 3", "scheduled/shop-watch/pipeline.yaml", "maxRetryCount: 3"),
    ("retries: 1; retry_delay: 7s", "pipeline.yaml", 'backoffDuration: "7s"'),
    ("timeout: 2h", "scheduled/shop-watch/pipeline.yaml", "--timeout=7200"),
    ('notify: secret("HOOK")', "scheduled/shop-nightly/pipeline.yaml", "envVar: HOOK"),
    ("seed: 77", "plan.json", '"seed":77'),
    ("engine: duckdb", "requirements.txt", "sql"),
    ("param least = 88", "pipeline.yaml", "defaultValue: 88.0"),
    ("param least = 88", "scheduled/shop-nightly/pipeline.yaml", "defaultValue: 88.0"),
    ("param least = 88", "scheduled/shop-watch/pipeline.yaml", "defaultValue: 88.0"),
    ('source people = sql(secret("WAREHOUSE"), "select 1")', "pipeline.yaml", "envVar: WAREHOUSE"),
    ('source people = sql(secret("WAREHOUSE"), "select 1")', "scheduled/shop-watch/pipeline.yaml", "envVar: WAREHOUSE"),
    ("resources winner { cpu: 5 }", "pipeline.yaml", "cpuLimit: 5.0"),
    ("resources winner { cpu: 5 }", "scheduled/shop-watch/pipeline.yaml", "cpuLimit: 5.0"),
    ("resources live { memory: 3Gi }", "kserve/winners-of-2025.yaml", '"3221225472"'),
    ("resources nightly { memory: 3Gi }", "scheduled/shop-nightly/pipeline.yaml", 'resourceMemoryLimit: "3Gi"'),
    ('resources shop { node_selector: "pool=ml" }', "scheduled/shop-watch/pipeline.yaml", "pool: ml"),
    ('resources shop { tolerations: "spot" }', "pipeline.yaml", "key: spot"),
    ('resources shop { volumes: "shared:/data" }', "scheduled/shop-nightly/pipeline.yaml", 'mountPath: "/data"'),
]


@pytest.mark.parametrize(("said", "file", "shown"), _PROFILES)
def test_what_a_profile_overrides_shows(tmp_path: Path, files: Files, said: str, file: str, shown: str) -> None:
    given = {"image": "reg.io/shop:1"}
    path = written(tmp_path, PROGRAM.format(options="", more=f"profile prod {{ {said} }}"))
    found = mldsl.load(path, "prod").compile("kubeflow", options={**given, "validate": ""})
    text = found[f"shop/{file}"].decode()
    plain = files.get(file, b"").decode()
    assert shown.replace(" ", "") in text.replace(" ", ""), text
    assert shown.replace(" ", "") not in plain.replace(" ", "")
