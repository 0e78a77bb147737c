"""What sells, and "why".

A second paragraph, with a \\ and a `code`.

Compiled by mldsl VERSION from everything.ml. Change that and compile it again:
this file is written anew then, unless somebody has edited it.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import timedelta, timezone
from pathlib import Path
from typing import Any

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, Param, TaskGroup

try:
    from airflow.sdk import DeltaTriggerTimetable
    from airflow.sdk.exceptions import AirflowFailException
except ImportError:  # Airflow 3.1
    from airflow.exceptions import AirflowFailException
    from airflow.timetables.trigger import DeltaTriggerTimetable

HERE = Path(__file__).parent / "everything"
PLAN = HERE / "plan.json"
PLACES = {"store": "", "folder": HERE, "code": HERE / "code"}
PARAMS = ["since", "at", "many", "share", "exact", "word", "plan", "wait"]


def run(steps: list[str], secrets: list[str], **context: Any) -> dict[str, Any]:
    """Carry out steps of the plan; what they give goes to the artifact store."""
    from mldsl.runtime.worker import run_steps

    with final_failures():
        return run_steps(PLAN, steps, **PLACES, **given(secrets, context))


def run_share(
    step: str,
    share: int,
    shares: int,
    secrets: list[str],
    **context: Any,
) -> dict[str, Any]:
    """Try a share of the settings of a model; its own step finds there what came of it."""
    from mldsl.runtime.worker import run_trials

    told = {**PLACES, **given(secrets, context)}
    with final_failures():
        return run_trials(PLAN, step, share=share, shares=shares, **told)


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
    **more: Any,
) -> PythonOperator:
    """A task that carries out steps of the plan, in this order."""
    return PythonOperator(
        task_id=task_id,
        python_callable=run,
        op_kwargs={"steps": list(steps), "secrets": list(secrets)},
        **more,
    )


def trials(
    task_id: str,
    step: str,
    *,
    shares: int,
    secrets: Sequence[str] = (),
    **more: Any,
) -> Any:
    """A task for each share of the settings that a model tries."""
    told = {"step": step, "shares": shares, "secrets": list(secrets)}
    mapped = PythonOperator.partial(task_id=task_id, python_callable=run_share, **more)
    return mapped.expand(op_kwargs=[{**told, "share": i} for i in range(shares)])


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
    with TaskGroup("shops"):
        shops_source = task("source", "source:shops", secrets=["DB", "STORE"])
        shops_check = task("check", "check:shops", secrets=["STORE"])

    orders = task(
        "orders",
        "source:orders",
        "check:orders",
        secrets=["DB", "STORE"],
        execution_timeout=timedelta(minutes=20),
    )
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
            pool_slots=3,
        )
        judge_model = task(
            "model",
            "model:judge",
            "evaluate:judge on data.test",
            secrets=["STORE"],
            doc_md="Is it good?",
            pool_slots=3,
            execution_timeout=timedelta(minutes=20),
        )

    shops_source >> orders
    shops_source >> shops_check
    orders >> large
    large >> cleaned
    cleaned >> data
    data >> judge_trials
    judge_trials >> judge_model
