"""Steps on nodes of their own, with data on volumes.

Compiled by mldsl VERSION from placed.ml, under the profile `cluster`. Change that and compile it again:
this file is written anew then, unless somebody has edited it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.sdk import DAG, Asset, TaskGroup

IMAGE = "reg.io/ml:1"
NAMESPACE = "default"
SECRET = "mldsl"
PLAN = "/opt/mldsl/placed/plan.json"
# What the worker in the pod is told. Airflow fills this in when a task begins; a word that
# ends in `.json` would be taken for a file with more to fill in.
TOLD = [
    f"--plan={{{{ '{PLAN}' }}}}",
    "--run-date={{ (dag_run.logical_date or dag_run.run_after).strftime('%Y-%m-%d') }}",
    "--run-time={{ (dag_run.logical_date or dag_run.run_after).strftime('%Y-%m-%dT%H:%M:%S') }}",
    "--run={{ dag_run.dag_id }}/{{ dag_run.run_id }}",
    "--params={{ params | tojson }}",
]
PLACED = [
    {
        "spec": {
            "nodeSelector": {"pool": "ml"},
            "tolerations": [
                {
                    "key": "dedicated",
                    "operator": "Equal",
                    "value": "ml",
                    "effect": "NoSchedule",
                },
            ],
            "volumes": [
                {"name": "shared", "persistentVolumeClaim": {"claimName": "shared"}},
                {
                    "name": "warehouse-raw",
                    "persistentVolumeClaim": {"claimName": "warehouse.raw"},
                },
            ],
        },
        "mounts": [
            {"name": "shared", "mountPath": "/data"},
            {"name": "warehouse-raw", "mountPath": "/raw", "readOnly": True},
        ],
    },
    {
        "spec": {
            "nodeSelector": {"pool": "gpu", "zone": "a"},
            "tolerations": [
                {"key": "gpu", "operator": "Exists"},
                {
                    "key": "spot",
                    "operator": "Equal",
                    "value": "",
                    "effect": "NoExecute",
                },
            ],
            "volumes": [
                {"name": "shared", "persistentVolumeClaim": {"claimName": "shared"}},
                {
                    "name": "warehouse-raw",
                    "persistentVolumeClaim": {"claimName": "warehouse.raw"},
                },
            ],
        },
        "mounts": [
            {"name": "shared", "mountPath": "/data"},
            {"name": "warehouse-raw", "mountPath": "/raw", "readOnly": True},
        ],
    },
]


def pod(
    secrets: Sequence[str],
    resources: dict[str, str],
    placed: dict[str, Any],
) -> dict[str, Any]:
    """The pod's template: its secrets from a Kubernetes secret, and what it asks for."""
    container = {
        "name": "base",
        "env": [{"name": name, "valueFrom": from_secret(name)} for name in secrets],
        "resources": {"requests": resources, "limits": resources},
        "volumeMounts": placed.get("mounts", []),
    }
    spec = {"containers": [container], **placed.get("spec", {})}
    return {"apiVersion": "v1", "kind": "Pod", "metadata": {}, "spec": spec}


def from_secret(name: str) -> dict[str, Any]:
    """Where a variable of the environment gets its value from."""
    return {"secretKeyRef": {"name": SECRET, "key": name}}


def shared(
    secrets: Sequence[str],
    resources: dict[str, str] | None,
    placed: dict[str, Any] | None,
    more: dict[str, Any],
) -> dict[str, Any]:
    """What all pods of the pipeline have in common."""
    return {
        "image": IMAGE,
        "namespace": NAMESPACE,
        "cmds": ["python", "-m", "mldsl.runtime.worker"],
        "pod_template_dict": pod(secrets, resources or {}, placed or {}),
        **more,
    }


def task(
    task_id: str,
    *steps: str,
    secrets: Sequence[str] = (),
    resources: dict[str, str] | None = None,
    placed: dict[str, Any] | None = None,
    **more: Any,
) -> KubernetesPodOperator:
    """A task that carries out steps of the plan, in this order."""
    return KubernetesPodOperator(
        task_id=task_id,
        arguments=["--steps", *steps, *TOLD],
        **shared(secrets, resources, placed, more),
    )


def trials(
    task_id: str,
    step: str,
    *,
    shares: int,
    secrets: Sequence[str] = (),
    resources: dict[str, str] | None = None,
    placed: dict[str, Any] | None = None,
    **more: Any,
) -> Any:
    """A task for each share of the settings that a model tries."""
    words = ["--steps", step, f"--shares={shares}", *TOLD]
    mapped = KubernetesPodOperator.partial(
        task_id=task_id,
        **shared(secrets, resources, placed, more),
    )
    return mapped.expand(arguments=[[*words, f"--share={i}"] for i in range(shares)])


with DAG(
    dag_id="placed",
    doc_md="Steps on nodes of their own, with data on volumes.",
    schedule=Asset("file:///raw/visits.parquet"),
    catchup=False,
    default_args={"retries": 0},
) as dag:
    with TaskGroup("visits"):
        visits_source = task(
            "source",
            "source:visits",
            resources={"cpu": "1"},
            placed=PLACED[0],
        )
        visits_check = task(
            "check",
            "check:visits",
            resources={"cpu": "1"},
            placed=PLACED[0],
        )

    data = task("data", "split:data", resources={"cpu": "1"}, placed=PLACED[0])

    with TaskGroup("buyer"):
        buyer_trials = trials(
            "trials",
            "model:buyer",
            shares=4,
            resources={"cpu": "1", "memory": "8589934592", "amd.com/gpu": "2"},
            placed=PLACED[1],
        )
        buyer_model = task(
            "model",
            "model:buyer",
            resources={"cpu": "1", "memory": "8589934592", "amd.com/gpu": "2"},
            placed=PLACED[1],
        )
        buyer_evaluate_data_test = task(
            "evaluate_data_test",
            "evaluate:buyer on data.test",
            resources={"cpu": "1"},
            placed=PLACED[0],
        )

    visits_source >> visits_check
    visits_check >> data
    data >> buyer_trials
    buyer_trials >> buyer_model
    buyer_model >> buyer_evaluate_data_test
