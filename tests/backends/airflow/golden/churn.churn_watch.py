"""The pipeline `churn`.

Compiled by mldsl VERSION from churn.ml. Change that and compile it again:
this file is written anew then, unless somebody has edited it.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

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

HERE = Path(__file__).parent / "churn"
PLAN = HERE / "churn__churn_watch.json"
PLACES = {
    "store": ".mldsl",
    "folder": Path("/opt/programs/churn"),
    "code": HERE / "code",
}
PARAMS = []


def run(steps: list[str], secrets: list[str], **context: Any) -> dict[str, Any]:
    """Carry out steps of the plan; what they give goes to the artifact store."""
    from mldsl.runtime.worker import run_steps

    with final_failures():
        return run_steps(PLAN, steps, **PLACES, **given(secrets, context))


def look(steps: list[str], secrets: list[str], **context: Any) -> dict[str, Any]:
    """Carry out steps up to a monitor's; what it finds is an answer, and no failure."""
    from mldsl.runtime.worker import run_steps

    told = {**PLACES, **given(secrets, context)}
    with final_failures():
        return run_steps(PLAN, steps, verdicts=True, **told)


@contextmanager
def final_failures() -> Generator[None, None, None]:
    """What would fail again, such as an expectation that is not met, is not retried."""
    from mldsl.errors import PlanError, UsageError
    from mldsl.runtime.worker import TaskFailed

    try:
        yield
    except (PlanError, UsageError, TaskFailed) as failed:
        if getattr(failed, "may_pass_later", False):
            raise
        raise AirflowFailException(str(failed)) from None


def given(secrets: list[str], context: dict[str, Any]) -> dict[str, Any]:
    """What a task is told. Its time is the run's logical date, or when it may begin."""
    dag_run = context["dag_run"]
    moment = (dag_run.logical_date or dag_run.run_after).astimezone(timezone.utc)
    return {
        "params": {name: context["params"][name] for name in PARAMS},
        "run_date": moment.strftime("%Y-%m-%d"),
        "run_time": moment.strftime("%Y-%m-%dT%H:%M:%S"),
        "run": f"{dag_run.dag_id}/{dag_run.run_id}",
        "secrets": {name: secret(name) for name in secrets},
        "log": logging.getLogger("airflow.task").info,
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
    **more: Any,
) -> PythonOperator:
    """A task that carries out steps of the plan, in this order."""
    return PythonOperator(
        task_id=task_id,
        python_callable=run,
        op_kwargs={"steps": list(steps), "secrets": list(secrets)},
        **more,
    )


def monitor(
    task_id: str,
    *steps: str,
    secrets: Sequence[str] = (),
    **more: Any,
) -> PythonOperator:
    """A task that looks at what is in production; those behind it act on its answer."""
    return PythonOperator(
        task_id=task_id,
        python_callable=look,
        op_kwargs={"steps": list(steps), "secrets": list(secrets)},
        **more,
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
    dag_id="churn__churn_watch",
    schedule=DeltaTriggerTimetable(timedelta(days=1)),
    catchup=False,
    tags=["customers", "example"],
    default_args={"owner": "growth-ml", "retries": 2, "retry_delay": timedelta(0)},
) as dag:
    with TaskGroup("customers", tooltip="One row a customer."):
        customers_source = task(
            "source",
            "source:customers",
            doc_md="One row a customer.",
        )
        customers_check = task("check", "check:customers")

    with TaskGroup("churn_watch"):
        churn_watch_monitor = monitor(
            "monitor",
            "monitor:churn_watch",
            secrets=["CHURN_WEBHOOK"],
            inlets=[
                Asset("x-model://nightly"),
                Asset("file:///opt/programs/churn/scores/*.parquet"),
            ],
        )
        churn_watch_retraining_wanted = retraining_wanted(
            "retraining_wanted",
            "churn_watch.monitor",
        )
        churn_watch_retrain = retrain(
            "retrain",
            "churn",
            "retrain__churn_watch__{{ run_id }}",
        )
        churn_watch_breach = breach("breach", "churn_watch.monitor")

    customers_source >> customers_check
    customers_check >> churn_watch_monitor
    churn_watch_monitor >> churn_watch_retraining_wanted
    churn_watch_retraining_wanted >> churn_watch_retrain
    [churn_watch_monitor, churn_watch_retrain] >> churn_watch_breach
