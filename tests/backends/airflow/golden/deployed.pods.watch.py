"""The pipeline `shop`.

Compiled by mldsl VERSION from deployed.ml. Change that and compile it again:
this file is written anew then, unless somebody has edited it.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.providers.standard.operators.python import (
    PythonOperator,
    ShortCircuitOperator,
)
from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
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
PLAN = "/opt/mldsl/shop/shop__watch.json"
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


def is_retraining_wanted(looked: str, **context: Any) -> bool:
    """Whether the task that looked asks for a training: once for the same rows."""
    answer = context["ti"].xcom_pull(task_ids=looked)
    return any(item.get("retrain", False) for item in answer.values())


def fail_for_breach(looked: str, **context: Any) -> None:
    """Fail with what the task that looked found, if it did, once all is done about it."""
    answer = context["ti"].xcom_pull(task_ids=looked)
    for item in answer.values():
        if item["state"] == "unmet":
            raise AirflowFailException(item["message"])


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


def retraining_wanted(task_id: str, looked: str) -> ShortCircuitOperator:
    """Whether to train. If not, what is right behind it is skipped, and nothing else."""
    return ShortCircuitOperator(
        task_id=task_id,
        python_callable=is_retraining_wanted,
        op_kwargs={"looked": looked},
        ignore_downstream_trigger_rules=False,
    )


def retrain(task_id: str, dag_id: str, run_id: str) -> TriggerDagRunOperator:
    """The training, once for a run of the monitor, with the defaults of its parameters."""
    return TriggerDagRunOperator(
        task_id=task_id,
        trigger_dag_id=dag_id,
        trigger_run_id=run_id,
        skip_when_already_exists=True,
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
    dag_id="shop__watch",
    schedule=DeltaTriggerTimetable(timedelta(days=1)),
    catchup=False,
    default_args={"retries": 0},
) as dag:
    with TaskGroup("outcomes"):
        outcomes_source = task("source", "source:outcomes")
        outcomes_check = task("check", "check:outcomes")

    with TaskGroup("watch"):
        watch_monitor = monitor(
            "monitor",
            "monitor:watch",
            secrets=["HOOK"],
            inlets=[Asset("x-model://nightly"), Asset("x-table://WH/scores")],
        )
        watch_retraining_wanted = retraining_wanted(
            "retraining_wanted",
            "watch.monitor",
        )
        watch_retrain = retrain("retrain", "shop", "retrain__watch__{{ run_id }}")
        watch_breach = breach("breach", "watch.monitor")

    outcomes_source >> outcomes_check
    outcomes_check >> watch_monitor
    watch_monitor >> watch_retraining_wanted
    watch_retraining_wanted >> watch_retrain
    [watch_monitor, watch_retrain] >> watch_breach
