"""The pipeline `shop`.

Compiled by mldsl VERSION from deployed.ml. Change that and compile it again:
this file is written anew then, unless somebody has edited it.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk import DAG, Asset, TaskGroup

try:
    from airflow.sdk import CronTriggerTimetable
except ImportError:  # Airflow 3.1
    from airflow.timetables.trigger import CronTriggerTimetable

IMAGE = "reg.io/ml:1"
NAMESPACE = "default"
SECRET = "mldsl"
PLAN = "/opt/mldsl/shop/plan.json"
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


def approval(task_id: str, subject: str) -> ApprovalOperator:
    """Somebody has to say yes before what is behind it goes live; a no fails it."""
    return ApprovalOperator(
        task_id=task_id,
        subject=subject,
        body="Its other requirements are judged when that is given.",
        fail_on_reject=True,
        retries=0,
        execution_timeout=None,
    )


with DAG(
    dag_id="shop",
    schedule=CronTriggerTimetable("0 3 * * *", timezone="UTC"),
    catchup=False,
    default_args={"retries": 0},
) as dag:
    people = task("people", "source:people")

    with TaskGroup("outcomes"):
        outcomes_source = task("source", "source:outcomes")
        outcomes_check = task("check", "check:outcomes")

    data = task("data", "split:data")

    with TaskGroup("winner"):
        winner_model = task("model", "model:winner")
        winner_evaluate_data_test = task(
            "evaluate_data_test",
            "evaluate:winner on data.test",
        )

    with TaskGroup("live"):
        live_approval_risk = approval(
            "approval_risk",
            subject="May `live` of `shop` go live? It needs the approval of risk.",
        )
        live_approval_legal_team = approval(
            "approval_legal_team",
            subject="May `live` of `shop` go live? It needs the approval of legal team.",
        )
        live_deploy = task(
            "deploy",
            "deploy:live",
            outlets=[Asset("x-model://winners")],
        )

    nightly = task(
        "nightly",
        "deploy:nightly",
        secrets=["WH"],
        outlets=[Asset("x-model://nightly"), Asset("x-table://WH/scores")],
    )

    outcomes_source >> outcomes_check
    people >> data
    data >> winner_model
    winner_model >> winner_evaluate_data_test
    winner_evaluate_data_test >> live_approval_risk
    winner_evaluate_data_test >> live_approval_legal_team
    [live_approval_risk, live_approval_legal_team] >> live_deploy
    winner_evaluate_data_test >> nightly
