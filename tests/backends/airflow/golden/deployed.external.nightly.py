"""The pipeline `shop`.

Compiled by mldsl VERSION from deployed.ml. Change that and compile it again:
this file is written anew then, unless somebody has edited it.
"""

from __future__ import annotations

import json
import logging
import os
import subprocess
import tempfile
from collections.abc import Sequence
from datetime import timezone
from pathlib import Path
from typing import Any

from airflow.providers.standard.operators.python import PythonOperator
from airflow.sdk import DAG, Asset

try:
    from airflow.sdk import CronTriggerTimetable
    from airflow.sdk.exceptions import AirflowException, AirflowFailException
except ImportError:  # Airflow 3.1
    from airflow.exceptions import AirflowException, AirflowFailException
    from airflow.timetables.trigger import CronTriggerTimetable

PYTHON = "/opt/ml/bin/python"
HERE = Path(__file__).parent / "shop"
PLAN = HERE / "shop__nightly.json"
PLACES = {"store": "s3://b/store", "folder": HERE, "code": HERE / "code"}
PARAMS = []


def run(steps: list[str], secrets: list[str], **context: Any) -> dict[str, Any]:
    """Carry out steps of the plan; what they give goes to the artifact store."""
    return call_worker(["--steps", *steps], given(secrets, context))


def call_worker(words: list[str], told: dict[str, Any]) -> dict[str, Any]:
    """Have the other Python do it; its secrets are in its environment, its log is ours."""
    command = [PYTHON, "-m", "mldsl.runtime.worker", "--plan", str(PLAN), *words]
    for name, value in PLACES.items():
        command.append(f"--{name}={value}")
    for name in ("run_date", "run_time", "run"):
        command.append(f"--{name.replace('_', '-')}={told[name]}")
    command.append(f"--params={json.dumps(told['params'])}")
    last = ""
    with tempfile.TemporaryFile("w+") as answer:
        worker = subprocess.Popen(
            command,
            env={**os.environ, **told["secrets"]},
            stdin=subprocess.DEVNULL,
            stdout=answer,
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            for line in worker.stderr:
                told["log"](line.rstrip())
                last = line if line.startswith("error: ") else last
            status = worker.wait()
        except BaseException:
            worker.terminate()  # whoever stops the task stops it, too
            raise
        if status == 0:
            answer.seek(0)
            return json.load(answer)
    message = last.removeprefix("error: ").strip() or f"{PYTHON} ended with {status}"
    # A plan that cannot be read, wrong usage, an expectation that is not met: no retries.
    raise (AirflowFailException if status in (1, 2, 3) else AirflowException)(message)


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
    dag_id="shop__nightly",
    schedule=CronTriggerTimetable("0 5 * * *", timezone="UTC"),
    catchup=False,
    default_args={"retries": 0},
) as dag:
    people = task("people", "source:people")
    nightly = task(
        "nightly",
        "deploy:nightly",
        secrets=["WH"],
        inlets=[Asset("x-model://nightly")],
        outlets=[Asset("x-table://WH/scores")],
    )

    people >> nightly
