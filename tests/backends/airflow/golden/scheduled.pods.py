"""Runs by the clock of Berlin, on data that others write.

Compiled by mldsl VERSION from scheduled.ml. Change that and compile it again:
this file is written anew then, unless somebody has edited it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.sdk import DAG, TaskGroup

try:
    from airflow.sdk import CronTriggerTimetable
except ImportError:  # Airflow 3.1
    from airflow.timetables.trigger import CronTriggerTimetable

IMAGE = "reg.io/ml:1"
NAMESPACE = "ml"
SECRET = "ours"
PLAN = "/opt/mldsl/scheduled/plan.json"
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


def notify(context: dict[str, Any]) -> None:
    """Tell the webhook that a run failed."""
    from urllib.request import Request, urlopen

    reason = context.get("reason") or "a task failed"
    text = f"{context['dag'].dag_id}: the run {context['run_id']} failed ({reason})"
    webhook = "https://hooks.example.org/ml"
    body = json.dumps({"text": text}).encode()
    request = Request(webhook, body, {"Content-Type": "application/json"})
    with urlopen(request, timeout=30):
        pass


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
    dag_id="scheduled",
    doc_md="Runs by the clock of Berlin, on data that others write.",
    schedule=CronTriggerTimetable("0 3 * * 1-5", timezone="Europe/Berlin"),
    catchup=False,
    default_args={"retries": 0},
    on_failure_callback=notify,
) as dag:
    with TaskGroup("visits"):
        visits_source = task("source", "source:visits")
        visits_check = task("check", "check:visits")

    data = task("data", "split:data")

    with TaskGroup("buyer"):
        buyer_trials = trials("trials", "model:buyer", shares=4)
        buyer_model = task("model", "model:buyer")
        buyer_evaluate_data_test = task(
            "evaluate_data_test",
            "evaluate:buyer on data.test",
        )

    visits_source >> visits_check
    visits_check >> data
    data >> buyer_trials
    buyer_trials >> buyer_model
    buyer_model >> buyer_evaluate_data_test
