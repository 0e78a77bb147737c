"""What is a house worth? Two ways to prepare the same table: written by hand, and left to the language.

Compiled by mldsl VERSION from houses.ml. Change that and compile it again:
this file is written anew then, unless somebody has edited it.
"""

from __future__ import annotations

import logging
from collections.abc import Generator, Sequence
from contextlib import contextmanager
from datetime import timezone
from pathlib import Path
from typing import Any

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, Asset, TaskGroup

try:
    from airflow.sdk.exceptions import AirflowFailException
except ImportError:  # Airflow 3.1
    from airflow.exceptions import AirflowFailException

HERE = Path(__file__).parent / "houses"
PLAN = HERE / "plan.json"
PLACES = {
    "store": ".mldsl",
    "folder": Path("/opt/programs/houses"),
    "code": HERE / "code",
}
PARAMS = []


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
    dag_id="houses",
    doc_md="What is a house worth? Two ways to prepare the same table: written by hand, and left to the language.",
    schedule=Asset("file:///opt/programs/houses/data/ames.parquet"),
    catchup=False,
    default_args={"retries": 0},
) as dag:
    with TaskGroup(
        "houses",
        tooltip="One row a house that was sold in Ames, Iowa, between 2006 and 2010.",
    ):
        houses_source = task(
            "source",
            "source:houses",
            doc_md="One row a house that was sold in Ames, Iowa, between 2006 and 2010.",
        )
        houses_check = task("check", "check:houses")

    features = task("features", "transform:features")
    data = task(
        "data",
        "split:data",
        doc_md="Two models are judged on the same houses.",
    )

    with TaskGroup("written", tooltip="What somebody who knows the trade would write."):
        written_trials = trials(
            "trials",
            "model:written",
            shares=4,
            doc_md="What somebody who knows the trade would write.",
        )
        written_model = task(
            "model",
            "model:written",
            doc_md="What somebody who knows the trade would write.",
        )
        written_evaluate_data_test = task(
            "evaluate_data_test",
            "evaluate:written on data.test",
        )

    with TaskGroup(
        "default",
        tooltip="What the language does where nothing is written.",
    ):
        default_model = task(
            "model",
            "model:default",
            doc_md="What the language does where nothing is written.",
        )
        default_evaluate_data_test = task(
            "evaluate_data_test",
            "evaluate:default on data.test",
        )

    houses_source >> houses_check
    houses_check >> features
    features >> data
    data >> written_trials
    written_trials >> written_model
    data >> default_model
    written_model >> written_evaluate_data_test
    default_model >> default_evaluate_data_test
