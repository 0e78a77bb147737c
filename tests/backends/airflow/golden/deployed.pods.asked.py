"""Are there answers at all?

Compiled by mldsl VERSION from deployed.ml. Change that and compile it again:
this file is written anew then, unless somebody has edited it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, Asset, TaskGroup

try:
    from airflow.sdk import DeltaTriggerTimetable
    from airflow.sdk.exceptions import AirflowFailException
except ImportError:  # Airflow 3.1
    from airflow.exceptions import AirflowFailException
    from airflow.timetables.trigger import DeltaTriggerTimetable

IMAGE = "reg.io/ml:1"
NAMESPACE = "default"
SECRET = "mldsl"
PLAN = "/opt/mldsl/shop/shop__asked.json"
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


def fail_for_breach(looked: str, **context: Any) -> None:
    """Fail with what the task that looked found, if it did, once all is done about it."""
    answer = context["ti"].xcom_pull(task_ids=looked)
    for item in answer.values():
        if item["state"] == "unmet":
            raise AirflowFailException(item["message"])


def monitor(
    task_id: str,
    *steps: str,
    secrets: Sequence[str] = (),
    resources: dict[str, str] | None = None,
    placed: dict[str, Any] | None = None,
    **more: Any,
) -> KubernetesPodOperator:
    """A task that looks at what is in production; those behind it act on its answer."""
    answer = "--answer={{ '/airflow/xcom/return.json' }}"
    return KubernetesPodOperator(
        task_id=task_id,
        arguments=["--verdicts", answer, "--steps", *steps, *TOLD],
        do_xcom_push=True,
        **shared(secrets, resources, placed, more),
    )


def breach(task_id: str, looked: str) -> PythonOperator:
    """The end of the run: it fails where there was a breach, and is not tried again."""
    return PythonOperator(
        task_id=task_id,
        python_callable=fail_for_breach,
        op_kwargs={"looked": looked},
        trigger_rule="none_failed",
    )


with DAG(
    dag_id="shop__asked",
    doc_md="Are there answers at all?",
    schedule=DeltaTriggerTimetable(timedelta(hours=12)),
    catchup=False,
    default_args={"retries": 0},
) as dag:
    with TaskGroup("asked", tooltip="Are there answers at all?"):
        asked_monitor = monitor(
            "monitor",
            "monitor:asked",
            doc_md="Are there answers at all?",
            inlets=[Asset("x-model://winners")],
        )
        asked_breach = breach("breach", "asked.monitor")

    asked_monitor >> asked_breach
