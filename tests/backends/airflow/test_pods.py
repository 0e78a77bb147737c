"""Pods of `--operator kubernetes`: what Kubernetes gets, and what the worker in them is told."""

from __future__ import annotations

import json
from pathlib import Path

import kubernetes_validate
import pytest

from mldsl.runtime.worker.__main__ import _parser
from tests.support.airflow import compiled, dag, dags, written
from tests.support.airflow_pods import Pod, pods

PROGRAMS = Path(__file__).parent / "programs"
OPERATOR = {"operator": "kubernetes reg.io/ml:1"}
VERSIONS = ["1.30", kubernetes_validate.latest_version()]
CASES = [("everything", None), ("scheduled", None), ("placed", "cluster")]


def of(name: str, profile: str | None = None, **options: str) -> dict[str, Pod]:
    return pods(dag(compiled(PROGRAMS / f"{name}.ml", profile, **OPERATOR, **options)))


@pytest.mark.parametrize("version", VERSIONS)
@pytest.mark.parametrize(("name", "profile"), CASES)
@pytest.mark.parametrize("granularity", ["step", "declaration"])
def test_kubernetes_takes_them(name: str, profile: str | None, granularity: str, version: str) -> None:
    found = of(name, profile, granularity=granularity)
    assert len(found) > 2
    for pod in found.values():
        for built in pod.built({"word": 'it\'s "so"'}):
            kubernetes_validate.validate(built, version, strict=True)


def test_a_pod_that_kubernetes_does_not_take_is_seen() -> None:
    [built] = of("placed", "cluster")["data"].built()
    built["spec"]["nodeSelector"] = [{"pool": "ml"}]
    with pytest.raises(kubernetes_validate.ValidationError):
        kubernetes_validate.validate(built, VERSIONS[-1], strict=True)


def test_what_the_program_asks_for_is_in_the_pod() -> None:
    found = of("placed", "cluster", namespace="ml")
    [model] = found["buyer_model"].built()
    assert model["metadata"]["namespace"] == "ml"
    assert model["spec"]["nodeSelector"] == {"pool": "gpu", "zone": "a"}
    assert model["spec"]["tolerations"] == [
        {"key": "gpu", "operator": "Exists"},
        {"key": "spot", "operator": "Equal", "value": "", "effect": "NoExecute"},
    ]
    assert model["spec"]["volumes"] == [
        {"name": "shared", "persistentVolumeClaim": {"claimName": "shared"}},
        {"name": "warehouse-raw", "persistentVolumeClaim": {"claimName": "warehouse.raw"}},
    ]
    [container] = model["spec"]["containers"]
    assert container["volumeMounts"] == [
        {"name": "shared", "mountPath": "/data"},
        {"name": "warehouse-raw", "mountPath": "/raw", "readOnly": True},
    ]
    wanted = {"cpu": "1", "memory": str(8 * 2**30), "amd.com/gpu": "2"}
    assert container["resources"] == {"requests": wanted, "limits": wanted}
    [source] = found["visits_source"].built()
    assert source["spec"]["nodeSelector"] == {"pool": "ml"}
    assert [taint["key"] for taint in source["spec"]["tolerations"]] == ["dedicated"]


def test_secrets_come_from_kubernetes_and_are_in_no_argument() -> None:
    [pod] = of("everything", secret="ours")["orders_source"].built()
    [container] = pod["spec"]["containers"]
    assert container["env"] == [
        {"name": name, "valueFrom": {"secretKeyRef": {"name": "ours", "key": name}}} for name in ("DB", "STORE")
    ]


def test_the_worker_understands_what_it_is_told() -> None:
    told = 'it\'s "so" {{ 7 * 6 }}'
    [pod] = of("everything")["cleaned"].built({"word": told})
    given = _parser().parse_args(pod["spec"]["containers"][0]["args"])
    assert str(given.plan) == "/opt/mldsl/everything/plan.json"
    assert json.loads(given.params)["word"] == told
    assert (given.steps[-1], given.run) == ("transform:cleaned", "d/r")
    assert (given.run_date, given.run_time) == ("2026-03-01", "2026-03-01T04:05:06")


def test_each_share_of_the_trials_has_a_pod_of_its_own() -> None:
    copies = of("scheduled", shares="3")["buyer_trials"].built()
    given = [_parser().parse_args(pod["spec"]["containers"][0]["args"]) for pod in copies]
    assert [(item.share, item.shares, item.steps) for item in given] == [(i, 3, ["model:buyer"]) for i in range(3)]


def test_a_monitor_answers_where_airflow_looks_for_it() -> None:
    """The sidecar of `do_xcom_push` takes what is in that file; a failed pod would be tried again."""
    found = dags(compiled(PROGRAMS / "deployed.ml", **OPERATOR))
    monitor = pods(found["shop__watch.py"])["watch_monitor"]
    [pod] = monitor.built()
    kubernetes_validate.validate(pod, VERSIONS[-1], strict=True)
    [container] = pod["spec"]["containers"]
    given = _parser().parse_args(container["args"])
    assert monitor.do_xcom_push and str(given.answer) == "/airflow/xcom/return.json"
    assert (given.verdicts, given.steps) == (True, ["monitor:watch"])
    assert str(given.plan) == "/opt/mldsl/shop/shop__watch.json"
    assert [item["name"] for item in container["env"]] == ["HOOK"]
    # Airflow would look for a file with a template.
    assert not any(word.endswith(".json") for word in monitor.arguments)
    labels = pods(found["shop__watch.py"])["outcomes_check"].built()[0]["spec"]["containers"][0]["args"]
    assert not _parser().parse_args(labels).verdicts


def test_a_folder_on_a_volume_is_told_to_the_worker(tmp_path: Path) -> None:
    path = written(
        tmp_path,
        'pipeline p { resources { volumes: "home:/home" } }\nsource a = csv("a.csv") { id: int key }\n',
    )
    folder = '/home/o\'brien "{{ 7 }}" \\x'
    [pod] = pods(dag(compiled(path, **OPERATOR, folder=folder)))["a"].built()
    assert str(_parser().parse_args(pod["spec"]["containers"][0]["args"]).folder) == folder


def test_claims_whose_names_come_to_the_same_have_names_of_their_own(tmp_path: Path) -> None:
    long = "x" * 200
    claims = ["a.b", "a-b", long, f"{long}.y"]
    listed = ", ".join(f'"{claim}:/m/{number}"' for number, claim in enumerate(claims))
    path = written(
        tmp_path,
        f'pipeline p {{ artifacts: "s3://b"; resources {{ volumes: {listed} }} }}\n'
        'source a = csv("s3://b/a.csv") { id: int key }\n',
    )
    [pod] = pods(dag(compiled(path, **OPERATOR)))["a"].built()
    kubernetes_validate.validate(pod, VERSIONS[-1], strict=True)
    names = {item["persistentVolumeClaim"]["claimName"]: item["name"] for item in pod["spec"]["volumes"]}
    assert set(names) == set(claims)
    assert len(set(names.values())) == 4 and max(map(len, names.values())) <= 63
    mounted = {item["name"]: item["mountPath"] for item in pod["spec"]["containers"][0]["volumeMounts"]}
    assert [mounted[names[claim]] for claim in claims] == ["/m/0", "/m/1", "/m/2", "/m/3"]
