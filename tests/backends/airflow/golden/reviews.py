"""Did the customer think it was great? From what they wrote about food.

Compiled by mldsl VERSION from reviews.ml. Change that and compile it again:
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

HERE = Path(__file__).parent / "reviews"
PLAN = HERE / "plan.json"
PLACES = {
    "store": ".mldsl",
    "folder": Path("/opt/programs/reviews"),
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
    dag_id="reviews",
    doc_md="Did the customer think it was great? From what they wrote about food.",
    schedule=Asset("file:///opt/programs/reviews/data/reviews.parquet"),
    catchup=False,
    default_args={"retries": 0},
) as dag:
    with TaskGroup("reviews", tooltip="One row a review of a product."):
        reviews_source = task(
            "source",
            "source:reviews",
            doc_md="One row a review of a product.",
        )
        reviews_check = task("check", "check:reviews")

    features = task(
        "features",
        "transform:features",
        doc_md="What the words do not say: how long it is, how it is written.",
    )
    data = task("data", "split:data")

    with TaskGroup("great"):
        great_trials = trials("trials", "model:great", shares=4)
        great_model = task("model", "model:great")
        great_evaluate_data_test = task(
            "evaluate_data_test",
            "evaluate:great on data.test",
        )

    reviews_source >> reviews_check
    reviews_check >> features
    features >> data
    data >> great_trials
    great_trials >> great_model
    great_model >> great_evaluate_data_test
