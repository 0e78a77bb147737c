"""Which flights will arrive late? Told an hour before they are due to leave, from what is known by then.

Compiled by mldsl VERSION from flights.ml. Change that and compile it again:
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
from airflow.sdk import DAG, Asset, AssetAny, Param, TaskGroup

try:
    from airflow.sdk.exceptions import AirflowFailException
except ImportError:  # Airflow 3.1
    from airflow.exceptions import AirflowFailException

HERE = Path(__file__).parent / "flights"
PLAN = HERE / "plan.json"
PLACES = {
    "store": ".mldsl",
    "folder": Path("/opt/programs/flights"),
    "code": HERE / "code",
}
PARAMS = ["tolerance"]


def run(steps: list[str], secrets: list[str], **context: Any) -> dict[str, Any]:
    """Carry out steps of the plan; what they give goes to the artifact store."""
    from mldsl.runtime.worker import run_steps

    with final_failures():
        return run_steps(PLAN, steps, **PLACES, **given(secrets, context))


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


with DAG(
    dag_id="flights",
    doc_md="Which flights will arrive late? Told an hour before they are due to leave, from what is known by then.",
    schedule=AssetAny(
        Asset("file:///opt/programs/flights/data/flights.parquet"),
        Asset("file:///opt/programs/flights/data/weather.csv"),
        Asset("file:///opt/programs/flights/data/departures.parquet"),
        Asset("file:///opt/programs/flights/data/planes.csv"),
    ),
    catchup=False,
    tags=["time", "example"],
    default_args={"owner": "operations", "retries": 0},
    params={
        "tolerance": Param(
            15,
            type="integer",
            description="From how many minutes on a flight counts as late.",
        ),
    },
) as dag:
    with TaskGroup(
        "flights",
        tooltip="One row a flight that was planned; what became of it is known only afterwards.",
    ):
        flights_source = task(
            "source",
            "source:flights",
            doc_md="One row a flight that was planned; what became of it is known only afterwards.",
        )
        flights_check = task("check", "check:flights")

    with TaskGroup(
        "weather",
        tooltip="What the weather stations of the three airports reported.",
    ):
        weather_source = task(
            "source",
            "source:weather",
            doc_md="What the weather stations of the three airports reported.",
        )
        weather_check = task("check", "check:weather")

    with TaskGroup(
        "departures",
        tooltip="What the towers write down, in the order of time.",
    ):
        departures_source = task(
            "source",
            "source:departures",
            doc_md="What the towers write down, in the order of time.",
        )
        departures_check = task("check", "check:departures")

    with TaskGroup("planes", tooltip="The register of planes."):
        planes_source = task(
            "source",
            "source:planes",
            doc_md="The register of planes.",
        )
        planes_check = task("check", "check:planes")

    features = task(
        "features",
        "transform:queue",
        "transform:features",
        doc_md="One row a flight, as it looks an hour before it is due to leave.\n\n`queue`: At each departure: how late the last twenty from there left.",
    )
    data = task(
        "data",
        "split:data",
        doc_md="The model learns from the past and is judged on the two weeks after it.",
    )

    with TaskGroup("late_model"):
        late_model_model = task("model", "model:late_model")
        late_model_evaluate_data_test = task(
            "evaluate_data_test",
            "evaluate:late_model on data.test",
        )

    [flights_source, planes_source] >> flights_check
    weather_source >> weather_check
    departures_source >> departures_check
    planes_source >> planes_check
    [departures_check, weather_check, flights_check, planes_check] >> features
    features >> data
    data >> late_model_model
    late_model_model >> late_model_evaluate_data_test
