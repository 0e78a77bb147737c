"""The pipeline `shop`.

Compiled by mldsl VERSION from deployed.ml. Change that and compile it again:
this file is written anew then, unless somebody has edited it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.sdk import DAG, Asset

try:
    from airflow.sdk import CronTriggerTimetable
except ImportError:  # Airflow 3.1
    from airflow.timetables.trigger import CronTriggerTimetable

IMAGE = "reg.io/ml:1"
NAMESPACE = "default"
SECRET = "mldsl"
PLAN = "/opt/mldsl/shop/shop__nightly.json"
# What the worker in the pod is told. Airflow fills this in when a task begins; a word that
# ends in `.json` would be taken for a file with more to fill in.
TOLD = [
    f"--plan={{{{ '{PLAN}' }}}}",
    "--run-date={{ (dag_run.logical_date or dag_run.run_after).strftime('%Y-%m-%d') }}",
    "--run-time={{ (dag_run.logical_date or dag_run.run_after).strftime('%Y-%m-%dT%H:%M:%S') }}",
    "--run={{ dag_run.dag_id }}/{{ dag_run.run_id }}",
    "--params={{ params | tojson }}",
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


with DAG(
    dag_id="shop__nightly",
    schedule=CronTriggerTimetable("0 5 * * *", timezone="UTC"),
    catchup=False,
    default_args={"retries": 0},
) as dag:
    people = task("people", "source:people")
    nightly = task(
        "nightly",
        "deploy:nightly",
        secrets=["WH"],
        inlets=[Asset("x-model://nightly")],
        outlets=[Asset("x-table://WH/scores")],
    )

    people >> nightly
