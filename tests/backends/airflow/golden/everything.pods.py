"""What sells, and "why".

A second paragraph, with a \\ and a `code`.

Compiled by mldsl VERSION from everything.ml. Change that and compile it again:
this file is written anew then, unless somebody has edited it.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

from airflow.providers.cncf.kubernetes.operators.pod import KubernetesPodOperator
from airflow.sdk import DAG, Param, TaskGroup

try:
    from airflow.sdk import DeltaTriggerTimetable
    from airflow.sdk.exceptions import AirflowFailException
except ImportError:  # Airflow 3.1
    from airflow.exceptions import AirflowFailException
    from airflow.timetables.trigger import DeltaTriggerTimetable

IMAGE = "reg.io/ml:1"
NAMESPACE = "default"
SECRET = "mldsl"
PLAN = "/opt/mldsl/everything/plan.json"
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


def secret(name: str) -> str:
    """The variable of that name, else the connection's URI; an error if there is neither."""
    from airflow.sdk import Connection, Variable

    try:
        from airflow.sdk.exceptions import AirflowNotFoundException
    except ImportError:  # Airflow 3.1
        from airflow.exceptions import AirflowNotFoundException

    value = Variable.get(name, default=None)  # noqa: AIR003 - called when a task runs
    if value is not None:
        return value
    try:
        return Connection.get(name).get_uri()
    except AirflowNotFoundException:
        missing = f"Airflow has no variable and no connection called `{name}`"
        raise AirflowFailException(missing) from None


def notify(context: dict[str, Any]) -> None:
    """Tell the webhook that a run failed."""
    from urllib.request import Request, urlopen

    reason = context.get("reason") or "a task failed"
    text = f"{context['dag'].dag_id}: the run {context['run_id']} failed ({reason})"
    webhook = secret("HOOK")
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
    dag_id="everything",
    description='Sales "and" more',
    doc_md='What sells, and "why".\n\nA second paragraph, with a \\ and a `code`.',
    schedule=DeltaTriggerTimetable(timedelta(days=1, hours=12)),
    catchup=False,
    tags=["sales", "ml"],
    default_args={
        "owner": "shop",
        "retries": 3,
        "retry_delay": timedelta(minutes=1, seconds=30),
        "execution_timeout": timedelta(minutes=10),
    },
    on_failure_callback=notify,
    params={
        "since": Param(
            "2025-01-31",
            type="string",
            format="date",
            description="The first day.",
        ),
        "at": Param("2025-01-31T10:00:00+00:00", type="string", format="date-time"),
        "many": Param(3, type="integer"),
        "share": Param(0.5, type=["number", "null"]),
        "exact": Param(True, type="boolean"),
        "word": Param('it\'s "so"', type="string"),
        "plan": Param("pro", type="string", enum=["basic", "pro"]),
        "wait": Param(
            "7d2h",
            type="string",
            pattern="^-?(\\d+(ms|us|w|d|h|m|s))+$",
            examples=["90d", "1h30m"],
        ),
    },
) as dag:
    with TaskGroup("orders"):
        orders_source = task("source", "source:orders", secrets=["DB", "STORE"])
        orders_check = task("check", "check:orders", secrets=["STORE"])

    with TaskGroup("shops"):
        shops_source = task("source", "source:shops", secrets=["DB", "STORE"])
        shops_check = task("check", "check:shops", secrets=["STORE"])

    large = task(
        "large",
        "transform:recent",
        "transform:large",
        secrets=["STORE"],
        doc_md="Large ones.",
        execution_timeout=timedelta(minutes=20),
    )
    cleaned = task("cleaned", "transform:cleaned", secrets=["STORE"])
    data = task("data", "split:data", secrets=["STORE"])

    with TaskGroup("judge", tooltip="Is it good?"):
        judge_trials = trials(
            "trials",
            "model:judge",
            shares=3,
            secrets=["STORE"],
            doc_md="Is it good?",
            resources={"cpu": "2500m"},
        )
        judge_model = task(
            "model",
            "model:judge",
            secrets=["STORE"],
            doc_md="Is it good?",
            resources={"cpu": "2500m"},
        )
        judge_evaluate_data_test = task(
            "evaluate_data_test",
            "evaluate:judge on data.test",
            secrets=["STORE"],
        )

    [orders_source, shops_source] >> orders_check
    shops_source >> shops_check
    orders_check >> large
    large >> cleaned
    cleaned >> data
    data >> judge_trials
    judge_trials >> judge_model
    judge_model >> judge_evaluate_data_test
