"""What is behind a monitor: the training that it asks for, and the failure of the run that found a breach.

These tasks look at what the monitor's task answered, in Airflow's own Python, wherever the monitor looked.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from mldsl_airflow.facts import Facts
from mldsl_airflow.names import part
from mldsl_airflow.python import Call, call
from mldsl_airflow.tasks import Task

_WANTED = '''\
def is_retraining_wanted(looked: str, **context: Any) -> bool:
    """Whether the task that looked asks for a training: once for the same rows."""
    answer = context["ti"].xcom_pull(task_ids=looked)
    return any(item.get("retrain", False) for item in answer.values())
'''
_BREACH = '''\
def fail_for_breach(looked: str, **context: Any) -> None:
    """Fail with what the task that looked found, if it did, once all is done about it."""
    answer = context["ti"].xcom_pull(task_ids=looked)
    for item in answer.values():
        if item["state"] == "unmet":
            raise AirflowFailException(item["message"])
'''
_ASK = '''\
def retraining_wanted(task_id: str, looked: str) -> ShortCircuitOperator:
    """Whether to train. If not, what is right behind it is skipped, and nothing else."""
    return ShortCircuitOperator(
        task_id=task_id,
        python_callable=is_retraining_wanted,
        op_kwargs={"looked": looked},
        ignore_downstream_trigger_rules=False,
    )
'''
_RETRAIN = '''\
def retrain(task_id: str, dag_id: str, run_id: str) -> TriggerDagRunOperator:
    """The training, once for a run of the monitor, with the defaults of its parameters."""
    return TriggerDagRunOperator(
        task_id=task_id,
        trigger_dag_id=dag_id,
        trigger_run_id=run_id,
        skip_when_already_exists=True,
    )
'''
_FAIL = '''\
def breach(task_id: str, looked: str) -> PythonOperator:
    """The end of the run: it fails where there was a breach, and is not tried again."""
    return PythonOperator(
        task_id=task_id,
        python_callable=fail_for_breach,
        op_kwargs={"looked": looked},
        trigger_rule="none_failed",
    )
'''
# What the name of a run may have (Airflow's `[scheduler] allowed_run_id_pattern`).
_UNFIT = re.compile(r"[^A-Za-z0-9_.~:+-]")


def answered(facts: Facts) -> Iterator[str]:
    """The functions that look at what a monitor answered, each as a text."""
    if facts.has("retraining_wanted"):
        yield _WANTED
    if facts.has("breach"):
        yield _BREACH


def acting(facts: Facts) -> Iterator[str]:
    """The functions that make the tasks behind a monitor's, each as a text."""
    if facts.has("retraining_wanted"):
        yield _ASK
    if facts.has("retrain"):
        yield _RETRAIN
    if facts.has("breach"):
        yield _FAIL


def act(facts: Facts, task: Task) -> Call:
    """One of these tasks."""
    if task.role == "retrain":
        return call(task.role, task.name, facts.home, f"retrain__{_run_part(facts)}__{{{{ run_id }}}}")
    return call(task.role, task.name, task.looked)


def _run_part(facts: Facts) -> str:
    """The monitor, in the name of a run."""
    return _UNFIT.sub("_", part(str(facts.plan.scheduled)))
